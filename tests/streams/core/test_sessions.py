"""Where a session ends: at the gap, at 24 hours, at 1,000 acts; and who opens and prolongs one."""

from typing import Any

import pytest

from schemas.facts import Fact
from streams.core.history import History
from tests.builders import HOUR, MINUTE, T0, a_fact, a_rulebook

GAP = 30 * MINUTE


def rows(facts: list[Fact], table: str = "sessions") -> list[tuple[Any, ...]]:
    history = History.at_start(b"c" * 16, a_rulebook(), 1)
    for fact in facts:
        history.extend(fact)
    history.finish()
    return list(history.rows.get(table, {}).values())


def acts(*times: int) -> list[Fact]:
    return [a_fact(n, T0 + time) for n, time in enumerate(times)]


def spans(facts: list[Fact]) -> list[tuple[int, int, int, int]]:
    """(start, end, touchpoints, acts) of each session, times from T0."""
    return [(row[3] - T0, row[4] - T0, row[6], row[7]) for row in rows(facts)]


def test_a_pause_of_exactly_the_gap_still_belongs() -> None:
    assert spans(acts(0, GAP)) == [(0, GAP, 2, 2)]


def test_a_millisecond_more_begins_another() -> None:
    assert spans(acts(0, GAP + 1)) == [(0, 0, 1, 1), (GAP + 1, GAP + 1, 1, 1)]


def test_a_session_ends_after_24_hours_though_there_was_no_pause() -> None:
    times = range(0, 24 * HOUR + 1, GAP)
    assert spans(acts(*times)) == [(0, 24 * HOUR, 49, 49)]
    assert spans(acts(*times, 24 * HOUR + 1)) == [(0, 24 * HOUR, 49, 49), (24 * HOUR + 1, 24 * HOUR + 1, 1, 1)]


def test_the_act_after_a_thousand_opens_another() -> None:
    assert [count for *_, count in spans(acts(*range(1001)))] == [1000, 1]


def test_what_others_do_belongs_to_the_open_session_and_neither_opens_nor_prolongs_one() -> None:
    facts = [
        a_fact(1, T0, actor="system"),
        a_fact(2, T0 + 1),
        a_fact(3, T0 + 1 + GAP, actor="representative"),
        a_fact(4, T0 + 2 + GAP, actor="bot"),
        a_fact(5, T0 + 3 + GAP),
    ]
    assert spans(facts) == [(1, 1, 2, 1), (3 + GAP, 3 + GAP, 1, 1)]
    in_session = [row[14] is not None for row in rows(facts, "touchpoints")]
    assert in_session == [False, True, True, False, True]


@pytest.mark.parametrize("kept_out", [{"environment": "test"}, {"environment": "internal"}, {"is_bot": True}, {"channel": ""}])
def test_what_does_not_count_has_a_row_and_no_session(kept_out: dict[str, Any]) -> None:
    facts = [a_fact(1, T0, **kept_out)]
    assert spans(facts) == []
    assert len(rows(facts, "touchpoints")) == 1
    assert rows(facts, "customers") == []


def test_a_session_knows_how_it_began_and_ended() -> None:
    facts = [
        a_fact(1, T0, channel="paid_search"),
        a_fact(2, T0 + 1, channel="web", page="https://shop.example/a", campaign="spring"),
        a_fact(3, T0 + 2, channel="mobile_app", event_type="order.placed", page="https://shop.example/b", campaign="summer"),
    ]
    (row,) = rows(facts)
    entry, exit_, page, campaign, channels, _, orders = row[10:17]
    assert (entry, exit_, page, campaign, orders) == ("paid_search", "mobile_app", "https://shop.example/a", "spring", 1)
    assert channels == ["paid_search", "web", "mobile_app"]
