"""Suggestions in ClickHouse, table `identity_suggestions`: no row of it follows from events, so the command writes it and not the sink.

Decisions are read from the tables of all generations: a rebuild makes an empty table and forgets none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from deploy.suggest.candidates import Suggestion
from schemas.connections import ClickHouseConnection
from schemas.errors import Fatal
from schemas.ledger_tables import TABLES
from sinks.clickhouse import ClickHouse, ClickHouseStore, tables_database
from sinks.shapes import LIVE, pack

State = Literal["open", "accepted", "rejected"]
_TABLE: Final = TABLES["identity_suggestions"]
_COLUMNS: Final = tuple(column.name for column in _TABLE.columns if column.name != "version")


class NoSuchSuggestion(Fatal):
    """No generation has a suggestion of this id."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A suggestion as it stands. Times are aware, UTC."""

    suggestion: Suggestion
    state: State
    suggested_at: datetime
    decided_at: datetime | None = None


class Shelf:
    """Reads over all generations, writes into one."""

    def __init__(self, door: ClickHouse, connection: ClickHouseConnection, generation: int) -> None:
        self._door, self._views = door, connection.database
        self._store = ClickHouseStore(door, tables_database(connection, generation))

    def decided(self) -> set[UUID]:
        """Accepted and rejected ones."""
        return {kept.suggestion.suggestion_id for kept in self.read("state != 'open'")}

    def one(self, suggestion_id: UUID) -> Kept:
        """Raises NoSuchSuggestion."""
        found = self.read(f"suggestion_id = '{suggestion_id}'")
        if not found:
            raise NoSuchSuggestion(f"there is no suggestion {suggestion_id}", remedy="tracker review list shows those that are open")
        return found[0]

    def read(self, condition: str = "1", limit: int = 1_000_000) -> list[Kept]:
        """Best first; `condition` is SQL over the columns of the table."""
        values = ", ".join(f"argMax(tuple(`{c}`), version).1 AS `{c}`" for c in _COLUMNS[1:])
        source = f"merge(REGEXP('^{self._views}_g[0-9]+$'), '^{_TABLE.name}$')"
        newest = f"SELECT suggestion_id, {values} FROM {source} AS every GROUP BY suggestion_id"
        sql = f"SELECT * FROM ({newest}) WHERE {condition} ORDER BY score DESC, suggestion_id LIMIT {limit}"
        return [_kept(row) for row in self._door.ask(sql).rows]

    def write(self, kept: Iterable[Kept], now: datetime) -> None:
        """`now` becomes the version: of two writes the later wins."""
        version = _ms(now)
        self._store.insert(_TABLE, [pack([*_values(one), version]) + LIVE for one in kept], "")

    def decide(self, kept: Kept, state: State, now: datetime) -> Kept:
        decided = replace(kept, state=state, decided_at=now)
        self.write([decided], now)
        return decided


def _kept(row: Sequence[Any]) -> Kept:
    suggestion_id, kind_a, token_a, kind_b, token_b, customer_a, customer_b, score, reason, state, suggested_at, decided_at = row
    found = Suggestion(
        UUID(str(suggestion_id)), (kind_a, token_a), (kind_b, token_b), str(customer_a), str(customer_b), float(score), str(reason)
    )
    return Kept(found, state, suggested_at, decided_at)


def _values(kept: Kept) -> list[object]:
    """In the order of the columns, as rows travel: ids as bytes, times in ms."""
    told = kept.suggestion
    customers = (UUID(told.customer_a).bytes, UUID(told.customer_b).bytes)
    decided_at = None if kept.decided_at is None else _ms(kept.decided_at)
    return [
        told.suggestion_id.bytes, *told.a, *told.b, *customers, told.score, told.reason, kept.state, _ms(kept.suggested_at), decided_at,
    ]  # fmt: skip


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
