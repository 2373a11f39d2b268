"""Events told as documents, taken through all pure steps, and the rows that come out, by column name."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import orjson

from schemas.codec import decode
from schemas.dead_letters import Rejection
from schemas.examples import example
from schemas.facts import decode_resolved
from schemas.ledger_tables import TABLES
from schemas.record_key import record_key
from streams import pipeline
from streams.core.admission import Admission, Gate, RawRecord
from streams.core.effects import Effects
from streams.core.fact_building import Coordinates
from streams.core.identity.fold import Fold
from streams.core.identity.graph import MemoryGraph
from streams.core.overlay import MemoryBytes
from streams.frames import resolved_frames
from streams.rules_file import load_rules
from tests.builders import KEY, a_rulebook

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RECEIVED_AT = int((START + timedelta(days=400)).timestamp()) * 1000
Document = dict[str, Any]
Row = dict[str, Any]
Rows = dict[str, list[Row]]


@cache
def a_gate() -> Gate:
    return Gate(load_rules(), KEY)


def at(**after: float) -> str:
    """A time so long after the start: `at(days=1, seconds=3)`."""
    return (START + timedelta(**after)).isoformat(timespec="milliseconds")


def ms(**after: float) -> int:
    return int((START + timedelta(**after)).timestamp() * 1000)


def event(event_type: str, n: int = 0, when: str | None = None, payload: Document | None = None, **given: Any) -> Document:
    """The example of its type, event number `n` of the test, `n` minutes after the start where no time is given."""
    identity = str(UUID(int=n + 1))
    return example(event_type, event_id=identity, occurred_at=when or at(minutes=n), payload=payload or {}, **given)


def story(*documents: Document) -> list[Document]:
    """Numbered in the order in which they are written; each keeps its time."""
    return [document | {"event_id": str(UUID(int=n + 1))} for n, document in enumerate(documents)]


def a_record(document: Document | bytes, offset: int = 0, received_at: int = RECEIVED_AT) -> RawRecord:
    """With the key that its producer would give it."""
    value = document if isinstance(document, bytes) else orjson.dumps(document)
    decoded = decode(value, a_gate().limits)
    key = b"" if isinstance(decoded, Rejection) else record_key(decoded.event)
    return RawRecord(key, value, Coordinates(0, offset, received_at))


def admitted(*documents: Document | bytes, gate: Gate | None = None) -> Admission:
    records = [a_record(document, offset) for offset, document in enumerate(documents)]
    return pipeline.admit(gate or a_gate(), MemoryBytes(), lambda entry: False, records)


def stitched(admission: Admission) -> Effects:
    """All of it in one partition, in the frames that would travel."""
    fold = Fold(a_gate().policy, MemoryGraph())
    fold.apply(1, admission.entries)
    (records,) = pipeline.resolve(admission.records, fold.who, 1, 1).values()
    frames = [(offset, decode_resolved(frame)) for offset, frame in enumerate(resolved_frames(1, records))]
    return pipeline.stitch(0, 1, fold.who, a_rulebook(), MemoryBytes(), 1, frames).effects


def rows_of(documents: Iterable[Document]) -> Rows:
    """The live rows of each table."""
    return named(stitched(admitted(*documents)))


def named(effects: Effects) -> Rows:
    columns = {name: [column.name for column in table.columns] for name, table in TABLES.items()}
    return {table: [dict(zip(columns[table], row, strict=True)) for row in by_key.values()] for table, by_key in effects.upserts.items()}


def only(rows: Rows, table: str) -> Row:
    """The one row of that table."""
    (row,) = rows[table]
    return row
