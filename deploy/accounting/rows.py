"""What ClickHouse has: counts and hashes over ranges of offsets, and the rows of one range where those differ."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from deploy.accounting.places import Place, Sum
from schemas.connections import ClickHouseConnection
from sinks.clickhouse import ClickHouse, tables_database

IDS_AT_ONCE = 2_000
PAGE = 50_000
TIMEOUT_S = 600


class Rows:
    """Reads the tables of one generation."""

    def __init__(self, connection: ClickHouseConnection, generation: int) -> None:
        self._door = ClickHouse(connection, timeout_s=TIMEOUT_S)
        self._tables = f"`{tables_database(connection, generation)}`"

    def close(self) -> None:
        self._door.close()

    def touchpoints(self, partition: int, first: int, end: int, size: int) -> Mapping[int, Sum]:
        """By range of `size` offsets (its number is offset // size)."""
        return self._sums("touchpoints", "concat(toString(event_id), ':', toString(raw_offset))", partition, first, end, size)

    def letters(self, partition: int, first: int, end: int, size: int) -> Mapping[int, Sum]:
        """Rows of dead_letters by range of `size` offsets."""
        return self._sums("dead_letters", "toString(raw_offset)", partition, first, end, size)

    def _sums(self, table: str, text: str, partition: int, first: int, end: int, size: int) -> Mapping[int, Sum]:
        where = f"raw_partition = {partition} AND raw_offset >= {first} AND raw_offset < {end}"
        order = (
            f"SELECT intDiv(raw_offset, {size}), count(), sum(halfMD5({text})) FROM {self._tables}.{table} FINAL WHERE {where} GROUP BY 1"
        )
        return {int(number): Sum(int(rows), int(total)) for number, rows, total in self._ask(order)}

    def touchpoints_between(self, partition: int, first: int, end: int) -> list[Place]:
        """Live rows by their coordinates; an event may stand there twice."""
        where = f"raw_partition = {partition} AND raw_offset >= {first} AND raw_offset < {end}"
        rows = self._ask(f"SELECT event_id, raw_partition, raw_offset FROM {self._tables}.touchpoints FINAL WHERE {where}")
        return [Place(event_id.bytes, int(p), int(offset)) for event_id, p, offset in rows]

    def touchpoints_of(self, event_ids: Iterable[bytes]) -> list[Place]:
        """Live rows of these events, wherever they lay."""
        found: list[Place] = []
        for ids in _portions(event_ids):
            rows = self._ask(f"SELECT event_id, raw_partition, raw_offset FROM {self._tables}.touchpoints FINAL WHERE event_id IN ({ids})")
            found += [Place(event_id.bytes, int(p), int(offset)) for event_id, p, offset in rows]
        return found

    def costs_of(self, event_ids: Iterable[bytes]) -> set[bytes]:
        """Which of these have a live row."""
        found: set[bytes] = set()
        for ids in _portions(event_ids):
            found |= {row[0].bytes for row in self._ask(f"SELECT event_id FROM {self._tables}.ad_costs FINAL WHERE event_id IN ({ids})")}
        return found

    def letters_between(self, partition: int, first: int, end: int) -> dict[int, int]:
        """Offset -> tries."""
        where = f"raw_partition = {partition} AND raw_offset >= {first} AND raw_offset < {end}"
        return {int(o): int(n) for o, n in self._ask(f"SELECT raw_offset, tries FROM {self._tables}.dead_letters FINAL WHERE {where}")}

    def tries_of(self, letters: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
        """By coordinates."""
        if not letters:
            return {}
        wanted = ", ".join(f"({partition}, {offset})" for partition, offset in letters)
        order = f"SELECT raw_partition, raw_offset, tries FROM {self._tables}.dead_letters FINAL"
        return {(int(p), int(o)): int(n) for p, o, n in self._ask(f"{order} WHERE (raw_partition, raw_offset) IN ({wanted})")}

    def ledger(self, partition: int) -> Iterator[tuple[int, int]]:
        """(first, last) of the ranges, sorted."""
        after = (-1, -1)
        while True:
            where = f"raw_partition = {partition} AND (toInt64(first_offset), toInt64(last_offset)) > ({after[0]}, {after[1]})"
            order = "ORDER BY first_offset, last_offset"
            page = self._ask(f"SELECT first_offset, last_offset FROM {self._tables}.ledger FINAL WHERE {where} {order} LIMIT {PAGE}")
            yield from ((int(first), int(last)) for first, last in page)
            if len(page) < PAGE:
                return
            after = (int(page[-1][0]), int(page[-1][1]))

    def _ask(self, sql: str) -> Sequence[Sequence[Any]]:
        return self._door.ask(sql).rows


def _portions(event_ids: Iterable[bytes]) -> Iterator[str]:
    ids = [f"'{UUID(bytes=event_id)}'" for event_id in event_ids]
    for n in range(0, len(ids), IDS_AT_ONCE):
        yield ", ".join(ids[n : n + IDS_AT_ONCE])
