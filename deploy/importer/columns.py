"""From the text in a file to values: numbers, decimals, times, JSON. An empty text is null."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from deploy.importer.errors import MappingInvalid, RowRefused
from deploy.importer.mapping import Column, Columns, DecimalColumn, TimeColumn
from schemas.normalise import MONEY, kind_of, moment_text

Row = dict[str, Any]
Convert = Callable[[Any], Any]

_TRUE, _FALSE = frozenset({"true", "t", "yes", "y", "1"}), frozenset({"false", "f", "no", "n", "0"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def conversion(columns: Columns) -> Callable[[Row], None]:
    """A function that replaces the named columns of a row; raises RowRefused, which names the column and not the value."""
    converters = [(name, _converter(name, column)) for name, column in columns.items()]

    def convert(row: Row) -> None:
        for name, converter in converters:
            value = row.get(name)
            if value is not None:
                try:
                    row[name] = converter(value)
                except (ValueError, ArithmeticError, OverflowError, TypeError) as why:
                    raise RowRefused(f"column {name}: {kind_of(value)} that does not fit its kind", "see `columns` in the mapping") from why

    return convert


def _converter(name: str, column: Column) -> Convert:
    match column:
        case TimeColumn():
            return _time_converter(name, column)
        case DecimalColumn():
            return partial(_decimal, "," if column.decimal == "comma" else ".", column.thousands, column.places)
        case "time":
            return _time_converter(name, TimeColumn(time="iso"))
        case "decimal":
            return partial(_decimal, ".", "", None)
        case "json":
            return _json
        case _:
            plain: dict[str, Convert] = {"text": _text, "integer": _integer, "number": float, "boolean": _boolean}
            return plain[column]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _integer(value: Any) -> int:
    """Takes 17850.0 too, which is how many tools write a whole number beside an empty cell."""
    try:
        return int(value)
    except ValueError:
        whole = float(value)
        if not whole.is_integer():
            raise
        return int(whole)


def _boolean(value: Any) -> bool:
    word = str(value).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError


def _decimal(point: str, thousands: str, places: int | None, value: Any) -> str:
    text = str(value).strip()
    if thousands:
        text = text.replace(thousands, "")
    if point != ".":
        text = text.replace(point, ".")
    if places is not None:
        text = format(Decimal(text).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN), "f")
    if MONEY.fullmatch(text) is None:
        raise ValueError
    return text


def _json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str) else value


def _time_converter(name: str, column: TimeColumn) -> Convert:
    try:
        zone = ZoneInfo(column.zone) if column.zone != "UTC" else UTC
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError) as why:
        raise MappingInvalid(f"columns.{name}.zone", "no such time zone", "write its IANA name, such as Europe/London") from why
    patterns = [column.time] if isinstance(column.time, str) else column.time
    converters = [_time_by(pattern, zone) for pattern in patterns]
    return converters[0] if len(converters) == 1 else partial(_first_that_fits, converters)


def _time_by(pattern: str, zone: tzinfo) -> Convert:
    match pattern:
        case "iso":
            return lambda value: _utc(value if isinstance(value, datetime) else datetime.fromisoformat(value), zone)
        case "unix_s":
            return lambda value: moment_text(_EPOCH + timedelta(seconds=float(value)))
        case "unix_ms":
            return lambda value: moment_text(_EPOCH + timedelta(milliseconds=int(value)))
        case _:
            return lambda value: _utc(datetime.strptime(value, pattern), zone)  # noqa: DTZ007 (the zone is given beside)


def _first_that_fits(converters: list[Convert], value: Any) -> str:
    for convert in converters:
        with suppress(ValueError, TypeError):
            return str(convert(value))
    raise ValueError


def _utc(parsed: datetime, zone: tzinfo) -> str:
    """Where clocks were set back, the first of the two moments is meant."""
    aware = parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=zone)
    return moment_text(aware.astimezone(UTC))
