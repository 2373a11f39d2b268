"""From what a producer was told to the record that it sends: defaults, validation, id, key, bytes. Takes the time, asks no clock."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import orjson

from schemas.codec import DEFAULT_LIMITS, Limits, encode, validate
from schemas.dead_letters import Rejection
from schemas.envelope import AnyEvent, Identity
from schemas.errors import EventInvalid
from schemas.ids import event_id_for
from schemas.normalise import kind_of, moment_text
from schemas.record_key import record_key
from schemas.touchpoints import EVENT_TYPES
from streams.clock import event_id_at

Document = dict[str, Any]
IdentitiesGiven = Mapping[str, str | Iterable[str]] | Iterable[Identity | Mapping[str, Any]]
_UNSET_ID = UUID(int=1)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One valid event, ready to be sent."""

    event_id: UUID
    key: bytes
    value: bytes
    event: AnyEvent


def outgoing(
    given: Mapping[str, Any],
    *,
    source: str,
    now: datetime,
    business_key: Iterable[str] = (),
    otherwise: Callable[[], Iterable[str]] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Outgoing:
    """Fills in what `given` leaves out, validates, and names the event.

    The id: as given; else UUIDv5 of `business_key`, of the catalogue's key for this type, or of what `otherwise` says; else UUIDv7 of
    `now`. Raises EventInvalid.
    """
    document = _completed(given, source, now)
    checked = validate(document, limits)
    if isinstance(checked, Rejection):
        raise EventInvalid(checked.field, checked.detail, "nothing was sent; correct the event and emit it again")
    event = checked.event
    if given.get("event_id") is None:
        event_id = _named(event, tuple(business_key), otherwise) or event_id_at(now)
        document["event_id"] = event_id
        event = event.model_copy(update={"event_id": event_id})
    return Outgoing(event.event_id, record_key(event), _bytes(document, limits), event)


def document_of(event: AnyEvent) -> Document:
    """A ready model as the document that `outgoing` takes."""
    document: Document = orjson.loads(encode(event))
    return document


def identities_of(given: IdentitiesGiven) -> list[dict[str, Any]]:
    """`{"email": "a@b.example", "phone": [...]}`, or a list of {kind, value}, as the list that the wire has."""
    if isinstance(given, Mapping):
        pairs = [(kind, value) for kind, values in given.items() for value in ([values] if isinstance(values, str) else values)]
        return [{"kind": kind, "value": value} for kind, value in pairs]
    return [entry.model_dump(mode="json", exclude_none=True) if isinstance(entry, Identity) else dict(entry) for entry in given]


def _completed(given: Mapping[str, Any], source: str, now: datetime) -> Document:
    document = {name: value for name, value in given.items() if value is not None}
    event_type = document.get("event_type")
    spec = EVENT_TYPES.get(event_type) if isinstance(event_type, str) else None
    document.setdefault("event_id", _UNSET_ID)
    document.setdefault("schema_version", spec.version if spec else 1)
    document.setdefault("source", source)
    document.setdefault("occurred_at", moment_text(now))
    document.setdefault("sent_at", moment_text(now))
    document.setdefault("payload", {})
    return document


def _named(event: AnyEvent, business_key: tuple[str, ...], otherwise: Callable[[], Iterable[str]] | None) -> UUID | None:
    """The derived id, or None where a part of the key is missing."""
    key = business_key or tuple(_part(event, name) for name in EVENT_TYPES[event.event_type].business_key)
    if not (key and all(key)) and otherwise is not None:
        key = tuple(otherwise())
    return event_id_for(event.source, event.event_type, key) if key and all(key) else None


def _part(event: AnyEvent, name: str) -> str:
    value = event.occurred_at if name == "occurred_at" else getattr(event.payload, name, None)
    if value is None:
        return ""
    if isinstance(value, datetime):
        return moment_text(value)
    return str(value)


def _bytes(document: Document, limits: Limits) -> bytes:
    try:
        value = bytes(memoryview(orjson.dumps(document, default=_plain)))  # orjson's own stay in a buffer of 4 KiB
    except (orjson.JSONEncodeError, TypeError) as why:
        remedy = "use text, numbers, true or false, lists, objects, times, Decimal or UUID"
        raise EventInvalid("", "a value that JSON cannot say", remedy) from why
    if len(value) > limits.event_bytes:
        raise EventInvalid("", f"{len(value)} bytes, at most {limits.event_bytes} are taken", "send large content by reference")
    return value


def _plain(value: object) -> Any:
    """What orjson does not know by itself."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Enum):
        return value.value
    raise TypeError(kind_of(value))
