"""Reading values out of a stored payload. It was validated when it was admitted, so what is there has its type."""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

Payload = Mapping[str, Any]

SCALE = 10_000
"""Money travels as integers of ten-thousandths, as the columns `Decimal(18, 4)` hold it."""


def scaled(value: Any) -> int:
    """Ten-thousandths of a decimal string or number; more than four places are rounded half to even."""
    return int((Decimal(str(value)) * SCALE).to_integral_value(ROUND_HALF_EVEN))


def money(payload: Payload, field: str) -> int:
    """A field in ten-thousandths; 0 where it is absent."""
    value = payload.get(field)
    return 0 if value is None else scaled(value)


def instant(payload: Payload, field: str) -> int | None:
    """A time in ms UTC; None where it is absent."""
    value = payload.get(field)
    if value is None:
        return None
    moment = datetime.fromisoformat(value)
    return int(moment.timestamp() * 1000 + 0.5) if moment.microsecond else int(moment.timestamp()) * 1000


def word(payload: Payload, field: str) -> str:
    """A text; empty where it is absent."""
    value = payload.get(field)
    return "" if value is None else str(value)


def line_value(line: Payload) -> int:
    """What an order line costs, in ten-thousandths: quantity times unit price less discount."""
    return int(line.get("quantity", 0)) * scaled(line.get("unit_price", 0)) - money(line, "discount")
