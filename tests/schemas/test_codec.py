"""Bytes to events: what is accepted, and the one reason of each refusal."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import Decoded, Limits, decode, encode
from schemas.dead_letters import Rejection, RejectReason
from schemas.examples import example
from schemas.touchpoints import EVENT_TYPES
from schemas.vocabulary import IdentityKind

ALL_TYPES = tuple(EVENT_TYPES)
SECRET = "Zx9-never-shown-Qw7"
"""Stands in every refused value; no refusal may repeat any of it."""


def as_bytes(event_type: str = "order.placed", **overrides: Any) -> bytes:
    return orjson.dumps(example(event_type, **overrides))


def refused(raw: bytes, limits: Limits | None = None) -> Rejection:
    outcome = decode(raw, limits or Limits())
    assert isinstance(outcome, Rejection)
    return outcome


def accepted(raw: bytes, limits: Limits | None = None) -> Decoded:
    outcome = decode(raw, limits or Limits())
    assert isinstance(outcome, Decoded), outcome
    return outcome


@pytest.mark.parametrize("event_type", ALL_TYPES)
def test_every_example_is_accepted_and_comes_back_from_its_canonical_form(event_type: str) -> None:
    first = accepted(as_bytes(event_type)).event
    again = accepted(encode(first)).event
    assert again == first
    assert encode(again) == encode(first)


def test_the_canonical_form_does_not_depend_on_the_order_or_spelling_of_the_sender() -> None:
    document = example("order.placed")
    spelt = {**dict(reversed(document.items())), "occurred_at": "2026-03-02T10:30:00+01:00", "sequence": None}
    assert encode(accepted(orjson.dumps(spelt)).event) == encode(accepted(orjson.dumps(document)).event)


def test_unknown_fields_are_kept_at_the_top_in_the_payload_and_inside_lines() -> None:
    line = {"line_id": "1", "product_id": "p", "quantity": 1, "unit_price": "1", "gift": True}
    decoded = accepted(as_bytes(payload={"lines": [line], "colour": "blue"}, shop_shelf=[1]))
    back = orjson.loads(encode(decoded.event))
    assert (back["payload"]["colour"], back["payload"]["lines"][0]["gift"], back["shop_shelf"]) == ("blue", True, [1])
    assert decoded.document["payload"]["colour"] == "blue"


def test_the_confluent_prefix_is_stripped() -> None:
    assert accepted(b"\0\0\0\0\x07" + as_bytes()).event == accepted(as_bytes()).event


REFUSED_BYTES = [
    (b"", RejectReason.EMPTY),
    (b"\0\0\0\0\x07", RejectReason.EMPTY),
    (b"x" * 65_537, RejectReason.TOO_LARGE),
    (b'{"event_type": "\xff"}', RejectReason.NOT_UTF8),
    (b"{", RejectReason.NOT_JSON),
    (b"hello", RejectReason.NOT_JSON),
    (b"\xef\xbb\xbf{}", RejectReason.NOT_JSON),
    (b'{"a": NaN}', RejectReason.NOT_JSON),
    (b"[" * 30_000 + b"]" * 30_000, RejectReason.TOO_DEEP),
    (b'{"a":' * 5_000, RejectReason.TOO_DEEP),
    (b'{"a":' * 33 + b"1" + b"}" * 33, RejectReason.TOO_DEEP),
    (b"[]", RejectReason.NOT_AN_OBJECT),
    (b'"text"', RejectReason.NOT_AN_OBJECT),
    (b"null", RejectReason.NOT_AN_OBJECT),
]


@pytest.mark.parametrize(("raw", "reason"), REFUSED_BYTES, ids=[f"{reason}-{n}" for n, (_, reason) in enumerate(REFUSED_BYTES)])
def test_bytes_that_are_no_event_are_refused_with_their_reason(raw: bytes, reason: RejectReason) -> None:
    assert refused(raw).reason is reason


def test_five_megabytes_are_refused_before_they_are_parsed() -> None:
    assert refused(b"[" * 5_000_000).reason is RejectReason.TOO_LARGE


def test_the_deepest_allowed_nesting_passes_and_one_more_does_not() -> None:
    def nested(levels: int) -> dict[str, Any]:
        return {"in": nested(levels - 1)} if levels else {}

    limits = Limits(json_depth=8)
    assert accepted(as_bytes("form.submitted", payload=nested(6)), limits)  # the event, its payload, and six inside
    assert refused(as_bytes("form.submitted", payload=nested(7)), limits).reason is RejectReason.TOO_DEEP


REFUSED_FIELDS: list[tuple[str, dict[str, Any], RejectReason, str]] = [
    ("order.placed", {"event_type": "order.plaxed"}, RejectReason.UNKNOWN_EVENT_TYPE, "event_type"),
    ("order.placed", {"event_type": 7}, RejectReason.INVALID_FIELD, "event_type"),
    ("order.placed", {"schema_version": 2}, RejectReason.VERSION_FROM_THE_FUTURE, "schema_version"),
    ("order.placed", {"schema_version": "1"}, RejectReason.INVALID_FIELD, "schema_version"),
    ("order.placed", {"schema_version": True}, RejectReason.INVALID_FIELD, "schema_version"),
    ("order.placed", {"schema_version": 0}, RejectReason.INVALID_FIELD, "schema_version"),
    ("order.placed", {"event_id": SECRET}, RejectReason.INVALID_FIELD, "event_id"),
    ("order.placed", {"event_id": "00000000-0000-0000-0000-000000000000"}, RejectReason.INVALID_FIELD, "event_id"),
    ("order.placed", {"source": "two words"}, RejectReason.INVALID_FIELD, "source"),
    ("order.placed", {"occurred_at": "2026-03-02T09:30:00"}, RejectReason.INVALID_FIELD, "occurred_at"),
    ("order.placed", {"occurred_at": "2026-03-02"}, RejectReason.INVALID_FIELD, "occurred_at"),
    ("order.placed", {"occurred_at": 1_772_443_800}, RejectReason.INVALID_FIELD, "occurred_at"),
    ("order.placed", {"occurred_at": SECRET}, RejectReason.INVALID_FIELD, "occurred_at"),
    ("order.placed", {"occurred_at": "0001-01-01T00:00:00+14:00"}, RejectReason.INVALID_FIELD, "occurred_at"),
    ("order.placed", {"identities": []}, RejectReason.NO_IDENTITY, "identities"),
    ("order.placed", {"identities": None}, RejectReason.INVALID_FIELD, "identities"),
    ("order.placed", {"identities": [{"kind": "email"}]}, RejectReason.MISSING_FIELD, "identities[0].value"),
    ("order.placed", {"identities": [{"kind": SECRET, "value": "1"}]}, RejectReason.INVALID_FIELD, "identities[0].kind"),
    ("order.placed", {"identities": [{"kind": "email", "value": SECRET}]}, RejectReason.BAD_IDENTITY, "identities[0].value"),
    (
        "order.placed",
        {"identities": [{"kind": "account", "value": "a"}, {"kind": "phone", "value": "abc"}]},
        RejectReason.BAD_IDENTITY,
        "identities[1].value",
    ),
    ("order.placed", {"identities": [{"kind": "account", "value": 17}]}, RejectReason.INVALID_FIELD, "identities[0].value"),
    ("order.placed", {"channel": "pigeon"}, RejectReason.INVALID_FIELD, "channel"),
    ("order.placed", {"sentiment": 1.5}, RejectReason.INVALID_FIELD, "sentiment"),
    ("order.placed", {"sentiment": True}, RejectReason.INVALID_FIELD, "sentiment"),
    ("order.placed", {"effort": 8}, RejectReason.INVALID_FIELD, "effort"),
    ("order.placed", {"amount": "5"}, RejectReason.INVALID_FIELD, "currency"),
    ("order.placed", {"amount": 5.5, "currency": "EUR"}, RejectReason.INVALID_FIELD, "amount"),
    ("order.placed", {"amount": "5", "currency": "EURO"}, RejectReason.INVALID_FIELD, "currency"),
    ("order.placed", {"context": {"ip_country": "Germany"}}, RejectReason.INVALID_FIELD, "context.ip_country"),
    ("order.placed", {"context": {"consent": {SECRET: 1}}}, RejectReason.INVALID_FIELD, "context.consent.*"),
    ("order.placed", {"payload": {"order_id": 7}}, RejectReason.INVALID_FIELD, "payload.order_id"),
    ("order.placed", {"payload": {"total": "1e3"}}, RejectReason.INVALID_FIELD, "payload.total"),
    ("order.placed", {"payload": {"total": 19.9}}, RejectReason.INVALID_FIELD, "payload.total"),
    ("order.placed", {"payload": {"lines": [{"line_id": "1"}]}}, RejectReason.MISSING_FIELD, "payload.lines[0].product_id"),
    ("order.placed", {"payload": {"lines": {}}}, RejectReason.INVALID_FIELD, "payload.lines"),
    ("call.ended", {"payload": {"talk_ms": -1}}, RejectReason.INVALID_FIELD, "payload.talk_ms"),
    ("call.ended", {"payload": {"talk_ms": "12"}}, RejectReason.INVALID_FIELD, "payload.talk_ms"),
    ("cart.changed", {"payload": {"value": SECRET}}, RejectReason.INVALID_FIELD, "payload.value"),
    ("refund.issued", {"payload": {"amount": "-1"}}, RejectReason.INVALID_FIELD, "payload.amount"),
    ("survey.answered", {"payload": {"score": 9}}, RejectReason.INVALID_FIELD, "payload.score"),
    ("survey.offered", {"payload": {"scale_min": 5}}, RejectReason.INVALID_FIELD, "payload.scale_max"),
    ("identity.linked", {"payload": {"a": {"kind": "phone", "value": SECRET}}}, RejectReason.BAD_IDENTITY, "payload.a.value"),
]


@pytest.mark.parametrize(("event_type", "overrides", "reason", "field"), REFUSED_FIELDS, ids=[f"{r}-{f}" for _, _, r, f in REFUSED_FIELDS])
def test_the_refusal_names_the_field_and_never_the_value(
    event_type: str, overrides: dict[str, Any], reason: RejectReason, field: str
) -> None:
    payload = example(event_type, payload=overrides.get("payload", {}))["payload"]
    rejection = refused(orjson.dumps(example(event_type) | overrides | {"payload": payload}))
    assert (rejection.reason, rejection.field) == (reason, field)
    assert SECRET not in rejection.detail
    assert rejection.detail


@pytest.mark.parametrize("name", ["event_id", "event_type", "source", "occurred_at", "payload"])
def test_a_missing_envelope_field_is_named(name: str) -> None:
    document = example("order.placed")
    del document[name]
    rejection = refused(orjson.dumps(document))
    assert (rejection.reason, rejection.field) == (RejectReason.MISSING_FIELD, name)


def test_every_required_payload_field_is_missed_by_name() -> None:
    for event_type, spec in EVENT_TYPES.items():
        for name, field in spec.payload.model_fields.items():
            document = example(event_type)
            document["payload"].pop(name, None)
            outcome = decode(orjson.dumps(document))
            if field.is_required():
                assert isinstance(outcome, Rejection)
                assert (outcome.reason, outcome.field) == (RejectReason.MISSING_FIELD, f"payload.{name}")
            else:
                assert isinstance(outcome, Decoded), outcome


def test_types_that_say_nothing_about_a_person_need_no_identity() -> None:
    free = {name for name in ALL_TYPES if isinstance(decode(as_bytes(name, identities=[])), Decoded)}
    statements = {"identity.linked", "identity.unlinked", "identity.shared"}
    assert free == {"ad_cost.reported", *statements, "erasure.requested", "touchpoint.retracted"}


def test_what_the_rules_call_junk_is_kept_to_be_marked() -> None:
    def junk(kind: IdentityKind, value: str) -> str | None:
        return "null" if value == "NULL" else None

    raw = as_bytes(identities=[{"kind": "email", "value": "NULL"}, {"kind": "account", "value": "acc-1"}])
    assert refused(raw).reason is RejectReason.BAD_IDENTITY
    assert [i.value for i in accepted(raw, Limits(junk_form=junk)).event.identities] == ["null", "acc-1"]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_make_decode_raise(raw: bytes) -> None:
    assert isinstance(decode(raw), Decoded | Rejection)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ALL_TYPES), st.data())
def test_no_value_anywhere_in_an_event_makes_decode_raise(event_type: str, data: st.DataObject) -> None:
    document = example(event_type)
    target = data.draw(st.sampled_from([document, document["payload"]]))
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(JSON_VALUES)
    try:
        raw = orjson.dumps(document)
    except TypeError:
        return  # an integer of more than 64 bits: orjson cannot write it, the next test sends such bytes
    assert isinstance(decode(raw), Decoded | Rejection)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ALL_TYPES), st.integers(0, 10_000), st.binary(max_size=6))
def test_no_damage_to_the_bytes_makes_decode_raise(event_type: str, place: int, junk: bytes) -> None:
    raw = as_bytes(event_type)
    place %= len(raw)
    assert isinstance(decode(raw[:place] + junk + raw[place + len(junk) :]), Decoded | Rejection)


def test_numbers_beyond_64_bits_do_not_raise() -> None:
    raw = as_bytes("call.ended", payload={"talk_ms": 1}).replace(b'"talk_ms":1', b'"talk_ms":' + b"9" * 400)
    assert isinstance(decode(raw), Rejection)
    assert refused(raw[:-10]).reason is RejectReason.NOT_JSON
