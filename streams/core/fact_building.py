"""From a decoded event to a fact: tokens for identities, personal parts apart, numbers of things, amounts as integers.

Hot: runs once for every accepted event, so what repeats (tokens, user agents) is cached.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import msgspec
import orjson
from crawleruseragents import is_crawler

from schemas.codec import Decoded
from schemas.envelope import AnyEvent
from schemas.facts import Fact
from schemas.links import Token, token_for
from schemas.rules import Rules
from schemas.touchpoints import EVENT_TYPES
from schemas.touchpoints.defaults import actor_of, channel_of, numbers_of
from schemas.vocabulary import NUMBER_KINDS, IdentityKind
from streams.core.device_class import device_class
from streams.core.payloads import scaled
from streams.core.traits import categories_of, words_of

_EPISODE_FIELDS = (("conversation", "conversation_id"), ("survey", "survey_id"))
_AMOUNT_FIELDS = ("amount", "total", "price", "value")
_CONTEXT_PERSONAL = ("page", "referrer", "click_ids", "device_id", "user_agent")
Document = Mapping[str, Any]
_JSON = msgspec.json.Encoder()
"""For what stays in memory: orjson 3.13 hands out bytes in a buffer of 4 KiB whatever their length, 12 KiB a fact."""


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Where in raw a record lies and when Kafka got it (ms UTC)."""

    partition: int
    offset: int
    received_at: int


def milliseconds(moment: datetime) -> int:
    """ms UTC of an aware time; times come with ms precision, so nothing is lost."""
    return round(moment.timestamp() * 1000)


class FactBuilder:
    """Bound to one key and one set of rules."""

    def __init__(self, rules: Rules, key: bytes) -> None:
        self._strength = {kind: rule.strength for kind, rule in rules.identity.kinds.items()}
        self._junk = rules.identity.junk
        self._bot_from = rules.bots.score_at_least
        self.token = lru_cache(maxsize=131_072)(lambda kind, value: token_for(kind, value, key))
        self.is_junk = lru_cache(maxsize=131_072)(lambda kind, value: self._junk.form(kind, value) is not None)

    def build(self, decoded: Decoded, at: Coordinates) -> Fact:
        """The fact of an accepted event."""
        event, document = decoded.event, decoded.document
        spec, payload = EVENT_TYPES[event.event_type], document["payload"]
        numbers = self._numbers(event, payload)
        clear, tokens = self._tokens(event, numbers)
        personal_payload = {k: payload[k] for k in spec.personal if payload.get(k) is not None}
        context, personal_context = _split_context(document)
        things = {kind: number for kind, _, number in reversed(numbers)}
        amount, currency = _amount(event, payload)
        campaign = (event.context.campaign if event.context else None) or None
        channel = channel_of(event)
        return Fact(
            occurred_at=milliseconds(event.occurred_at),
            sequence=event.sequence or 0,
            event_id=event.event_id.bytes,
            rank=milliseconds(event.sent_at) if event.sent_at else 0,
            content_hash=content_hash(document),
            event_type=event.event_type,
            schema_version=spec.version,
            source=event.source,
            tokens=tokens,
            actor=actor_of(event).value,
            channel=channel.value if channel else "",
            owner=event.owner or "",
            environment=event.environment.value,
            is_bot=self._is_bot(event),
            received_at=at.received_at,
            raw_partition=at.partition,
            raw_offset=at.offset,
            sentiment=None if event.sentiment is None else float(event.sentiment),
            sentiment_by=event.sentiment_by.value if event.sentiment_by else "",
            effort=event.effort,
            cause=event.cause.value if event.cause else "",
            outcome=event.outcome.value if event.outcome else "",
            amount=amount,
            currency=currency,
            order_id=things.get("order", ""),
            ticket_id=things.get("ticket", ""),
            call_id=things.get("call", ""),
            return_id=things.get("return", ""),
            shipment_id=things.get("shipment", ""),
            subscription_id=things.get("subscription", ""),
            conversation_id=things.get("conversation", ""),
            campaign=(campaign.utm_campaign if campaign else None) or payload.get("campaign_id") or "",
            utm_source=(campaign.utm_source if campaign else None) or "",
            utm_medium=(campaign.utm_medium if campaign else None) or "",
            page=_page(event, payload),
            referrer=_bare(personal_context.get("referrer") or ""),
            device_class=device_class(event.context.device, event.context.user_agent) if event.context else "",
            locale=(event.context.locale if event.context else None) or "",
            country=(event.context.ip_country if event.context else None) or "",
            payload=_JSON.encode({k: v for k, v in payload.items() if k not in personal_payload} if personal_payload else payload),
            context=_JSON.encode(context) if context else b"",
            personal=_personal(clear, personal_payload, personal_context),
            numbers=numbers,
            click_kinds=words_of(sorted(personal_context["click_ids"])) if "click_ids" in personal_context else [],
            categories=categories_of(event.event_type, payload) if "lines" in payload or "category" in payload else [],
        )

    def _numbers(self, event: AnyEvent, payload: Document) -> list[tuple[str, str, str]]:
        """(kind, source, number): from identities, then payload and links, then conversations and surveys; each once."""
        found = [(i.kind.value, i.source or event.source, i.value) for i in event.identities if i.kind in NUMBER_KINDS]
        named = {(kind, number) for kind, _, number in found}
        found += [(kind.value, event.source, value) for kind, value in numbers_of(event) if (kind.value, value) not in named]
        for kind, field in _EPISODE_FIELDS:
            if payload.get(field):
                found.append((kind, event.source, str(payload[field])))
        return list(dict.fromkeys(found)) if len(found) > 1 else found

    def _tokens(self, event: AnyEvent, numbers: list[tuple[str, str, str]]) -> tuple[dict[str, str], list[Token]]:
        ranked: dict[Token, int] = {}
        clear: dict[str, str] = {}
        for kind, value in (*((i.kind, i.value) for i in event.identities if i.kind not in NUMBER_KINDS), *_stated(event)):
            if self.is_junk(kind, value):
                continue
            token = self.token(kind.value, value)
            ranked[token], clear[token.hex()] = self._strength[kind], value
        for number_kind, source, number in numbers:
            known = _NUMBER_KINDS.get(number_kind)
            if known is not None and not self.is_junk(known, number):
                ranked[self.token(number_kind, f"{source}:{number}")] = self._strength[known]
        if not ranked:  # only junk: a customer of its own, so that all the guests do not become one
            return clear, [self.token("anonymous", f"event:{event.event_id}")]
        return clear, sorted(ranked, key=lambda token: (ranked[token], token))

    def _is_bot(self, event: AnyEvent) -> bool:
        agent = event.context.user_agent if event.context else None
        return agent is not None and self._bot_from <= 1.0 and _is_crawler(agent)


