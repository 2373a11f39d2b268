"""What an event leaves unsaid and its type or payload answers: actor, channel, key, numbers. What the event says itself wins."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from schemas.envelope import AnyEvent, Identity
from schemas.fields import WireModel
from schemas.normalise import moment_text
from schemas.payload_words import Author, CallDirection, CancelledBy
from schemas.touchpoints import EVENT_TYPES
from schemas.touchpoints.spec import IDENTITIES, OCCURRED_AT, EventSpec
from schemas.vocabulary import Actor, Channel, IdentityKind

_SEARCH_NETWORKS = frozenset({"google-ads", "google_ads", "adwords", "bing", "microsoft-ads", "yahoo", "baidu", "yandex"})
_SOCIAL_NETWORKS = frozenset(
    {"facebook", "meta", "instagram", "tiktok", "linkedin", "x", "twitter", "pinterest", "snapchat", "reddit", "line"}
)
_MESSAGE_CHANNELS = {
    "messenger": Channel.MESSENGER,
    "facebook": Channel.MESSENGER,
    "whatsapp": Channel.WHATSAPP,
    "instagram": Channel.INSTAGRAM_DIRECT,
    "sms": Channel.SMS,
}
_AUTHORS = {
    Author.CUSTOMER: Actor.CUSTOMER,
    Author.REPRESENTATIVE: Actor.REPRESENTATIVE,
    Author.BOT: Actor.BOT,
    Author.SYSTEM: Actor.SYSTEM,
}


def actor_of(event: AnyEvent) -> Actor:
    """The event's own word, else what the payload tells (author, direction, by_machine, by), else the type's default."""
    if event.actor is not None:
        return event.actor
    refine = _ACTORS.get(event.event_type)
    spoken = refine(event.payload) if refine else None
    return spoken if spoken is not None else EVENT_TYPES[event.event_type].actor


def channel_of(event: AnyEvent) -> Channel | None:
    """The event's own word, else what the payload tells (network, medium, sales channel), else the type's default; None: no touchpoint."""
    if event.channel is not None:
        return event.channel
    refine = _CHANNELS.get(event.event_type)
    spoken = refine(event.payload) if refine else None
    return spoken if spoken is not None else EVENT_TYPES[event.event_type].channel


def business_key_of(
    spec: EventSpec, payload: WireModel, occurred_at: datetime, identities: tuple[Identity, ...] = ()
) -> tuple[str, ...] | None:
    """The parts for `schemas.ids.event_id_for`; None where the type has no key or a part of it is absent: take a UUIDv7 then."""
    if not spec.business_key:
        return None
    parts = tuple(_key_part(name, payload, occurred_at, identities) for name in spec.business_key)
    return parts if all(parts) else None


def _key_part(name: str, payload: WireModel, occurred_at: datetime, identities: tuple[Identity, ...]) -> str:
    if name == OCCURRED_AT:
        return moment_text(occurred_at)
    if name == IDENTITIES:
        return " ".join(sorted(f"{identity.kind}:{identity.value}" for identity in identities))
    value = getattr(payload, name)
    return moment_text(value) if isinstance(value, datetime) else str(value or "")


def numbers_of(event: AnyEvent) -> tuple[tuple[IdentityKind, str], ...]:
    """Numbers of things in the payload and in `links`, each once, payload first; those in `identities` are not repeated here."""
    payload = event.payload
    found = [(kind, getattr(payload, name)) for kind, name in EVENT_TYPES[event.event_type].numbers.items()]
    if event.links is not None:
        found += [(kind, getattr(event.links, name)) for kind, name in _LINKS.items()]
    return tuple(dict.fromkeys((kind, value) for kind, value in found if value))


def unknown_fields(event_type: str, payload: Mapping[str, Any]) -> list[str]:
    """Names of payload fields, as sent, that the code does not know: kept, and counted per source."""
    known = _known_fields(event_type)
    return [] if payload.keys() <= known else [name for name in payload if name not in known]


@cache
def _known_fields(event_type: str) -> frozenset[str]:
    return frozenset(info.alias or name for name, info in EVENT_TYPES[event_type].payload.model_fields.items())


def _by_author(payload: Any) -> Actor | None:
    return _AUTHORS[payload.author]


def _by_machine(payload: Any) -> Actor | None:
    return Actor.SYSTEM if payload.by_machine else None


def _by_direction(payload: Any) -> Actor | None:
    return Actor.REPRESENTATIVE if payload.direction is CallDirection.OUTBOUND else None


def _by_canceller(payload: Any) -> Actor | None:
    return Actor.SYSTEM if payload.by is CancelledBy.SHOP else None


def _ad_channel(payload: Any) -> Channel | None:
    network = payload.network.lower()
    if network in _SOCIAL_NETWORKS:
        return Channel.PAID_SOCIAL
    return Channel.PAID_SEARCH if payload.keyword or network in _SEARCH_NETWORKS else None


def _message_channel(payload: Any) -> Channel | None:
    return _MESSAGE_CHANNELS.get((payload.network or "").lower())


def _medium_channel(payload: Any) -> Channel | None:
    medium = payload.medium.lower()
    named = {"push": Channel.MOBILE_APP, "app": Channel.MOBILE_APP, "mail": Channel.EMAIL} | _MESSAGE_CHANNELS
    return named.get(medium) or _named_channel(medium)


def _sales_channel(payload: Any) -> Channel | None:
    return _named_channel((payload.sales_channel or "").lower())


def _named_channel(word: str) -> Channel | None:
    return Channel._value2member_map_.get(word)  # type: ignore[return-value]


_LINKS = {
    IdentityKind.ORDER: "order",
    IdentityKind.TICKET: "ticket",
    IdentityKind.CALL: "call",
    IdentityKind.RETURN: "return_",
    IdentityKind.SHIPMENT: "shipment",
    IdentityKind.SUBSCRIPTION: "subscription",
}
_ACTORS: Mapping[str, Callable[[Any], Actor | None]] = {
    "ticket.replied": _by_author,
    "message.received": _by_author,
    "message.sent": _by_author,
    "email.opened": _by_machine,
    "email.clicked": _by_machine,
    "call.queued": _by_direction,
    "order.cancelled": _by_canceller,
}
_CHANNELS: Mapping[str, Callable[[Any], Channel | None]] = {
    "ad.shown": _ad_channel,
    "ad.clicked": _ad_channel,
    "message.received": _message_channel,
    "message.sent": _message_channel,
    "notification.sent": _medium_channel,
    "order.placed": _sales_channel,
    "order.changed": _sales_channel,
}
