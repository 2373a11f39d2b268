"""Sessions, journeys, stages, sentiment and sums by hand-made histories of one customer."""

from decimal import Decimal
from typing import Any

import pytest

from tests.reference.cases import content, token_of
from tests.reference.contents import Content
from tests.reference.journeys import capped, collapsed, counted_returns, handovers, journeys_of
from tests.reference.money import moves_of, sums_of
from tests.reference.reading import read
from tests.reference.sessions import sessions_of
from tests.reference.stages import stages_of
from tests.reference.touches import Touch, page_of, touch_of
from tests.reference.waits import with_waits

ME = "email:e@x.example"
DAY = 24 * 60


def touch(event_type: str, minute: float, **more: Any) -> Touch:
    return touch_of(content(event_type, minute, ME, **more), is_bot=False)


def sizes(*touches: Touch) -> list[int]:
    return [len(session.touches) for session in sessions_of(list(touches))]


def test_exactly_the_session_gap_still_belongs_and_a_millisecond_more_does_not() -> None:
    assert sizes(touch("page.viewed", 0), touch("page.viewed", 30)) == [2]
    assert sizes(touch("page.viewed", 0), touch("page.viewed", 30 + 1 / 60_000)) == [1, 1]


def test_what_others_do_neither_opens_nor_prolongs_a_session() -> None:
    assert sizes(touch("shipment.delivered", 0)) == []
    assert sizes(touch("page.viewed", 0), touch("ticket.replied", 29), touch("page.viewed", 40)) == [2, 1]


def test_what_others_do_belongs_to_the_session_that_is_open_then() -> None:
    sessions = sessions_of([touch("page.viewed", 0), touch("ticket.replied", 30), touch("shipment.delivered", 31)])
    assert [t.event_type for t in sessions[0].touches] == ["page.viewed", "ticket.replied"]


def test_a_session_ends_after_a_day_at_the_latest() -> None:
    acts = [touch("page.viewed", 30 * n) for n in range(50)]
    assert sizes(*acts) == [49, 1]


def test_a_session_ends_at_a_thousand_acts() -> None:
    acts = [touch("page.viewed" if n % 2 == 0 else "ticket.replied", n / 100) for n in range(2003)]
    assert sizes(*acts) == [1999, 3]


def test_exactly_the_journey_gap_still_belongs_and_anybody_prolongs_a_journey() -> None:
    assert len(journeys_of([touch("page.viewed", 0), touch("page.viewed", 30 * DAY)])) == 1
    assert len(journeys_of([touch("page.viewed", 0), touch("page.viewed", 30 * DAY + 1)])) == 2
    assert len(journeys_of([touch("page.viewed", 0), touch("shipment.delivered", 20 * DAY), touch("page.viewed", 40 * DAY)])) == 1


def test_a_path_is_collapsed_and_capped_to_its_first_and_last_twenty_steps() -> None:
    assert collapsed(["web", "web", "phone", "web"]) == ["web", "phone", "web"]
    steps = [str(n) for n in range(50)]
    assert capped(steps) == steps[:20] + steps[-20:]
    assert capped(steps[:40]) == steps[:40]


def test_handovers_are_changes_of_the_team_from_one_touchpoint_to_the_next() -> None:
    assert handovers(["sales", "sales", "support", "sales"]) == 2
    assert handovers(["sales", "", "sales"]) == 0


def stage_of(*history: Touch) -> str:
    return stages_of(list(history))[-1]


def test_the_stage_follows_what_the_customer_did_before() -> None:
    ticket = touch("ticket.opened", 10)
    assert stage_of(ticket) == "consideration"
    assert stage_of(touch("order.placed", 0), ticket) == "care"
    assert stage_of(touch("return.requested", 0), ticket) == "return"
    assert stage_of(touch("return.requested", 0), touch("refund.issued", 5), ticket) == "consideration"


def test_an_order_of_tests_makes_no_history() -> None:
    assert stage_of(touch("order.placed", 0, environment="test"), touch("ticket.opened", 1)) == "consideration"


@pytest.mark.parametrize(("days", "stage"), [(30, "care"), (31, "consideration")])
def test_a_visit_is_care_for_thirty_days_after_the_delivery(days: int, stage: str) -> None:
    history = [touch("order.placed", 0), touch("shipment.delivered", DAY)]
    assert stage_of(*history, touch("page.viewed", DAY + days * DAY)) == stage


@pytest.mark.parametrize(("period_end", "stage"), [("2025-07-02T09:00:00Z", "renewal"), ("2025-07-02T09:02:00Z", "awareness")])
def test_a_visit_is_renewal_within_thirty_days_of_the_periods_end(period_end: str, stage: str) -> None:
    started = touch("subscription.started", 0, payload={"period_end": period_end})
    assert stage_of(started, touch("form.submitted", 1)) == stage


@pytest.mark.parametrize(
    ("event_type", "more", "sentiment", "judge"),
    [
        ("page.viewed", {}, None, ""),
        ("page.viewed", {"sentiment": 0.4, "sentiment_by": "model"}, 0.4, "model"),
        ("survey.answered", {}, -0.5, "customer"),
        ("survey.answered", {"payload": {"instrument": "nps", "scale_min": 0, "scale_max": 10, "score": 10}}, 1.0, "customer"),
        ("survey.answered", {"payload": {"score": None, "not_applicable": True}}, None, ""),
        ("call.abandoned", {"payload": {"wait_ms": 5_000}}, -0.6, "rule"),
        ("call.abandoned", {"payload": {"wait_ms": 4_999}}, None, ""),
        ("order.placed", {}, 0.2, "rule"),
        ("call.answered", {"payload": {"wait_ms": 20_000}}, None, ""),
        ("call.answered", {"payload": {"wait_ms": 20_001}}, -0.5, "rule"),
    ],
)
def test_sentiment_by_the_first_rule_that_applies(event_type: str, more: dict[str, Any], sentiment: float | None, judge: str) -> None:
    (found,) = with_waits([touch(event_type, 0, **more)])
    assert (found.sentiment, found.sentiment_by) == (sentiment, judge)


