"""Takes a history through the real admission, fold and stitcher, and writes the rows as cells of a page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.facts import Fact, ResolvedFrame
from schemas.ledger_tables import TABLES
from streams import pipeline
from streams.core.identity.fold import Fold
from streams.core.identity.graph import MemoryGraph
from streams.core.overlay import MemoryBytes
from tests.builders import a_rulebook
from tests.golden.alerts.tables import written
from tests.golden.page import Document, Line, Wanted
from tests.streams.core.told import a_gate, admitted

Row = dict[str, Any]
Rows = dict[str, dict[object, Row]]
NAMED_BY = {"touchpoints": "occurred_at", "sessions": "started_at", "journeys": "opened_at", "customers": "first_seen_at", "alerts": "rule"}
"""The column that names a row on a page; of episodes it is their number, the third column."""


@dataclass(frozen=True)
class Admitted:
    fold: Fold
    facts: list[Fact]

    def rows(self, frames: Iterable[ResolvedFrame]) -> Rows:
        """What stands in ClickHouse in the end, by table and key; each frame is a chunk of its own."""
        store, rows = MemoryBytes(), {table: dict[object, Row]() for table in TABLES}
        for offset, frame in enumerate(frames):
            stitcher = pipeline.stitch(0, 1, self.fold.who, a_rulebook(), store, 1, [(offset, frame)])
            for table, by_key in stitcher.effects.upserts.items():
                names = [column.name for column in TABLES[table].columns]
                rows[table] |= {key: dict(zip(names, row, strict=True)) for key, row in by_key.items()}
            for table, gone in stitcher.effects.withdrawals.items():
                for key in gone:
                    rows[table].pop(key, None)
            store.write(stitcher.overlay.changes)
        return rows


def admit(documents: Sequence[Document]) -> Admitted:
    admission = admitted(*documents)
    assert not admission.letters, [rejection for _, rejection in admission.letters]
    fold = Fold(a_gate().policy, MemoryGraph())
    fold.apply(1, admission.entries)
    return Admitted(fold, [record for record in admission.records if isinstance(record, Fact)])


def frame(*facts: Fact, tick: int = 0) -> ResolvedFrame:
    return ResolvedFrame(1, list(facts), [], [], [], tick)


def as_told(facts: Sequence[Fact], now: int) -> list[ResolvedFrame]:
    """One after the other, then the clock."""
    return [frame(*sorted(facts, key=lambda f: f.occurred_at)), frame(tick=now)]


def backwards(facts: Sequence[Fact], now: int) -> list[ResolvedFrame]:
    """The last first, and the clock has been there all the while."""
    return [f for fact in reversed(facts) for f in (frame(fact), frame(tick=now))]


def found(rows: Rows, wanted: Wanted) -> list[Line]:
    """The rows of one table with the columns that the page shows, as it shows them."""
    name = NAMED_BY.get(wanted.table) or TABLES[wanted.table].columns[2].name
    types = {column.name: column.type for column in TABLES[wanted.table].columns}
    ordered = sorted(rows[wanted.table].values(), key=lambda row: _order(row, name))
    return [[cell(column, types[column], row[column]) for column in (name, *wanted.columns)] for row in ordered]


def _order(row: Row, name: str) -> tuple[Any, ...]:
    since = next(row[column] for column in ("occurred_at", "started_at", "opened_at", "raised_at", "first_seen_at") if column in row)
    return since, row.get("event_id", b""), str(row[name]), str(row.get("clock", ""))


def cell(column: str, type_: str, value: Any) -> str:
    """Nothing for nothing; yes and no; times as on the page; money with two places; feelings with their sign; lists with `+`."""
    if value is None or value == "" or value == []:
        return ""
    if "DateTime64" in type_:
        return written(value)
    if "Decimal" in type_:
        return f"{value / 10_000:.2f}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}" if column.startswith("sc") else f"{value:+.3g}"
    return " + ".join(value) if isinstance(value, list) else str(value)