_NUMBER_KINDS: dict[str, IdentityKind] = {kind.value: kind for kind in NUMBER_KINDS}


@lru_cache(maxsize=16_384)
def _is_crawler(user_agent: str) -> bool:
    return bool(is_crawler(user_agent))


def content_hash(document: Document) -> bytes:
    """16 bytes over the document as it was sent, less `sent_at`: a resend at another time is the same content."""
    kept = {k: v for k, v in document.items() if k != "sent_at"}
    return blake2b(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()


def _stated(event: AnyEvent) -> list[tuple[IdentityKind, str]]:
    """Statements live where the identity that they name lives; of two the first."""
    payload = event.payload
    if event.event_type in ("identity.linked", "identity.unlinked"):
        return [] if payload.a.kind in NUMBER_KINDS else [(payload.a.kind, payload.a.value)]
    if event.event_type in ("identity.shared", "erasure.requested") and payload.identity.kind not in NUMBER_KINDS:
        return [(payload.identity.kind, payload.identity.value)]
    return []


def _split_context(document: Document) -> tuple[dict[str, Any], dict[str, Any]]:
    context = document.get("context")
    if not context:
        return {}, {}
    personal = {k: context[k] for k in _CONTEXT_PERSONAL if context.get(k) is not None}
    return {k: v for k, v in context.items() if k not in personal}, personal


def _personal(clear: dict[str, str], payload: dict[str, Any], context: dict[str, Any]) -> bytes:
    parts = {"identities": clear, "payload": payload, "context": context}
    return _JSON.encode({k: v for k, v in parts.items() if v})


def _amount(event: AnyEvent, payload: Document) -> tuple[int | None, str]:
    if event.amount is not None:
        return scaled(event.amount), event.currency or ""
    currency = payload.get("currency")
    if currency is None:
        return None, ""
    value = next((payload[f] for f in _AMOUNT_FIELDS if payload.get(f) is not None), None)
    return (None, "") if value is None else (scaled(value), str(currency))


def _page(event: AnyEvent, payload: Document) -> str:
    screen = payload.get("screen")
    if screen:
        return str(screen)
    return _bare(str(payload.get("url") or (event.context.page if event.context else None) or ""))


def _bare(address: str) -> str:
    """Without query and fragment, where personal data hides."""
    return address.partition("?")[0].partition("#")[0]
