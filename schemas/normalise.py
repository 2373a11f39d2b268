"""One normal form for each kind of value, so that two sources which mean the same say the same. Pure and deterministic.

Times: ISO 8601 with an offset -> UTC, cut to milliseconds. Money: decimal text -> Decimal. Currencies ISO 4217, countries
ISO 3166-1 alpha-2, languages BCP 47. What stands for somebody (e-mail, phone, other identities) is in `schemas.identities`.
Every refusal is a `ValueRefused` that tells kind and remedy and never repeats the value.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Final

from babel import Locale
from babel.numbers import get_currency_precision, list_currencies

from schemas.errors import ValueRefused

MONEY = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,6})?")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,4}")

_TIME_REMEDY: Final = "write ISO 8601 with an offset, such as 2026-03-01T09:30:00.000Z"
_MONEY_REMEDY: Final = 'write a decimal string with at most 14 digits before and 6 behind the point, such as "19.90"'


def kind_of(value: object) -> str:
    """The JSON kind of a value in words: all that an error message may say about it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    names = {str: "a string", int: "an integer", float: "a number", dict: "an object", list: "an array", tuple: "an array"}
    return names.get(type(value), f"a {type(value).__name__}")


def moment(value: object) -> datetime:
    """UTC, cut (not rounded) to milliseconds. A time without an offset is refused: whose clock would it be?"""
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            raise ValueRefused("a string that is no ISO 8601 time", _TIME_REMEDY) from None
    elif isinstance(value, datetime):
        parsed = value
    else:
        raise ValueRefused(f"{kind_of(value)}, not a time", _TIME_REMEDY)
    if parsed.tzinfo is not UTC:
        parsed = _to_utc(parsed)
    beyond = parsed.microsecond % 1000
    return parsed.replace(microsecond=parsed.microsecond - beyond) if beyond else parsed


def _to_utc(parsed: datetime) -> datetime:
    if parsed.utcoffset() is None:
        raise ValueRefused("a time without an offset", _TIME_REMEDY)
    try:
        return parsed.astimezone(UTC)
    except OverflowError:
        raise ValueRefused("a time outside the years 1 to 9999", _TIME_REMEDY) from None


def moment_text(value: datetime) -> str:
    """The canonical text of a normal moment: always three decimals, always Z."""
    return f"{value.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def money(value: object) -> Decimal:
    """Decimal out of text or an integer. A JSON number with a fraction is refused: it went through binary floating point."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        text = format(value, "f") if isinstance(value, Decimal) else str(value)
    else:
        raise ValueRefused(f"{kind_of(value)}, not an amount", _MONEY_REMEDY)
    if MONEY.fullmatch(text) is None:
        raise ValueRefused("a value that is no amount", _MONEY_REMEDY)
    return Decimal(text)


def currency(value: str) -> str:
    """ISO 4217, upper case. Includes withdrawn ones, for history is imported too."""
    code = value.strip().upper()
    if code not in _currencies():
        raise ValueRefused("a string that is no ISO 4217 currency", "write its three letters, such as EUR")
    return code


def minor_digits(code: str) -> int:
    """Digits behind the point that the currency uses by CLDR: 2 for EUR, 0 for JPY, 3 for KWD."""
    return get_currency_precision(code)


def country(value: str) -> str:
    """ISO 3166-1 alpha-2, upper case."""
    code = value.strip().upper()
    if code not in _countries():
        raise ValueRefused("a string that is no ISO 3166 country", "write its two letters, such as DE")
    return code


def language(value: str) -> str:
    """BCP 47 in its usual spelling (`pt-BR`, `zh-Hant-TW`): language lower, script title, region upper case; no subtag is looked up."""
    text = value.strip()
    if LANGUAGE.fullmatch(text) is None:
        raise ValueRefused("a string that is no BCP 47 language", "write it such as en or pt-BR")
    first, *others = text.replace("_", "-").split("-")
    return "-".join([first.lower(), *(_subtag(part) for part in others)])


def _subtag(part: str) -> str:
    if len(part) == 4 and part.isalpha():
        return part.title()
    return part.upper() if len(part) == 2 and part.isalpha() else part.lower()


@cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


@cache
def _countries() -> frozenset[str]:
    unassigned = {"EU", "EZ", "UN", "ZZ", "QO", "XA", "XB"}
    return frozenset(code for code in map(str, Locale("en").territories) if len(code) == 2 and code not in unassigned)
