"""A file and its mapping together: an iterator over what each row or group gives."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from deploy.importer.errors import InputUnreadable, RowRefused
from deploy.importer.mapper import Mapper, Ready, key_of_row, refusal_of
from deploy.importer.mapping import Csv, Mapping
from deploy.importer.readers import Idle, RowFile, format_of
from deploy.importer.records import Grouped, Read, sorted_rows
from schemas.codec import DEFAULT_LIMITS, Limits
from schemas.errors import EventInvalid
from streams.clock import SYSTEM_CLOCK, Clock
from streams.outgoing import outgoing

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """One row or group. number: counts records from 1, refused ones too; row: the (first) row's number in the file.

    content: the row as read, where it was asked for.
    """

    number: int
    row: int
    ready: Ready
    content: Row | None = None


class Reading:
    """A file with its mapping. Without a mapping each row must be an event already; `source` then stands in for those that name none."""

    def __init__(
        self,
        path: Path,
        mapping: Mapping | None,
        *,
        source: str | None = None,
        idle: Idle | None = None,
        keep_content: bool = False,
        clock: Clock = SYSTEM_CLOCK,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        if not path.is_file():
            raise InputUnreadable(str(path), "is no file", "give the path of an .ndjson, .csv or .parquet file")
        form = mapping.format if mapping and mapping.format else format_of(path)
        if mapping is None and form != "ndjson":
            raise InputUnreadable(
                str(path), "its rows are no events yet", "say with --mapping how they become events; see docs/importing.md"
            )
        self._file = RowFile(path, form, mapping.csv if mapping else Csv(), idle)
        self._group = mapping.group if mapping else None
        if idle is not None and self._group is not None and self._group.sort:
            raise InputUnreadable(str(path), "a file that is sorted first cannot be followed", "leave out --follow, or group.sort")
        self._mapper = Mapper(mapping, path, source, limits) if mapping else None
        self._events = _Events(path.name, source, limits)
        self._clock, self._keep_content = clock, keep_content
        self._rows_read = self._rows_done = 0

    def fraction(self) -> float:
        """How much is done, 0 to 1: of the file, or of its rows where it was sorted first."""
        if self._group is not None and self._group.sort:
            return self._rows_done / max(1, self._rows_read)
        return self._file.fraction()

    def records(self, skip: int = 0) -> Iterator[Record]:
        """All records after the first `skip`."""
        for number, (row, refused) in enumerate(self._grouped(self._checked()), 1):
            self._rows_done += len(row["rows"]) if row is not None and "rows" in row else 1
            if number > skip:
                yield self._record(number, row, refused)

    def _record(self, number: int, row: Row | None, refused: RowRefused | None) -> Record:
        if row is None:
            refusal = refused or RowRefused("unreadable")
            return Record(number, refusal.row, Ready([], [refusal]))
        place, content = row["_row"], _copied(row) if self._keep_content else None
        return Record(number, place, (self._mapper or self._events).ready(row, self._clock.now()), content)

    def _checked(self) -> Iterator[Read]:
        mapper = self._mapper
        for read in self._file:
            if mapper is not None and self._file.columns is not None:
                mapper.check_columns(self._file.columns)
                mapper = None
            self._rows_read += 1
            yield read

    def _grouped(self, rows: Iterator[Read]) -> Iterator[Read]:
        if self._group is None:
            return rows
        return Grouped(self._group)(sorted_rows(rows, self._group) if self._group.sort else rows)


def _copied(row: Row) -> Row:
    return {**row, "rows": [dict(part) for part in row["rows"]]} if "rows" in row else dict(row)


@dataclass(frozen=True, slots=True)
class _Events:
    """Rows that are events: checked, and named by file, row and content where they have neither an id nor a business key."""

    file_name: str
    source: str | None
    limits: Limits

    def ready(self, row: Row, now: datetime) -> Ready:
        key = key_of_row(self.file_name, row)
        del row["_row"]
        if self.source is None and row.get("source") is None:
            return Ready(
                [],
                [RowRefused("source: nothing", "name the sending system in the event, or with --source", str(row.get("event_type", "")))],
            )
        try:
            event = outgoing(row, source=self.source or "", now=now, otherwise=lambda: key, limits=self.limits)
        except EventInvalid as why:
            return Ready([], [refusal_of(str(row.get("event_type", "")), why)])
        return Ready([event], [])


def events_from(path: Path, mapping: Mapping | None, clock: Clock = SYSTEM_CLOCK) -> Iterator[Row]:
    """The events of a file, checked, as JSON has them; raises RowRefused at the first row that cannot become one."""
    for record in Reading(path, mapping, clock=clock).records():
        for refused in record.ready.refusals:
            raise refused
        for event in record.ready.events:
            yield orjson.loads(event.value)
