"""A mapping applied: rows in, ready events out. Pure but for the tables that the mapping reads beside the file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

from deploy.importer.columns import conversion
from deploy.importer.errors import InputUnreadable, MappingInvalid, RowRefused
from deploy.importer.expressions import Compiler, Evaluate
from deploy.importer.functions import Rows
from deploy.importer.mapping import EventMapping, Mapping, Table
from deploy.importer.readers import RowFile, format_of
from schemas.codec import DEFAULT_LIMITS, Limits
from schemas.errors import EventInvalid
from streams.outgoing import Outgoing, outgoing

Row = dict[str, Any]
_ENVELOPE = ("event_type", "occurred_at", "identities", "payload")


@dataclass(frozen=True, slots=True)
class Ready:
    """What one row (or group) gives: its events, and of those that were refused why. No event and no refusal: a filter left it out."""

    events: list[Outgoing]
    refusals: list[RowRefused]


@dataclass(frozen=True, slots=True)
class _Event:
    type: str
    when: Callable[[Row], bool]
    key: list[Evaluate]
    occurred_at: Evaluate
    identities: list[tuple[str, Evaluate]]
    payload: Evaluate
    fields: Evaluate


class Mapper:
    """`path` is the imported file: its name goes into the ids of events without a business key, tables are looked for beside it."""

    def __init__(self, mapping: Mapping, path: Path, source: str | None = None, limits: Limits = DEFAULT_LIMITS) -> None:
        compiler = Compiler({name: _loaded(path.parent, table) for name, table in mapping.tables.items()})
        self.mapping = mapping
        self._source = source or mapping.source
        self._file_name = path.name
        self._limits = limits
        self._convert = conversion(mapping.columns)
        self._when = compiler.condition(mapping.when, "when")
        self._define = [(name, compiler.value(value, f"define.{name}")) for name, value in mapping.define.items()]
        self._events = [_compiled(compiler, event, f"events.{number}") for number, event in enumerate(mapping.events)]
        self._reads = compiler.columns_read

    def check_columns(self, columns: tuple[str, ...]) -> None:
        """Raises MappingInvalid where an expression or `columns` names what the file does not have."""
        known = {*columns, *self.mapping.define, "_row", "_n", "rows"}
        wanted = self._reads | {name: f"columns.{name}" for name in self.mapping.columns}
        if self.mapping.group:
            wanted |= dict.fromkeys((*self.mapping.group.by, *self.mapping.group.sort), "group")
        for name, place in wanted.items():
            if name not in known:
                raise MappingInvalid(place, f"the file has no column {name}", f"it has: {', '.join(columns)}")

    def ready(self, row: Row, now: datetime) -> Ready:
        """The events of a row as `deploy.importer.records` gives it; `now` becomes sent_at."""
        result = Ready([], [])
        try:
            for part in row.get("rows", ()):
                self._convert(part)
            self._convert(row)
            for name, evaluate in self._define:
                row[name] = evaluate(row)
            if not self._when(row):
                return result
        except RowRefused as refused:
            result.refusals.append(refused)
            return result
        for event in self._events:
            self._add(result, event, row, now)
        return result

    def _add(self, result: Ready, event: _Event, row: Row, now: datetime) -> None:
        try:
            if event.when(row):
                result.events.append(self._event(event, row, now))
        except RowRefused as refused:
            refused.event_type = event.type
            result.refusals.append(refused)
        except EventInvalid as why:
            result.refusals.append(refusal_of(event.type, why))

    def _event(self, event: _Event, row: Row, now: datetime) -> Outgoing:
        document = {
            "event_type": event.type,
            "occurred_at": event.occurred_at(row),
            "identities": [identity for kind, evaluate in event.identities for identity in _identities(kind, evaluate(row))],
            "payload": event.payload(row) or {},
            **(event.fields(row) or {}),
        }
        if document["occurred_at"] is None:
            raise RowRefused(f"{event.type}: occurred_at: null", "a row without a time cannot become an event")
        key = [_key_part(evaluate(row), event.type) for evaluate in event.key]
        otherwise = partial(key_of_row, self._file_name, row)
        return outgoing(document, source=self._source, now=now, business_key=key, otherwise=otherwise, limits=self._limits)


def key_of_row(file_name: str, row: Row) -> list[str]:
    """File name, row number and a hash of the content: a file that grows keeps its ids, a row that changes gets another."""
    content = blake2b(orjson.dumps(row, default=str, option=orjson.OPT_SORT_KEYS), digest_size=8)
    return [file_name, str(row["_row"]), content.hexdigest()]


def refusal_of(event_type: str, why: EventInvalid) -> RowRefused:
    """An invalid event as the reason for its row."""
    field = f"{why.field}: " if why.field else ""
    return RowRefused(f"{event_type}: {field}{why.kind}", "correct the row, or the mapping's `events`", event_type)


def _compiled(compiler: Compiler, event: EventMapping, place: str) -> _Event:
    reserved = next((name for name in event.fields if name in _ENVELOPE), None)
    if reserved is not None:
        raise MappingInvalid(
            f"{place}.fields.{reserved}", "is a part of the mapping itself", f"write it beside `fields`, not in it: {reserved}"
        )
    return _Event(
        type=event.type,
        when=compiler.condition(event.when, f"{place}.when"),
        key=[compiler.expression(text, f"{place}.key.{number}") for number, text in enumerate(event.key)],
        occurred_at=compiler.expression(event.occurred_at, f"{place}.occurred_at"),
        identities=[(kind, compiler.value(value, f"{place}.identities.{kind}")) for kind, value in event.identities.items()],
        payload=compiler.value(event.payload, f"{place}.payload"),
        fields=compiler.value(event.fields, f"{place}.fields"),
    )


def _identities(kind: str, found: Any) -> Iterator[dict[str, str]]:
    for value in found if isinstance(found, list) else [found]:
        if value is not None and value != "":
            yield {"kind": kind, "value": value if isinstance(value, str) else str(value)}


def _key_part(value: Any, event_type: str) -> str:
    if value is None or value == "":
        raise RowRefused(
            f"{event_type}: key: a part is empty", "a business key needs all of its parts; leave `key` out where there is none"
        )
    return value if isinstance(value, str) else str(value)


def _loaded(folder: Path, table: Table) -> Rows:
    """By key; of rows with one key the last."""
    names = (table.file,) if isinstance(table.file, str) else table.file
    path = next((folder / name for name in names if (folder / name).exists()), None)
    if path is None:
        raise InputUnreadable(str(folder / names[0]), "is not there", "the mapping needs this file beside the imported one")
    convert = conversion(table.columns)
    rows: dict[str, Row] = {}
    for row, refused in RowFile(path, format_of(path), table.csv):
        if row is None:
            raise InputUnreadable(str(path), f"row {refused.row if refused else 0} cannot be read", "correct the file")
        convert(row)
        rows[str(row.get(table.key))] = row
    return rows
