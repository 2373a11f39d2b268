"""pydantic's account of an invalid event in our words: the first fault, its path, kinds and a remedy, never the value.

pydantic's own messages are not repeated, for some quote what they found (a UUID's wrong letter, an extra key).
"""

import re
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.dead_letters import Rejection, RejectReason
from schemas.errors import IdentityRefused, ValueRefused
from schemas.normalise import kind_of

_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)

_EXPECTED = {
    "string": "a string",
    "int": "an integer",
    "float": "a number",
    "bool": "true or false",
    "uuid": "a UUID",
    "dict": "an object",
    "model": "an object",
    "tuple": "an array",
    "list": "an array",
    "finite": "a finite number",
    "is": "another kind",
}
_BOUNDS = {
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "a string that matches {pattern}",
    "enum": "one of {expected}",
}


def refusal(why: ValidationError) -> Rejection:
    """The first error of a failed validation."""
    first = why.errors(include_url=False)[0]
    path = first["loc"]
    refused = first.get("ctx", {}).get("error")
    if isinstance(refused, ValueRefused):
        return _by_normal_form(path, refused)
    if first["type"] == "missing":
        return Rejection(RejectReason.MISSING_FIELD, path_text(path), "nothing: this field is required")
    return Rejection(RejectReason.INVALID_FIELD, path_text(path), f"expected {_expectation(first)}, got {kind_of(first['input'])}")


def _by_normal_form(path: tuple[int | str, ...], refused: ValueRefused) -> Rejection:
    reason = RejectReason.BAD_IDENTITY if isinstance(refused, IdentityRefused) else RejectReason.INVALID_FIELD
    field = path_text((*path, refused.field) if refused.field else path)
    return Rejection(reason, field, f"{refused.kind}: {refused.remedy}")


def _expectation(error: ErrorDetails) -> str:
    bounds: dict[str, Any] = error.get("ctx", {})
    if error["type"] in _BOUNDS:
        return _BOUNDS[error["type"]].format(**bounds)
    return _EXPECTED.get(error["type"].split("_")[0], "another kind")


def path_text(path: tuple[int | str, ...]) -> str:
    """`("lines", 2, "quantity")` -> `lines[2].quantity`. A name that no field of ours has may be anybody's: it becomes `*`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if _PLAIN_NAME.fullmatch(part) else "*"
            text += f".{name}" if text else name
    return text
