"""May the new schema of a shipped version stand in for the old one? Whatever the old accepted, the new must accept and mean the same.

Breaks: a field removed (its meaning is lost, though unknown fields are kept), made required, or narrowed (type, values, bounds,
pattern). No break: a new optional field, a wider type, a new word in a list.
"""

from collections.abc import Iterator
from typing import Any

from schemas.export import Schema, resolved

_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_FIXED = ("pattern", "format")


def breaks(old: Schema, new: Schema) -> list[str]:
    """One sentence per break, each beginning with the field's path; empty where the new schema may be shipped as the same version."""
    return list(_differences(resolved(old), resolved(new), ""))


def _differences(old: Schema, new: Schema, path: str) -> Iterator[str]:
    choices = _alternatives(new)
    for choice in _alternatives(old):
        found = [list(_narrowed(choice, candidate, path)) for candidate in choices]
        if all(found):
            yield from min(found, key=len) if len(choices) == 1 else _nearest(choice, choices, path)


def _nearest(choice: Schema, choices: list[Schema], path: str) -> Iterator[str]:
    """Of several alternatives only the one of the same type says something useful."""
    for candidate in choices:
        if candidate.get("type") == choice.get("type"):
            yield from _narrowed(choice, candidate, path)
            return
    yield f"{path or 'the whole'}: {choice.get('type', 'a value')} is accepted no more"


def _alternatives(schema: Schema) -> list[Schema]:
    if "anyOf" not in schema:
        return [schema]
    return [inner for choice in schema["anyOf"] for inner in _alternatives(choice)]


def _narrowed(old: Schema, new: Schema, path: str) -> Iterator[str]:
    place = path or "the whole"
    if new.get("type") not in (None, old.get("type")) and not (old.get("type") == "integer" and new["type"] == "number"):
        yield f"{place}: was {old.get('type', 'anything')}, is {new['type']}"
        return
    yield from (f"{place}: {what}" for what in [*_fewer_words(old, new), *_tighter_bounds(old, new)])
    yield from _object_differences(old, new, path)
    if "items" in new and "items" in old:
        yield from _differences(old["items"], new["items"], f"{path}[]")


def _fewer_words(old: Schema, new: Schema) -> Iterator[str]:
    before, after = _words(old), _words(new)
    if after is not None and (before is None or not before <= after):
        lost = sorted(map(str, (before or set()) - after)) or ["any other value"]
        yield f"{', '.join(lost)} is accepted no more"


def _words(schema: Schema) -> set[Any] | None:
    if "const" in schema:
        return {schema["const"]}
    return set(schema["enum"]) if "enum" in schema else None


def _tighter_bounds(old: Schema, new: Schema) -> Iterator[str]:
    for name in _LOWER_BOUNDS:
        if name in new and (name not in old or new[name] > old[name]):
            yield f"{name} rose from {old.get(name, 'none')} to {new[name]}"
    for name in _UPPER_BOUNDS:
        if name in new and (name not in old or new[name] < old[name]):
            yield f"{name} fell from {old.get(name, 'none')} to {new[name]}"
    for name in _FIXED:
        if name in new and new[name] != old.get(name):
            yield f"{name} changed"


def _object_differences(old: Schema, new: Schema, path: str) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in before.keys() - after.keys():
        yield f"{_inside(path, name)}: was removed"
    for name in set(new.get("required", ())) - set(old.get("required", ())):
        yield f"{_inside(path, name)}: was made required"
    for name in before.keys() & after.keys():
        yield from _differences(before[name], after[name], _inside(path, name))
    yield from _other_fields(old.get("additionalProperties", True), new.get("additionalProperties", True), path)


def _other_fields(old: Schema | bool, new: Schema | bool, path: str) -> Iterator[str]:
    """`additionalProperties`: a schema of all values, or whether there may be any."""
    if new is True or old is False:
        return
    if new is False or old is True:
        yield f"{path or 'the whole'}: other fields are accepted no more"
    elif isinstance(old, dict) and isinstance(new, dict):
        yield from _differences(old, new, f"{path}.*")


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
