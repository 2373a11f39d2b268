"""How the clocks of an episode ended stands in its row: until when, and whether it was kept."""

from typing import Any

import pytest

from schemas.rules import rules_from
from schemas.vocabulary import Channel
from streams.core.rulebook import rulebook_from
from streams.rules_file import load_rules
from tests.builders import HOUR, T0
from tests.streams.core.told import Document, Row, at, event, ms, only, rows_of, story


def life(table: str, *documents: Document) -> Row:
    return only(rows_of(story(*documents)), table)


def ticket(event_type: str, hours: float, **payload: Any) -> Document:
    return event(f"ticket.{event_type}", when=at(hours=hours), payload=payload)


def test_a_ticket_says_until_when_an_answer_and_a_solution_are_in_time() -> None:
    """Opened on a Monday at 9: an hour, and 48 hours of five and a third working days of nine."""
    row = life("tickets", ticket("opened", 0))
    assert (row["first_response_due_at"], row["resolution_due_at"]) == (ms(hours=1), ms(days=7, hours=3))
    assert (row["is_first_response_met"], row["is_resolution_met"], row["first_response_business_s"]) == (None, None, None)


def test_an_answer_after_the_weekend_has_waited_few_business_hours() -> None:
    friday_evening, monday_morning = 4 * 24 + 8.5, 7 * 24 + 0.5
    row = life("tickets", ticket("opened", friday_evening), ticket("replied", monday_morning))
    assert (row["first_response_business_s"], row["is_first_response_met"]) == (3_600, False)


@pytest.mark.parametrize(
    ("last", "met"),
    [([("solved", 170.9)], True), ([("solved", 171.1)], False), ([("solved", 5), ("reopened", 6)], None), ([("closed", 5)], None)],
)
def test_a_solution_is_in_time_or_not_until_it_is_reopened(last: list[tuple[str, float]], met: bool | None) -> None:
    assert life("tickets", ticket("opened", 0), *(ticket(what, hours) for what, hours in last))["is_resolution_met"] is met


def test_a_second_opening_moves_no_promise() -> None:
    assert life("tickets", ticket("opened", 0), ticket("opened", 5))["first_response_due_at"] == ms(hours=1)


@pytest.mark.parametrize(("wait_ms", "met"), [(20_000, True), (20_001, False)])
def test_a_call_is_answered_in_time_within_twenty_seconds(wait_ms: int, met: bool) -> None:
    row = life("calls", event("call.queued", when=at()), event("call.answered", when=at(seconds=30), payload={"wait_ms": wait_ms}))
    assert (row["answer_due_at"], row["is_answer_met"]) == (ms(seconds=20), met)


@pytest.mark.parametrize(("days", "met"), [(10, True), (10.001, False)])
def test_a_refund_is_in_time_within_ten_days(days: float, met: bool) -> None:
    asked = event("return.requested", when=at(), payload={"return_id": "r"})
    refunded = event("refund.issued", when=at(days=days), payload={"return_id": "r"})
    row = life("returns", asked, refunded)
    assert (row["refund_due_at"], row["is_refund_met"]) == (ms(days=10), met)


def test_a_channel_may_have_a_promise_of_its_own() -> None:
    text = load_rules().model_dump_json(by_alias=True)
    quick = text.replace('"by_channel":{}', f'"by_channel":{{"{Channel.LIVE_CHAT}":60}}', 1)
    promise = rulebook_from(rules_from(quick)).first_response
    assert (promise.due(T0, Channel.LIVE_CHAT), promise.due(T0, "email")) == (T0 + 60_000, T0 + HOUR)
