"""The hot path reads by mirrors, everybody else by the models: the same outcome and the same fact for whatever is sent."""

from collections.abc import Iterator
from copy import deepcopy
from types import NoneType
from typing import Any

import orjson
import pytest
from hypothesis import example as given_example
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import Decoded, Limits, decode, read
from schemas.dead_letters import Rejection
from schemas.examples import example
from schemas.mirrors import mirror_of
from schemas.rules import Rules
from schemas.touchpoints import EVENT_TYPES
from streams.core.fact_building import Coordinates, FactBuilder
from streams.core.identity.policy import policy_from
from streams.core.observations import observations, statement
from streams.rules_file import load_rules

TYPES = tuple(EVENT_TYPES)
AT = Coordinates(1, 7, 1_772_500_000_000)
RICH: dict[str, Any] = {
    "received_at": "2026-03-02T09:30:02Z",
    "sequence": 3,
    "identities": [
        {"kind": "email", "value": " Anna.Keller@Example.org"},
        {"kind": "phone", "value": "+49 30 123456"},
        {"kind": "order", "value": "o-77", "source": "shop-eu"},
        {"kind": "device", "value": "d-1"},
    ],
    "actor": "representative",
    "links": {"order": "o-1", "return": "r-1", "ticket": None},
    "channel": "phone",
    "owner": "night team",
    "environment": "test",
    "context": {
        "page": "https://shop.example/a?b=c#d",
        "referrer": "https://search.example/",
        "campaign": {"utm_source": "s", "utm_campaign": "c"},
        "click_ids": {"gclid": "x"},
        "device": "phone",
        "device_id": "d-1",
        "locale": "en_gb",
        "ip_country": "de",
        "user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1)",
        "consent": {"ads": True},
    },
    "sentiment": -0.5,
    "sentiment_by": "model",
    "effort": 3,
    "cause": "product",
    "outcome": "failed",
    "amount": "12.50",
    "currency": "eur",
    "unheard_of": {"a": [1, None]},
}
SPOILT: tuple[Any, ...] = (
    None, "", " ", "x", "x\n", "EUR\n", "shop-eu\n", "o" * 600, 0, -1, 1, 1.0, 1.5, 7.0, 2**63, True, False,
    [], {}, [None], ["a"], {"a": 1}, "2026-03-02", "2026-03-02T09:30:00", "9999-12-31T23:59:59-12:00", "2026-13-01T00:00:00Z",
    "2026-03-02T09:30:60Z", "2026-03-02T09:30:00.1234567+02:30", "19.90", "-3", "1e3", "DE", "xx-yy-zz", "nobody@example", "guest",
    "00000000-0000-0000-0000-000000000000", "{4abfd9e0-361a-55df-ba30-0d02cabcc564}", "4ABFD9E0361A55DFBA300D02CABCC564",
    "customer", "CUSTOMER", "csat",
)  # fmt: skip
RULES: Rules = load_rules()
LIMITS, BUILDER, POLICY = RULES.decode_limits, FactBuilder(RULES, b"test"), policy_from(RULES.identity)


def same(document: Any, limits: Limits = LIMITS) -> None:
    raw = orjson.dumps(document)
    slow, fast = decode(raw, limits), read(raw, limits)
    if isinstance(slow, Rejection):
        assert fast == slow
        return
    assert isinstance(fast, Decoded), fast
    assert BUILDER.build(fast, AT) == BUILDER.build(slow, AT)
    assert told(fast) == told(slow)


def told(decoded: Decoded) -> list[Any]:
    fact = BUILDER.build(decoded, AT)
    return [*observations(fact, POLICY), *statement(decoded.event, fact, BUILDER)]


def places(document: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all values inside."""
    pairs = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    for key, value in pairs:
        yield (*way, key)
        yield from places(value, (*way, key))


def spoil(document: Any, way: tuple[Any, ...], value: Any) -> Any:
    changed = deepcopy(document)
    inside = changed
    for key in way[:-1]:
        inside = inside[key]
    inside[way[-1]] = value
    return changed


def fields_of(event_type: str) -> dict[str, Any]:
    """Every field of the payload, for those that the example leaves out."""
    return dict.fromkeys(EVENT_TYPES[event_type].payload.model_fields)


@pytest.mark.parametrize("event_type", TYPES)
def test_whole_events_give_the_same_fact(event_type: str) -> None:
    same(example(event_type))
    same(example(event_type, **RICH))
    same(example(event_type, payload={"unheard_of": 1}))


@pytest.mark.parametrize("event_type", TYPES)
def test_each_value_spoilt_in_turn_gives_the_same_outcome(event_type: str) -> None:
    document = example(event_type)
    ways = [("payload", name) for name in fields_of(event_type)] + [
        way for way in places(document["payload"], ("payload",)) if len(way) > 2
    ]
    for way in ways:
        for value in SPOILT:
            same(spoil(document, way, value))


@pytest.mark.parametrize("value", SPOILT)
def test_each_part_of_the_envelope_spoilt_in_turn_gives_the_same_outcome(value: Any) -> None:
    document = example("order.placed", **RICH)
    for way in places(document):
        same(spoil(document, way, value))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=6), inside, max_size=3),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None)
@given(event_type=st.sampled_from(TYPES), is_rich=st.booleans(), choice=st.randoms(use_true_random=False), value=JSON)
@given_example("order.placed", False, None, "x\n")
def test_whatever_stands_somewhere_gives_the_same_outcome(event_type: str, is_rich: bool, choice: Any, value: Any) -> None:
    document = example(event_type, **(RICH if is_rich else {}))
    ways = list(places(document))
    same(spoil(document, choice.choice(ways) if choice else ("source",), value))


def test_all_types_but_those_with_rules_across_fields_have_a_mirror() -> None:
    assert {event_type for event_type in TYPES if mirror_of(event_type) is None} == {"survey.offered", "survey.answered"}


@pytest.mark.parametrize("event_type", sorted(set(TYPES) - {"survey.offered", "survey.answered"}))
def test_the_mirror_itself_takes_the_example(event_type: str) -> None:
    outcome = read(orjson.dumps(example(event_type)), LIMITS)
    assert isinstance(outcome, Decoded)
    assert isinstance(outcome.event, mirror_of(event_type) or NoneType)
