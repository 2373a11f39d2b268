"""What a chunk does to the world: rows to write or withdraw, records to forward. Of each row key only the newest is kept."""

from collections.abc import Mapping
from typing import Any

from schemas.alerts import AlertMessage
from schemas.facts import Fact, Removal
from schemas.ledger_tables import TABLES
from schemas.row_frames import TableRows
from streams.core.history import Row, Rows

CONTENT_WIDTH: Mapping[str, int] = {name: sum(c.role != "arrival" for c in t.columns) for name, t in TABLES.items()}
"""Columns before the arrival ones, which stand last in every table: two rows with equal content are one row."""


class Effects:
    """Collects over the frames of a chunk."""

    def __init__(self) -> None:
        self.upserts: dict[str, dict[tuple[Any, ...], Row]] = {}
        self.withdrawals: dict[str, dict[tuple[Any, ...], Row]] = {}
        self.forwards: dict[int, list[Fact | Removal]] = {}
        self.alerts: list[AlertMessage] = []

    def upsert(self, table: str, key: tuple[Any, ...], row: Row) -> None:
        """The row as it is now."""
        self.upserts.setdefault(table, {})[key] = row
        self.withdrawals.get(table, {}).pop(key, None)

    def withdraw(self, table: str, key: tuple[Any, ...], version: int) -> None:
        """The row is no more."""
        self.withdrawals.setdefault(table, {})[key] = (*key, version)
        self.upserts.get(table, {}).pop(key, None)

    def forward(self, partition: int, record: Fact | Removal) -> None:
        """The record belongs to a customer of another partition."""
        self.forwards.setdefault(partition, []).append(record)

    def take(self, rows: Rows) -> None:
        """All rows of an extended history."""
        for table, by_key in rows.items():
            self.upserts.setdefault(table, {}).update(by_key)
            withdrawn = self.withdrawals.get(table)
            for key in by_key if withdrawn else ():
                withdrawn.pop(key, None)  # type: ignore[union-attr]

    def compare(self, before: Rows, after: Rows, version: int) -> None:
        """What differs between two replays of one history."""
        for table in before.keys() | after.keys():
            old, new, width = before.get(table, {}), after.get(table, {}), CONTENT_WIDTH[table]
            for key in old.keys() - new.keys():
                self.withdraw(table, key, version)
            for key, row in new.items():
                was = old.get(key)
                if was is None or was[:width] != row[:width]:
                    self.upsert(table, key, row)

    def tables(self) -> dict[str, TableRows]:
        """The rows in the form that travels."""
        names = [t for t in TABLES if self.upserts.get(t) or self.withdrawals.get(t)]
        return {t: TableRows(list(self.upserts.get(t, {}).values()), list(self.withdrawals.get(t, {}).values())) for t in names}
