"""Reads dead letters out of ClickHouse: the newest try of each, by what the operator asks for."""

from base64 import b64decode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.connections import ClickHouseConnection
from schemas.dead_letters import KEPT_BYTES, LetterState, Retry
from sinks.clickhouse import ClickHouse, tables_database
from sinks.ddl import text

AT_ONCE = 1_000
TIMEOUT_S = 120
_LONGEST = 1_000
"""Characters of `field` and `detail` that travel in a header."""
COLUMNS = (
    "raw_partition", "raw_offset", "reason", "field", "detail", "event_id", "event_type", "source", "raw_hash", "received_at",
    "code_version", "rules_version", "tries", "first_try_at", "last_try_at", "state",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """None: whatever it is. `since` is when Kafka got the record, UTC; `places` are coordinates."""

    reason: str | None = None
    source: str | None = None
    event_type: str | None = None
    since: datetime | None = None
    state: str | None = LetterState.DEAD
    places: Sequence[tuple[int, int]] = ()

    def condition(self) -> str:
        """For WHERE."""
        equal = {"reason": self.reason, "source": self.source, "event_type": self.event_type, "state": self.state}
        parts = [f"{column} = {text(str(value))}" for column, value in equal.items() if value is not None]
        if self.since is not None:
            parts.append(f"received_at >= fromUnixTimestamp64Milli({round(self.since.timestamp() * 1000)}, 'UTC')")
        if self.places:
            parts.append(f"(raw_partition, raw_offset) IN ({', '.join(f'({p}, {o})' for p, o in self.places)})")
        return " AND ".join(parts) or "1"


@dataclass(frozen=True, slots=True)
class Letter:
    """One row, `raw` as bytes where they were asked for."""

    columns: Mapping[str, Any]
    raw: bytes = b""

    @property
    def place(self) -> str:
        return f"{self.columns['raw_partition']}:{self.columns['raw_offset']}"

    @property
    def is_cut(self) -> bool:
        """The row has the first bytes only; the whole record lies in raw."""
        return len(self.raw) >= KEPT_BYTES

    def retry(self, is_discarded: bool = False) -> Retry:
        """What a record of raw says of this letter that sends it again, or gives it up."""
        c = self.columns
        return Retry(
            partition=c["raw_partition"],
            offset=c["raw_offset"],
            tries=c["tries"] if is_discarded else c["tries"] + 1,
            is_discarded=is_discarded,
            reason=c["reason"],
            field=c["field"][:_LONGEST],
            detail=c["detail"][:_LONGEST],
            event_id=c["event_id"],
            event_type=c["event_type"],
            source=c["source"],
            raw_hash=c["raw_hash"],
            received_at=round(c["first_try_at"].timestamp() * 1000),
        )


class Letters:
    """The table of one generation."""

    def __init__(self, connection: ClickHouseConnection, generation: int) -> None:
        self._door = ClickHouse(connection, timeout_s=TIMEOUT_S)
        self._table = f"`{tables_database(connection, generation)}`.dead_letters FINAL"

    def close(self) -> None:
        self._door.close()

    def counts(self, wanted: Wanted) -> Counter[str]:
        """By state, whatever state was asked for."""
        anything = Wanted(wanted.reason, wanted.source, wanted.event_type, wanted.since, None, wanted.places)
        rows = self._door.ask(f"SELECT state, count() FROM {self._table} WHERE {anything.condition()} GROUP BY state").rows
        return Counter({str(state): int(n) for state, n in rows})

    def groups(self, wanted: Wanted) -> list[Sequence[Any]]:
        """(state, reason, field, source, type, letters, first, last), most first."""
        chosen = "state, reason, field, source, event_type, count() AS n, min(first_try_at), max(last_try_at)"
        by = "GROUP BY state, reason, field, source, event_type ORDER BY n DESC, reason, field"
        return list(self._door.ask(f"SELECT {chosen} FROM {self._table} WHERE {wanted.condition()} {by}").rows)

    def read(self, wanted: Wanted, limit: int | None = None, with_raw: bool = False) -> Iterator[Letter]:
        """In order of partition and offset, page by page."""
        after, left = "", limit
        while left is None or left > 0:
            size = AT_ONCE if left is None else min(AT_ONCE, left)
            chosen = ", ".join((*COLUMNS, *(("raw",) if with_raw else ())))
            order = f"ORDER BY raw_partition, raw_offset LIMIT {size}"
            rows = self._door.ask(f"SELECT {chosen} FROM {self._table} WHERE {wanted.condition()}{after} {order}").rows
            for row in rows:
                yield Letter(dict(zip(COLUMNS, row, strict=False)), b64decode(row[-1]) if with_raw else b"")
            if len(rows) < size:
                return
            after = f" AND (raw_partition, raw_offset) > ({rows[-1][0]}, {rows[-1][1]})"
            left = None if left is None else left - len(rows)
