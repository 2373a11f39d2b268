"""JSON Schema, the generated page, and the guard over shipped shapes."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from schemas.compatibility import breaks
from schemas.events_page import events_page
from schemas.examples import example
from schemas.export import DIALECT, exported, json_schema, payload_schema, released, text_of
from schemas.field_notes import notes_in
from schemas.touchpoints import EVENT_TYPES

PROJECT = Path(__file__).parents[2]
RELEASED = PROJECT / "schemas" / "released"
ORDER = payload_schema(EVENT_TYPES["order.placed"])


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_a_schema_is_valid_and_accepts_its_example(event_type: str) -> None:
    schema = json_schema(EVENT_TYPES[event_type])
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DIALECT
    jsonschema.validate(example(event_type), schema, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "overrides",
    [
        {"event_type": "order.changed"},
        {"schema_version": 2},
        {"identities": []},
        {"source": "two words"},
        {"payload": {"total": 19.9}},
        {"payload": {"lines": [{"line_id": "1"}]}},
        {"channel": "pigeon"},
    ],
)
def test_a_schema_refuses_what_the_code_refuses(overrides: dict[str, Any]) -> None:
    document = example("order.placed") | overrides
    document["payload"] = example("order.placed", payload=overrides.get("payload", {}))["payload"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json_schema(EVENT_TYPES["order.placed"]), cls=jsonschema.Draft202012Validator)


def test_one_file_for_each_type_and_version() -> None:
    names = [name for name, _ in exported()]
    assert len(names) == len(set(names)) == len(EVENT_TYPES)
    assert "order.placed.v1.json" in names


def test_the_page_is_as_the_models_say() -> None:
    stored = (PROJECT / "docs" / "events.md").read_text(encoding="utf-8")
    assert stored == events_page(), "stale: tracker schema page > docs/events.md"


def test_the_page_names_every_type_and_every_payload_field() -> None:
    page = events_page()
    for spec in EVENT_TYPES.values():
        assert f"`{spec.event_type}`" in page
        assert [name for name in spec.payload.model_fields if f"`{name}`" not in page] == []


def test_a_docstring_is_split_into_a_summary_and_notes_of_known_fields() -> None:
    summary, notes = notes_in("As it is. price: of one; a, b: both of\n them. other: unknown.", frozenset({"price", "a", "b"}))
    assert summary == "As it is. other: unknown."
    assert notes == {"price": "of one", "a": "both of them", "b": "both of them"}


def test_what_was_shipped_is_written_down_and_still_holds() -> None:
    shipped = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in RELEASED.glob("*.json")}
    now = dict(released())
    assert [f"{name}: {why}" for name, schema in shipped.items() if name in now for why in breaks(schema, now[name])] == []
    assert now.keys() <= shipped.keys(), "not written down yet: tracker schema release"
    assert {name: shipped[name] for name in now} == now, "stale: tracker schema release"


def changed(**fields: Any) -> dict[str, Any]:
    """The order's schema with some fields put in the place of others; None removes one."""
    schema: dict[str, Any] = json.loads(text_of(ORDER))
    schema["properties"] = {name: value for name, value in (schema["properties"] | fields).items() if value is not None}
    schema["required"] = [name for name in schema["required"] if name in schema["properties"]]
    return schema


def requiring(*names: str) -> dict[str, Any]:
    schema = changed()
    return schema | {"required": [*schema["required"], *names]}


def with_line(**fields: Any) -> dict[str, Any]:
    schema = changed()
    line = schema["$defs"]["OrderLine"]
    line["properties"] = {name: value for name, value in (line["properties"] | fields).items() if value is not None}
    return schema


WIDENED = {
    "a new optional field": changed(gift={"anyOf": [{"type": "boolean"}, {"type": "null"}]}),
    "a field that may now be null": changed(order_id={"anyOf": [ORDER["properties"]["order_id"], {"type": "null"}]}),
    "a lower bound that fell": with_line(quantity={"type": "integer", "minimum": -5, "maximum": 2**63 - 1}),
    "an integer that may be any number": with_line(quantity={"type": "number", "minimum": 0}),
    "a longer text": changed(order_id={"type": "string", "minLength": 1, "maxLength": 900}),
    "no type at all": changed(coupon={}),
}
NARROWED = {
    "coupon: was removed": changed(coupon=None),
    "order_id: was removed": changed(order_id=None),
    "coupon: was made required": requiring("coupon"),
    "order_id: was string, is integer": changed(order_id={"type": "integer"}),
    "order_id: maxLength fell from 512 to 20": changed(order_id={"type": "string", "minLength": 1, "maxLength": 20}),
    "order_id: pattern changed": changed(order_id={"type": "string", "minLength": 1, "maxLength": 512, "pattern": "^o-"}),
    "order_id: any other value is accepted no more": changed(order_id={"enum": ["o-1"], "type": "string", "maxLength": 512}),
    "coupon: was null, is string": changed(coupon={"type": "string"}),
    "lines[].category: was removed": with_line(category=None),
    "lines[].quantity: minimum rose from 0 to 1": with_line(quantity={"type": "integer", "minimum": 1, "maximum": 2**63 - 1}),
    "the whole: other fields are accepted no more": changed() | {"additionalProperties": False},
    "total: string is accepted no more": changed(total={"anyOf": [{"type": "integer"}, {"type": "boolean"}]}),
}


@pytest.mark.parametrize("new", WIDENED.values(), ids=WIDENED.keys())
def test_whatever_accepts_all_old_events_may_be_shipped(new: dict[str, Any]) -> None:
    assert breaks(ORDER, new) == []


@pytest.mark.parametrize(("said", "new"), NARROWED.items(), ids=NARROWED.keys())
def test_each_kind_of_break_is_caught_and_named(said: str, new: dict[str, Any]) -> None:
    assert said in breaks(ORDER, new)


def test_a_word_taken_out_of_a_list_is_a_break_and_a_new_one_is_not() -> None:
    old = payload_schema(EVENT_TYPES["order_issue.raised"])
    fewer, more = json.loads(text_of(old)), json.loads(text_of(old))
    fewer["$defs"]["OrderIssue"]["enum"].remove("damaged")
    more["$defs"]["OrderIssue"]["enum"].append("melted")
    assert breaks(old, fewer) == ["issue: damaged is accepted no more"]
    assert breaks(old, more) == []
