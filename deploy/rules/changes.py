"""Where two sets of rules differ, field by field. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.rules.sections import Reach, reach_of
from schemas.rules import Rules

FIRST_WINS = ("owners",)
"""Where the order of names decides. (Scopes have a fixed one.)"""


@dataclass(frozen=True, slots=True)
class Change:
    """`was` and `becomes` as JSON on one line, empty where the field, or the entry of a list, is not there."""

    field: str
    was: str
    becomes: str
    reach: Reach


def changes(old: Rules, new: Rules) -> list[Change]:
    """In the order of the file; the version is left out, it changes nothing by itself."""
    before, after = (rules.model_dump(mode="json", by_alias=True, exclude={"version"}) for rules in (old, new))
    return [Change(field, was, becomes, reach_of(field)) for field, was, becomes in _differing("", before, after)]


def reaches(found: list[Change]) -> frozenset[Reach]:
    return frozenset(change.reach for change in found)


def _differing(path: str, old: Any, new: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            below = f"{path}.{key}" if path else str(key)
            yield from _differing(below, old.get(key), new.get(key))
        if path in FIRST_WINS and list(old) != list(new) and set(old) == set(new):
            yield path, f"order: {', '.join(old)}", f"order: {', '.join(new)}"
    elif old == new:
        return
    elif isinstance(old, list) and isinstance(new, list):
        yield from _entries(path, [_text(entry) for entry in old], [_text(entry) for entry in new])
    else:
        yield path, _text(old), _text(new)


def _entries(path: str, old: list[str], new: list[str]) -> Iterator[tuple[str, str, str]]:
    gone, come = [e for e in old if e not in new], [e for e in new if e not in old]
    for entry in gone:
        yield f"{path}.{old.index(entry)}", entry, ""
    for entry in come:
        yield f"{path}.{new.index(entry)}", "", entry
    if not gone and not come:
        yield path, f"order: {', '.join(old)}", f"order: {', '.join(new)}"


def _text(value: Any) -> str:
    if isinstance(value, dict):
        value = {key: held for key, held in value.items() if held is not None}
    return "" if value is None else json.dumps(value, ensure_ascii=False)
