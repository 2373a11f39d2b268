"""Reading values out of a stored payload. It was validated when it was admitted, so what is there has its type."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

Payload = Mapping[str, Any]

SCALE = 10_000
"""Money travels as integers of ten-thousandths, as the columns `Decimal(18, 4)` hold it."""
LARGEST = 10**18 - 1
"""The greatest amount that such a column holds. Sums and products stop here: what is beyond could be neither stored nor sent."""
_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)


def bounded(number: int) -> int:
    """The number, or the limit that it passes."""
    return max(-LARGEST, min(LARGEST, number))


def scaled(value: Any) -> int:
    """Ten-thousandths of a decimal string or number; more than four places are rounded half to even."""
    return bounded(int((Decimal(str(value)) * SCALE).to_integral_value(ROUND_HALF_EVEN)))


def money(payload: Payload, field: str) -> int:
    """A field in ten-thousandths; 0 where it is absent."""
    value = payload.get(field)
    return 0 if value is None else scaled(value)


def instant(payload: Payload, field: str) -> int | None:
    """A time in ms UTC, cut as `schemas.normalise.moment` cuts it; None where it is absent."""
    value = payload.get(field)
    return None if value is None else (datetime.fromisoformat(value) - _EPOCH) // _MILLISECOND


def iso(at: int) -> str:
    """An instant in ms UTC as JSON has it."""
    return (_EPOCH + at * _MILLISECOND).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def word(payload: Payload, field: str) -> str:
    """A text; empty where it is absent."""
    value = payload.get(field)
    return "" if value is None else str(value)


def line_value(line: Payload) -> int:
    """What an order line costs, in ten-thousandths: quantity times unit price less discount."""
    return bounded(int(line.get("quantity", 0)) * scaled(line.get("unit_price", 0)) - money(line, "discount"))


def pieces(lines: Iterable[Payload]) -> int:
    """How many pieces the lines have together."""
    return bounded(sum(int(line.get("quantity", 0)) for line in lines))
