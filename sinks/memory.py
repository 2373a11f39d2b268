"""Twins of the doors that live in memory: for tests, simulations and trying things out. They keep the doors' promises to the letter."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from schemas.tables import Table
from sinks.doors import Record
from sinks.errors import RowsRefused
from sinks.rows import Body, Key
from sinks.shapes import SHAPES, shape_of


class MemoryStore:
    """Reads like ReplacingMergeTree under FINAL: the greatest version of a row, of equal ones the last that came; withdrawn rows hidden.

    `refuses` may refuse rows (it sees table name and values); `before_insert` may raise to play an outage.
    """

    def __init__(self, refuses: Callable[[str, list[Any]], bool] | None = None, before_insert: Callable[[str], None] | None = None) -> None:
        self._refuses, self._before_insert = refuses, before_insert
        self._rows: dict[str, dict[Key, list[Any]]] = defaultdict(dict)
        self.inserts: list[tuple[str, int, str]] = []

    def insert(self, table: Table, bodies: Sequence[Body], token: str) -> None:
        if self._before_insert is not None:
            self._before_insert(table.name)
        shape = SHAPES.get(table.name) or shape_of(table)
        rows = [shape.row(body) for body in bodies]
        if self._refuses is not None and any(self._refuses(table.name, row) for row in rows):
            raise RowsRefused(table.name, "refused by the test")
        for row in rows:
            self._keep(table, row)
        self.inserts.append((table.name, len(rows), token))

    def _keep(self, table: Table, row: list[Any]) -> None:
        names = [c.name for c in table.columns]
        key = tuple(row[names.index(c)] for c in table.order_by)
        known = self._rows[table.name].get(key)
        if known is None or row[-2] >= known[-2]:
            self._rows[table.name][key] = row

    def live(self, table: str) -> list[list[Any]]:
        """Live rows in column order, sorted."""
        return sorted((row[:-1] for row in self._rows[table].values() if not row[-1]), key=repr)

    def everything(self) -> Mapping[str, list[list[Any]]]:
        return {table: live for table in sorted(self._rows) if (live := self.live(table))}


class MemoryLog:
    """A topic whose records are given; one member reads all of it. `records_per_poll` cuts what a poll gives."""

    def __init__(self, topic: str, partitions: Mapping[int, Sequence[bytes]], records_per_poll: int = 10) -> None:
        self.topic, self.records_per_poll = topic, records_per_poll
        self._partitions = {partition: list(values) for partition, values in partitions.items()}
        self.committed: dict[int, int] = dict.fromkeys(partitions, 0)
        self._positions: dict[int, int] = dict(self.committed)
        self._on_revoked: Callable[[], None] = lambda: None
        self._rebalances = 0
        self.before_commit: Callable[[], None] = lambda: None
        self.is_paused = False

    def subscribe(self, on_revoked: Callable[[], None]) -> None:
        """Also what a restart does: reading goes on from what is committed."""
        self._on_revoked, self._positions, self.is_paused = on_revoked, dict(self.committed), False

    def rebalance(self) -> None:
        """The next poll finds that the partitions went away and came back."""
        self._rebalances += 1

    def poll(self, timeout_s: float) -> Sequence[Record]:
        if self._rebalances:
            self._rebalances = 0
            self._on_revoked()
            self._positions = dict(self.committed)
            return []
        if self.is_paused:
            return []
        return [record for partition in self._partitions for record in self._fetch(partition)]

    def _fetch(self, partition: int) -> list[Record]:
        start = self._positions[partition]
        values = self._partitions[partition][start : start + self.records_per_poll]
        self._positions[partition] = start + len(values)
        return [Record(partition, start + i, value) for i, value in enumerate(values)]

    def append(self, partition: int, value: bytes) -> None:
        self._partitions[partition].append(value)

    def commit(self, next_offsets: Mapping[int, int]) -> None:
        self.before_commit()
        self.committed.update(next_offsets)

    def pause(self) -> None:
        self.is_paused = True

    def resume(self) -> None:
        self.is_paused = False

    def close(self) -> None:
        """Nothing is held."""

    @property
    def is_drained(self) -> bool:
        return all(self.committed[p] == len(values) for p, values in self._partitions.items())
