"""From rows to records: a row alone, or the rows of a group, brought together beforehand where the mapping asks for it."""

import heapq
import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import IO, Any

import orjson

from deploy.importer.errors import RowRefused
from deploy.importer.mapping import Group

Row = dict[str, Any]
Read = tuple[Row | None, RowRefused | None]
ROWS_IN_MEMORY = 200_000


class Grouped:
    """Rows -> groups. A group's row is its first one with `rows`, all of them in order, each with its place in the group as `_n`."""

    def __init__(self, group: Group) -> None:
        self._by = group.by
        self._seen: set[int] = set()

    def __call__(self, rows: Iterable[Read]) -> Iterator[Read]:
        held: list[Row] = []
        for row, refused in rows:
            if row is None:
                yield None, refused
                continue
            if held and not self._same(held[0], row):
                yield self._record(held)
                held = []
            held.append(row)
        if held:
            yield self._record(held)

    def _same(self, one: Row, other: Row) -> bool:
        return all(one.get(name) == other.get(name) for name in self._by)

    def _record(self, rows: list[Row]) -> Read:
        seen = hash(tuple(str(rows[0].get(name)) for name in self._by))
        if seen in self._seen:
            return None, RowRefused(
                "the rows of a group do not stand together",
                "name in `group.sort` the columns to sort the rows by first, those of `by` at the end",
            )
        self._seen.add(seen)
        for number, row in enumerate(rows, 1):
            row["_n"] = number
        return {**rows[0], "rows": rows}, None


def sorted_rows(rows: Iterable[Read], group: Group, in_memory: int = ROWS_IN_MEMORY) -> Iterator[Read]:
    """Sorted by the texts in the columns of `sort`, equal ones as they stood; beyond `in_memory` rows by way of temporary files.

    Refused rows come first.
    """
    refusals: list[Read] = []
    good = _good(rows, refusals)
    parts: list[Iterator[Row]] = []
    order = _order(group.sort)
    while chunk := list(islice(good, in_memory)):
        chunk.sort(key=order)
        parts.append(_spilled(chunk) if parts or len(chunk) == in_memory else iter(chunk))
    yield from refusals
    yield from ((row, None) for row in heapq.merge(*parts, key=order))


def _good(rows: Iterable[Read], refusals: list[Read]) -> Iterator[Row]:
    for row, refused in rows:
        if row is None:
            refusals.append((None, refused))
        else:
            yield row


def _order(names: tuple[str, ...]) -> Callable[[Row], tuple[str, ...]]:
    return lambda row: tuple(str(row.get(name) or "") for name in names)


def _spilled(chunk: list[Row]) -> Iterator[Row]:
    file = tempfile.TemporaryFile(prefix="tracker-import-")  # noqa: SIM115 (closed by _read_back, when the last row is taken)
    for row in chunk:
        file.write(orjson.dumps(row, default=str, option=orjson.OPT_APPEND_NEWLINE))
    return _read_back(file)


def _read_back(file: IO[bytes]) -> Iterator[Row]:
    with file:
        file.seek(0)
        for line in file:
            yield orjson.loads(line)
