"""Two generations compared while traffic goes on.

Both are functions of the same log, so what they know of events below a cut is equal, but none of them stands still to be looked at. So
the rows that differ are looked at again, each time after both generations passed a cut that was taken after the last look. A row counts as
equal once both sides agreed on it; it counts as different where they never did.
"""

from collections.abc import Callable
from dataclasses import dataclass

from schemas.connections import ClickHouseConnection
from sinks.difference import MOST, Differing, differing
from sinks.fingerprint import Fingerprint, fingerprint

LOOKS = 5
"""How often at most; without traffic the first look decides."""


@dataclass(frozen=True, slots=True)
class TableComparison:
    """`different`: rows on which both sides never agreed; `moving` of these had another content at every look."""

    table: str
    live_rows: int
    live_hash: str
    new_rows: int
    new_hash: str
    different: int
    moving: int

    @property
    def state(self) -> str:
        if not self.different:
            return "equal" if self.live_hash == self.new_hash else "equal, row by row"
        return f"{'at least ' if self.different >= MOST else ''}{self.different} rows differ"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left_out`: tables that only tell how and when events came."""

    tables: tuple[TableComparison, ...]
    left_out: tuple[str, ...]
    looks: int

    @property
    def is_equal(self) -> bool:
        return not any(table.different for table in self.tables)


Rows = dict[str, dict[str, frozenset[tuple[str, int]]]]
"""By table: rows on which both sides did not agree so far, with what stood on one side only at every look."""


def compare(connection: ClickHouseConnection, live: int, new: int, pass_cut: Callable[[], None], looks: int = LOOKS) -> Comparison:
    """`pass_cut` returns when both generations have passed the end of raw of the moment of its call."""
    pass_cut()
    first, second = fingerprint(connection, live), fingerprint(connection, new)
    suspects = {name: differing(connection, live, new, name) for name in first.tables if first.tables[name] != second.tables[name]}
    rows, look = {name: dict(found) for name, found in suspects.items() if found}, 1
    while rows and look < looks:
        pass_cut()
        rows = {name: still for name, held in rows.items() if (still := _still(held, differing(connection, live, new, name)))}
        look += 1
    return _comparison(first, second, rows, look)


def _still(held: Differing, now: Differing) -> dict[str, frozenset[tuple[str, int]]]:
    return {key: sides & now[key] for key, sides in held.items() if key in now}


def _comparison(first: Fingerprint, second: Fingerprint, rows: Rows, looks: int) -> Comparison:
    tables = tuple(
        TableComparison(
            name,
            live.rows,
            live.hash,
            (new := second.tables[name]).rows,
            new.hash,
            different=len(rows.get(name, ())),
            moving=sum(not sides for sides in rows.get(name, {}).values()),
        )
        for name, live in first.tables.items()
    )
    return Comparison(tables, first.left_out, looks)
