"""Ids are derived: equal facts, equal ids, for ever."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import customer_id_for, derived, event_id_for, journey_id_for, session_id_for


def test_an_event_id_is_a_uuid5_that_never_changes() -> None:
    assert event_id_for("shop-eu", "order.placed", "o-1") == UUID("320ab92d-97ca-57c8-9cd8-3dba29b0bc2b")
    assert event_id_for("shop-eu", "order.placed", "o-1").version == 5


def test_a_derived_id_is_a_uuid8_that_never_changes() -> None:
    assert derived("customer", b"\x01\x02") == UUID("e30f9412-77d5-82f0-a370-aa809f0d0147")
    assert (derived("x").version, derived("x").variant) == (8, "specified in RFC 4122")


@pytest.mark.parametrize("key", ["", [], ["o-1", ""]])
def test_an_empty_business_key_is_refused_since_it_would_make_all_events_one(key: str | list[str]) -> None:
    with pytest.raises(ValueError, match="business key"):
        event_id_for("shop-eu", "order.placed", key)


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_derived_ids_are_equal_exactly_when_all_parts_are(one: list[str], other: list[str]) -> None:
    assert (derived(*one) == derived(*other)) == (one == other)


@given(st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=3), st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=3))
def test_event_ids_are_equal_exactly_when_the_keys_are(one: list[str], other: list[str]) -> None:
    assert (event_id_for("s", "t", one) == event_id_for("s", "t", other)) == (one == other)


def test_the_same_parts_under_another_meaning_are_another_id() -> None:
    customer, event = derived("c").bytes, derived("e").bytes
    ids = {session_id_for(customer, event), journey_id_for(customer, event), session_id_for(event, customer), customer_id_for("email", "c")}
    assert len(ids) == 4
