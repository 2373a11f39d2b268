"""From a record of a topic to lines: one decoder per kind of topic, in DECODERS. A record that is none of ours is told, not raised."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import orjson

from deploy.tail.masking import HIDDEN, masked_event
from deploy.tail.rows import key_document, row_document, time_text
from schemas.dead_letters import DeadLetter
from schemas.facts import Fact, decode_resolved
from schemas.ledger_tables import TABLES
from schemas.links import decode_links, kind_of
from schemas.row_frames import decode_rows


@dataclass(frozen=True, slots=True)
class Passing:
    """One line. at: ISO 8601; kind: event type, table or what it is; who: all names under which `--customer` finds it."""

    at: str
    kind: str
    who: tuple[str, ...]
    document: dict[str, Any]


Decoder = Callable[[bytes, bool], Iterator[Passing]]
"""Takes a record's value and whether personal data may be shown."""


def raw(value: bytes, show_personal: bool) -> Iterator[Passing]:
    document = orjson.loads(value)
    if not isinstance(document, dict):
        raise ValueError
    who = tuple(str(entry.get("value")) for entry in document.get("identities") or () if isinstance(entry, dict))
    shown = document if show_personal else masked_event(document)
    yield Passing(str(document.get("occurred_at", "")), str(document.get("event_type", "?")), who, shown)


def dead(value: bytes, show_personal: bool) -> Iterator[Passing]:
    letter = DeadLetter.model_validate_json(value)
    document = letter.model_dump(mode="json", exclude={"raw_base64"}, exclude_none=True)
    document["raw"] = letter.raw.decode("utf-8", "replace") if show_personal else HIDDEN
    yield Passing(document["received_at"], letter.event_type or letter.reason.value, (), document)


def resolved(value: bytes, show_personal: bool) -> Iterator[Passing]:
    frame = decode_resolved(value)
    for fact in frame.facts:
        yield _fact(fact, frame.epoch, show_personal)
    for removal in frame.removals:
        document = {"event_id": str(UUID(bytes=removal.event_id)), "epoch": frame.epoch}
        yield Passing(time_text(removal.occurred_at), "removal", (), document)
    for told in frame.anew:
        yield Passing("", "told anew", (str(UUID(bytes=told)),), {})
    if frame.tick:
        yield Passing(time_text(frame.tick), "tick", (), {})
    for control in frame.controls:
        customer = str(UUID(bytes=control.customer))
        document = {"customer_id": customer, "epoch": frame.epoch, "judge": control.judge, "pairs": len(control.pairs)}
        yield Passing("", "control", (customer,), document)


def _fact(fact: Fact, epoch: int, show_personal: bool) -> Passing:
    personal = orjson.loads(fact.personal) if fact.personal else {}
    who = tuple(str(entry.get("value")) for entry in personal.get("identities") or () if isinstance(entry, dict))
    document: dict[str, Any] = {
        "event_id": str(UUID(bytes=fact.event_id)),
        "source": fact.source,
        "channel": fact.channel,
        "actor": fact.actor,
        "epoch": epoch,
        "identities": [kind_of(token) for token in fact.tokens],
        "payload": orjson.loads(fact.payload) if fact.payload else {},
    }
    if show_personal:
        document["personal"] = personal
    return Passing(time_text(fact.occurred_at), fact.event_type, who, document)


def links(value: bytes, show_personal: bool) -> Iterator[Passing]:
    for entry in decode_links(value).entries:
        ends = {name: f"{kind_of(token)}:{token[1:5].hex()}" for name, token in (("a", entry.a), ("b", entry.b)) if token}
        yield Passing(time_text(entry.at), entry.what, (), {**ends, "event_id": str(UUID(bytes=entry.event_id))})


def journeys(value: bytes, show_personal: bool) -> Iterator[Passing]:
    for name, rows in decode_rows(value).tables.items():
        table = TABLES[name]
        for row in rows.upserts:
            document = row_document(table, row, show_personal)
            yield Passing(_time_of(document), name, _who(document), document)
        for values in rows.withdrawals:
            document = key_document(table, values)
            yield Passing("", f"{name} withdrawn", _who(document), document)


def _time_of(document: dict[str, Any]) -> str:
    names = ("occurred_at", "last_touch_at", "started_at", "opened_at", "placed_at", "fired_at")
    return next((str(document[name]) for name in names if name in document), "")


def _who(document: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(document[name]) for name in ("customer_id", "value") if name in document)


def readable(value: bytes, show_personal: bool) -> Iterator[Passing]:
    """For topics of plain JSON without personal data."""
    document = orjson.loads(value)
    yield Passing(str(document.get("fired_at", "")), str(document.get("kind", "?")), _who(document), document)


DECODERS: dict[str, Decoder] = {
    "raw": raw,
    "resolved": resolved,
    "journeys": journeys,
    "dead": dead,
    "links": links,
    "alerts": readable,
}
"""By the name that `schemas.topics.Topics` gives the topic."""


def passing(topic: str, value: bytes | None, show_personal: bool) -> Iterator[Passing]:
    """The lines of one record."""
    try:
        yield from DECODERS[topic](value or b"", show_personal)
    except (ValueError, KeyError, TypeError, AttributeError, msgspec.MsgspecError) as why:
        yield Passing("", "unreadable", (), {"bytes": len(value or b""), "why": type(why).__name__})
