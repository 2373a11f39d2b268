"""docs/events.md, made from the models: `tracker schema page > docs/events.md`. A test says when the file is stale."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import orjson

from schemas.examples import example
from schemas.export import Schema, envelope_schema, payload_schema, resolved
from schemas.touchpoints import AREAS, EVENT_TYPES, EventSpec
from schemas.vocabulary import Actor, Cause, Channel, Environment, IdentityKind, Outcome, Scope, SentimentJudge, Stage, Word

_INTRO = f"""# Events

What producers may send: {len(EVENT_TYPES)} types of events, each one JSON object with the same envelope around its own payload.
This page is made from the models in `schemas/` by `tracker schema page`; `tracker schema export DIR` writes the same as JSON Schema
2020-12, `tracker schema show TYPE` prints an example, `tracker schema check FILE` says what is wrong with a file of events.

* Times are ISO 8601 with an offset and are kept in UTC with milliseconds. A time without an offset is refused.
* Money is a decimal string (`"19.90"`) with an ISO 4217 currency; a JSON number with a fraction is refused.
* E-mail addresses are kept in lower case, phone numbers in E.164, other identities trimmed and otherwise as they come.
* A field that is `null` is the same as no field. A field that is not on this page is kept, counted per source, and never fatal.
* What cannot be accepted becomes a dead letter which names the field and what to do.
"""
_WORD_LISTS: tuple[type[Word], ...] = (IdentityKind, Channel, Actor, Stage, Scope, Environment, SentimentJudge, Cause, Outcome)


def events_page() -> str:
    """The whole page, with a line break at its end."""
    parts = [_INTRO, "## Envelope\n", field_table(resolved(envelope_schema())), "## Words\n"]
    parts += [_word_table(words) for words in _WORD_LISTS]
    for area, specs in AREAS.items():
        parts.append(f"## {area[0].upper()}{area[1:]}\n")
        parts += [_section(list(same)) for _, same in groupby(specs, key=lambda spec: spec.payload)]
    return "\n".join(parts)


def _section(specs: list[EventSpec]) -> str:
    """Neighbours with one payload share a section."""
    schema = resolved(payload_schema(specs[0]))
    title = ", ".join(f"`{spec.event_type}`" for spec in specs)
    rows = [
        (f"`{s.event_type}`", str(s.version), s.meaning, s.channel or "none", s.actor, ", ".join(s.business_key) or "none") for s in specs
    ]
    shown = orjson.dumps(example(specs[-1].event_type)["payload"], option=orjson.OPT_INDENT_2).decode()
    personal = f"Personal: {', '.join(f'`{name}`' for name in specs[0].personal)}.\n" if specs[0].personal else ""
    parts = [
        f"### {title}\n",
        *([f"{schema['description']}\n"] if schema["description"] else []),
        _table(("type", "version", "when", "channel", "actor", "the same event by"), rows),
        field_table(schema),
        *([personal] if personal else []),
        f"Example of `{specs[-1].event_type}`:\n\n```json\n{shown}\n```\n",
    ]
    return "\n".join(parts)


def field_table(schema: Schema) -> str:
    """One row per field, nested ones with their path; `schema` has no references."""
    return _table(("field", "kind", "required", "meaning"), _rows(schema, ""))


def _rows(schema: Schema, prefix: str) -> Iterator[tuple[str, str, str, str]]:
    required = schema.get("required", ())
    for name, outer in schema.get("properties", {}).items():
        field = _without_null(outer)
        needed = "yes" if name in required else ""
        kind, meaning = kind_text(field), outer.get("description", "")
        yield f"`{prefix}{name}`", kind, needed, "" if meaning in kind or meaning.startswith(kind) else meaning
        inner = field.get("items", field)
        if "properties" in inner:
            yield from _rows(inner, f"{prefix}{name}{'[]' if 'items' in field else ''}.")


def _without_null(field: Schema) -> Schema:
    choices = [choice for choice in field.get("anyOf", ()) if choice.get("type") != "null"]
    return choices[0] if len(choices) == 1 else field


def kind_text(field: Schema) -> str:
    """A field's kind and unit in a few words."""
    if "enum" in field:
        words = field["enum"]
        return " \\| ".join(f"`{word}`" for word in words) if len(words) <= 12 else "a word, see above"
    if "anyOf" in field:
        return "decimal string"
    if field.get("type") == "array":
        inner = field["items"]
        return "array" if "properties" in inner else f"array of {kind_text(inner)}"
    return _named(field)


def _named(field: Schema) -> str:
    known = {"date-time": "time", "uuid": "UUID"}
    if field.get("format") in known:
        return known[field["format"]]
    kind = {"integer": "integer", "number": "number", "boolean": "true or false", "object": "object"}.get(field.get("type", ""), "string")
    bounds = [f"from {field['minimum']}" if "minimum" in field else "", f"to {field['maximum']}" if field.get("maximum", 1e9) < 1e9 else ""]
    unit = field.get("description", "") if kind != "object" and len(field.get("description", "")) < 25 else ""
    return ", ".join(part for part in (kind, unit, " ".join(filter(None, bounds))) if part)


def _word_table(words: type[Word]) -> str:
    name = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in words.__name__).strip()
    rows = [(f"`{word.value}`", word.meaning) for word in words]
    return f"**{name[0].upper()}{name[1:]}**: {(words.__doc__ or '').strip()}\n\n" + _table((name, "meaning"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> str:
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(map(str, row)) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines) + "\n"