def sums(*touches: Touch) -> list[object]:
    found = sums_of(list(touches), moves_of(list(touches)))
    return [found.gross, found.cancelled, found.returned, found.net, found.currency, found.other_currency_count]


def test_money_placed_cancelled_and_refunded() -> None:
    placed, cancelled, refunded = touch("order.placed", 0), touch("order.cancelled", 1), touch("refund.issued", 2)
    assert sums(placed, refunded)[:4] == [20, 0, 5, 15]
    assert sums(placed, cancelled)[:4] == [20, 20, 0, 0]
    assert sums(placed, touch("order.cancelled", 1, payload={"line_ids": ["other"]}))[1] == 0
    assert sums(placed, cancelled, touch("order.cancelled", 2))[1] == 20, "what is gone cannot be cancelled again"
    assert sums(cancelled)[:2] == [0, 0]


def test_an_order_that_changes_adds_the_difference() -> None:
    placed, smaller = touch("order.placed", 0), touch("order.changed", 1, payload={"total": "12.50"})
    assert sums(placed, smaller)[0] == Decimal("12.50")
    assert sums(placed, smaller, touch("order.cancelled", 2))[:2] == [Decimal("12.50"), Decimal("12.50")]
    assert sums(smaller)[0] == Decimal("12.50"), "its placing is unknown"


def test_other_currencies_are_counted_and_not_summed() -> None:
    foreign = touch("order.placed", 1, payload={"order_id": "U", "currency": "USD"})
    assert sums(touch("order.placed", 0), foreign) == [20, 0, 0, 20, "EUR", 1]


def test_a_return_counts_once_when_requested_and_when_received_only_if_nobody_asked() -> None:
    asked, came = touch("return.requested", 0), touch("return.received", 1)
    assert counted_returns([asked, came]) == {asked.event_id}
    assert counted_returns([came]) == {came.event_id}
    assert counted_returns([touch("return.approved", 0), came, touch("return.requested", 2)]) == {came.event_id}


def tables(*contents: Content) -> dict[str, list[dict[str, Any]]]:
    return read(contents, token_of, lambda c: c.event.source == "crawler")


def test_tests_and_crawlers_have_rows_and_no_session_journey_or_customer() -> None:
    found = tables(
        content("page.viewed", 0, "anonymous:t", environment="test"),
        content("page.viewed", 1, "anonymous:b", source="crawler"),
    )
    assert [(row["session_id"], row["journey_id"]) for row in found["touchpoints"]] == [(None, None), (None, None)]
    assert (found["sessions"], found["journeys"], found["customers"]) == ([], [], [])


def test_rows_of_a_small_history_as_by_hand() -> None:
    found = tables(
        content("ad.clicked", 0, "anonymous:c", channel="paid_search"),
        content("page.viewed", 1, "anonymous:c"),
        content("login.succeeded", 2, "anonymous:c", "account:a"),
        content("order.placed", 3, "account:a", "order:O"),
        content("shipment.delivered", 3 * DAY, "order:O"),
    )
    (journey,), (session,), (customer,) = found["journeys"], found["sessions"], found["customers"]
    assert (journey["path"], journey["channels"]) == (["paid_search", "web"], ["paid_search", "web", "delivery"])
    assert (journey["first_channel"], journey["last_channel"], journey["touchpoint_count"]) == ("paid_search", "web", 5)
    assert journey["stages"] == ["awareness", "consideration", "purchase", "care"]
    assert journey["owners"] == ["marketing", "product", "sales", "logistics"]
    assert (session["act_count"], session["duration_ms"], session["order_count"]) == (4, 180_000, 1)
    assert session["journey_id"] == journey["journey_id"]
    assert (customer["strongest_kind"], customer["is_identified"], customer["gross"]) == ("account", True, 20)
    assert {row["customer_id"] for row in found["touchpoints"]} == {customer["customer_id"]}


@pytest.mark.parametrize(("minute", "score"), [(60, None), (61, -0.5)])
def test_a_first_answer_after_more_than_an_hour_is_a_bad_wait(minute: float, score: float | None) -> None:
    history = [touch("ticket.opened", 0), touch("ticket.replied", minute), touch("ticket.replied", 500, payload={"message_id": "n"})]
    assert [found.sentiment for found in with_waits(history)] == [None, score, None]


@pytest.mark.parametrize("more", [{"public": False}, {"author": "bot"}])
def test_notes_and_bots_are_no_answer(more: dict[str, Any]) -> None:
    history = [
        touch("ticket.opened", 0),
        touch("ticket.replied", 1, payload=more),
        touch("ticket.replied", 99, payload={"message_id": "n"}),
    ]
    assert with_waits(history)[-1].sentiment == -0.5


def test_a_page_has_neither_query_nor_fragment() -> None:
    assert page_of(touch("page.viewed", 0, payload={"url": "https://x.example/a?mail=b#c"})) == "https://x.example/a"
