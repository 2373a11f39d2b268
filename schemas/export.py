"""The catalogue as JSON Schema 2020-12, for producers in other languages and for the check that a shipped shape stays readable.

A schema says what is accepted, not all that is checked: normal forms (is this a currency? is this a phone number?) are the code's.
"""

from collections.abc import Iterator
from typing import Any

import orjson

from schemas.envelope import Envelope
from schemas.touchpoints import EVENT_TYPES, EventSpec, event_model

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
ENVELOPE = "envelope"


def json_schema(spec: EventSpec) -> Schema:
    """The whole event: envelope and payload."""
    schema = _untitled(event_model(spec.event_type).model_json_schema())
    properties = schema["properties"]
    properties["event_type"] = {"const": spec.event_type}
    properties["schema_version"] = {"const": spec.version, "default": 1}
    required = [*schema["required"], *(["schema_version"] if spec.version > 1 else [])]
    if spec.needs_identity:
        properties["identities"] = {**properties["identities"], "minItems": 1}
        required.append("identities")
    schema |= {"required": required, "title": spec.event_type, "description": spec.meaning}
    return {
        "$schema": DIALECT,
        "$id": f"urn:touchpoint-tracker:{spec.event_type}:{spec.version}",
        **schema,
        "x-personal": list(spec.personal),
    }


def payload_schema(spec: EventSpec) -> Schema:
    """The payload alone."""
    return _untitled(spec.payload.model_json_schema())


def envelope_schema() -> Schema:
    """The envelope without a payload."""
    return _untitled(Envelope.model_json_schema())


def file_name(spec: EventSpec) -> str:
    """`order.placed.v1.json`."""
    return f"{spec.event_type}.v{spec.version}.json"


def exported() -> Iterator[tuple[str, str]]:
    """File name and text of every event type's whole schema: what `tracker schema export` writes."""
    for spec in EVENT_TYPES.values():
        yield file_name(spec), text_of(json_schema(spec))


def released() -> Iterator[tuple[str, Schema]]:
    """File name and schema of what lies in `schemas/released`: the envelope once, and the payload of every type, without descriptions."""
    yield f"{ENVELOPE}.v1.json", _undescribed(envelope_schema())
    for spec in EVENT_TYPES.values():
        yield file_name(spec), _undescribed(payload_schema(spec))


def text_of(schema: Schema) -> str:
    """Indented, keys sorted, so that a change shows as few lines."""
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE).decode()


def resolved(schema: Schema) -> Schema:
    """The same with every `$ref` written out; our models never contain themselves."""
    definitions = schema.get("$defs", {})

    def inline(part: Any) -> Any:
        if isinstance(part, list):
            return [inline(item) for item in part]
        if not isinstance(part, dict):
            return part
        reference = part.get("$ref")
        target = definitions[reference.rsplit("/", 1)[-1]] if reference else {}
        return {name: inline(value) for name, value in {**target, **part}.items() if name not in ("$ref", "$defs")}

    written_out: Schema = inline(schema)
    return written_out


def _untitled(schema: Schema) -> Schema:
    """Without the titles that pydantic makes out of names: they say nothing."""
    plain: Schema = {name: value for name, value in schema.items() if name not in ("title", "properties", "$defs")}
    for nest in ("properties", "$defs"):
        if nest in schema:
            plain[nest] = {name: _untitled(value) for name, value in schema[nest].items()}
    return plain


def _undescribed(schema: Schema) -> Schema:
    """What is accepted, without the words about it: a better description is no change of shape. Fields may be called `description` too."""
    plain: Schema = {}
    for name, value in schema.items():
        if name in ("properties", "$defs"):
            plain[name] = {inner: _undescribed(part) for inner, part in value.items()}
        elif name == "anyOf":
            plain[name] = [_undescribed(part) for part in value]
        elif name in ("items", "additionalProperties") and isinstance(value, dict):
            plain[name] = _undescribed(value)
        elif name != "description":
            plain[name] = value
    return plain
