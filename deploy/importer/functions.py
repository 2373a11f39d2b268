"""What mappings can call beside JMESPath's own functions. Amounts are decimal texts throughout: no amount passes through a float."""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from jmespath import functions

_ANY: Any = {"types": []}
_TEXT: Any = {"types": ["string"]}
_MAYBE_TEXT: Any = {"types": ["string", "null"]}
_MAYBE_NUMBER: Any = {"types": ["string", "number", "null"]}
_ARRAY: Any = {"types": ["array"]}
_OBJECT: Any = {"types": ["object"]}
_PLACES: Any = {"types": ["number"]}

Rows = Mapping[str, dict[str, Any]]


class MappingFunctions(functions.Functions):
    """A null argument of a text or decimal function gives null; a text that is no decimal gives null too."""

    def __init__(self, tables: Mapping[str, Rows]) -> None:
        super().__init__()
        self._tables = tables

    @functions.signature(_TEXT, _MAYBE_NUMBER)
    def _func_lookup(self, table: str, key: str | float | None) -> dict[str, Any] | None:
        return self._tables[table].get(str(key)) if table in self._tables else None

    @functions.signature(_ARRAY)
    def _func_decimal_sum(self, amounts: list[Any]) -> str | None:
        found = [_decimal(amount) for amount in amounts]
        return None if None in found else _text(sum((amount for amount in found if amount is not None), Decimal(0)))

    @functions.signature(_MAYBE_NUMBER, _MAYBE_NUMBER)
    def _func_decimal_product(self, left: Any, right: Any) -> str | None:
        a, b = _decimal(left), _decimal(right)
        return None if a is None or b is None else _text(a * b)

    @functions.signature(_MAYBE_NUMBER, _MAYBE_NUMBER, _PLACES)
    def _func_decimal_quotient(self, left: Any, right: Any, places: int) -> str | None:
        a, b = _decimal(left), _decimal(right)
        return None if a is None or not b else _text((a / b).quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_EVEN))

    @functions.signature(_MAYBE_NUMBER)
    def _func_decimal_abs(self, amount: Any) -> str | None:
        found = _decimal(amount)
        return None if found is None else _text(abs(found))

    @functions.signature(_MAYBE_NUMBER)
    def _func_integer(self, amount: Any) -> int | None:
        found = _decimal(amount)
        return int(found) if found is not None and found == int(found) else None

    @functions.signature(_ANY, _OBJECT)
    def _func_choose(self, key: Any, choices: dict[str, Any]) -> Any:
        return choices.get(key if isinstance(key, str) else str(key))

    @functions.signature(_MAYBE_TEXT)
    def _func_lower(self, text: str | None) -> str | None:
        return None if text is None else text.lower()

    @functions.signature(_MAYBE_TEXT)
    def _func_upper(self, text: str | None) -> str | None:
        return None if text is None else text.upper()

    @functions.signature(_MAYBE_TEXT)
    def _func_trim(self, text: str | None) -> str | None:
        return None if text is None else text.strip() or None

    @functions.signature(_MAYBE_TEXT, _TEXT, _TEXT)
    def _func_replace(self, text: str | None, old: str, new: str) -> str | None:
        return None if text is None else text.replace(old, new)

    @functions.signature(_MAYBE_TEXT, _TEXT)
    def _func_split(self, text: str | None, separator: str) -> list[str] | None:
        return None if text is None else text.split(separator)

    @functions.signature(_MAYBE_TEXT, _TEXT)
    def _func_matches(self, text: str | None, pattern: str) -> bool:
        return text is not None and _pattern(pattern).search(text) is not None


def _decimal(value: Any) -> Decimal | None:
    try:
        found = Decimal(str(value)) if value is not None else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


def _text(amount: Decimal) -> str:
    """Digits, without zeros at the end of a fraction that has more than two digits."""
    text = format(amount, "f")
    whole, point, fraction = text.partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}" if point and len(fraction) > 2 else text


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
