"""Tickets, calls, conversations, surveys and subscriptions: short histories and the rows that they give."""

from typing import Any

import pytest

from tests.streams.core.told import Document, Row, at, event, ms, only, rows_of, story


def life(table: str, *documents: Document) -> Row:
    return only(rows_of(story(*documents)), table)


def ticket(event_type: str, hours: float, **payload: Any) -> Document:
    return event(f"ticket.{event_type}", when=at(hours=hours), payload=payload)


def values(row: Row, *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


ANSWER = ("first_response_s", "first_any_response_s", "is_first_response_met")


@pytest.mark.parametrize(("hours", "met"), [(1, True), (1 + 1 / 3_600_000, False)])
def test_the_first_public_answer_of_a_person_within_the_hour_meets_the_target(hours: float, met: bool) -> None:
    rows = rows_of(story(ticket("opened", 0), ticket("replied", hours)))
    assert values(only(rows, "tickets"), *ANSWER) == (3600, 3600, met)
    assert [row["is_bad"] for row in rows["touchpoints"] if row["event_type"] == "ticket.replied"] == [not met]


def test_neither_a_bot_nor_a_note_nor_the_customer_stops_the_clock() -> None:
    row = life(
        "tickets",
        ticket("opened", 0),
        ticket("replied", 0.1, author="customer"),
        ticket("replied", 0.2, author="bot", substantive=False),
        ticket("replied", 0.25, author="bot"),
        ticket("replied", 0.3, public=False),
        ticket("replied", 0.5),
        ticket("replied", 5),
    )
    assert values(row, *ANSWER) == (1800, 900, True)
    assert values(row, "customer_reply_count", "bot_reply_count", "representative_reply_count") == (1, 2, 2)


def test_a_ticket_that_nobody_answered_has_no_answer() -> None:
    assert values(life("tickets", ticket("opened", 0)), *ANSWER) == (None, None, None)


def test_a_reply_of_which_the_ticket_is_not_known_yet_starts_and_stops_nothing() -> None:
    row = life("tickets", ticket("replied", 0), ticket("opened", 1), ticket("replied", 1.5))
    assert values(row, *ANSWER, "representative_reply_count") == (1800, 1800, True, 2)


def test_a_reopened_ticket_keeps_its_first_solution_and_counts() -> None:
    row = life(
        "tickets", ticket("opened", 0), ticket("assigned", 0.1, team="first"), ticket("pending", 0.2), ticket("solved", 1),
        ticket("reopened", 2), ticket("assigned", 2.1, team="second"), ticket("solved", 3), ticket("reopened", 4), ticket("closed", 5),
    )  # fmt: skip
    assert values(row, "status", "first_solved_at", "solved_at", "closed_at") == ("closed", ms(hours=1), ms(hours=3), ms(hours=5))
    assert values(row, "reopened_count", "team", "assigned_at", "touchpoint_count") == (2, "second", ms(hours=0.1), 9)


def test_a_merged_ticket_says_into_which_and_gathers_its_tags() -> None:
    row = life(
        "tickets",
        ticket("opened", 0),
        ticket("tagged", 1, tags=["late", "angry"]),
        ticket("tagged", 2, tags=["late"]),
        ticket("closed", 3, merged_into="t-9"),
    )
    assert values(row, "merged_into", "tags", "status") == ("t-9", ["angry", "late"], "closed")


def test_a_ticket_touches_the_order_that_it_is_about() -> None:
    rows = rows_of(story(event("order.placed"), ticket("opened", 1)))
    assert values(only(rows, "orders"), "status", "touchpoint_count", "last_touch_at") == ("placed", 2, ms(hours=1))


def call(event_type: str, minutes: float, **payload: Any) -> Document:
    return event(f"call.{event_type}", when=at(minutes=minutes), payload={"call_id": "c", **payload})


def test_a_call_is_queued_answered_transferred_and_ended() -> None:
    row = life(
        "calls",
        call("queued", 0, queue="orders"),
        call("answered", 1, wait_ms=60_000),
        call("transferred", 2, to_queue="returns"),
        call("transferred", 3, to_queue=None),
        call("ended", 5),
    )
    assert values(row, "status", "queue", "wait_ms", "transfer_count", "talk_ms") == ("ended", "returns", 60_000, 2, 185_000)
    assert values(row, "is_answered", "is_abandoned", "is_resolved", "queued_at") == (True, False, True, ms())


def test_a_call_that_was_abandoned_was_never_answered() -> None:
    row = life("calls", call("queued", 0), call("abandoned", 1))
    assert values(row, "status", "is_answered", "is_abandoned", "wait_ms", "ended_at") == ("abandoned", False, True, 63_000, ms(minutes=1))


def test_a_call_of_which_only_the_end_is_known_has_a_row() -> None:
    row = life("calls", call("ended", 1, resolved=None))
    assert values(row, "status", "queued_at", "direction", "is_resolved") == ("ended", None, "", None)


def chat(event_type: str, seconds: float, **payload: Any) -> Document:
    return event(event_type, when=at(seconds=seconds), payload={"conversation_id": "x", **payload})


def test_a_conversation_measures_from_the_customers_first_word_to_the_first_of_a_person() -> None:
    row = life(
        "conversations",
        chat("bot.started", 0),
        chat("message.sent", 1, author="representative"),
        chat("message.received", 10),
        chat("bot.answered", 12),
        chat("bot.handed_over", 15),
        chat("message.sent", 40),
        chat("message.received", 50),
        chat("bot.ended", 60),
    )
    assert values(row, "first_customer_at", "first_response_at", "first_response_s") == (ms(seconds=10), ms(seconds=40), 30)
    assert values(row, "customer_message_count", "representative_message_count", "bot_message_count") == (2, 2, 1)
    assert values(row, "status", "is_handed_over", "intent", "ended_at") == ("ended", True, "order_status", ms(seconds=60))
    assert values(row, "channel", "network") == ("chatbot", "whatsapp")


def test_the_last_answer_to_a_survey_counts() -> None:
    row = life(
        "surveys",
        event("survey.offered", when=at(minutes=0)),
        event("survey.answered", when=at(minutes=5), payload={"score": 1, "comment": "No."}),
        event("survey.answered", when=at(minutes=9), payload={"score": 5, "comment": None}),
    )
    assert values(row, "status", "score", "offered_at", "answered_at") == ("answered", 5.0, ms(), ms(minutes=9))
    assert values(row, "comment", "about_kind", "about_id", "instrument") == ("No.", "ticket", "t-1", "csat")


def test_an_answer_that_does_not_apply_has_no_score() -> None:
    row = life("surveys", event("survey.answered", payload={"score": None, "not_applicable": True}))
    assert values(row, "score", "is_not_applicable", "offered_at") == (None, True, None)


def subscription(event_type: str, days: float, **payload: Any) -> Document:
    return event(event_type, when=at(days=days), payload={"subscription_id": "s", **payload})


def test_a_subscription_from_trial_over_renewals_to_its_end() -> None:
    row = life(
        "subscriptions",
        subscription("trial.started", 0, price=None),
        subscription("subscription.started", 14, period_end=at(days=44)),
        subscription("subscription.renewed", 44, period_end=at(days=74)),
        subscription("subscription.changed", 50, plan="club-plus", price="14.00", period_end=None),
        subscription("subscription.renewed", 74, plan="club-plus", price="14.00", period_end=at(days=104)),
        subscription("subscription.cancelled", 80, plan="club-plus", price=None, period_end=None),
    )
    assert values(row, "status", "plan", "price", "renewal_count") == ("cancelled", "club-plus", 140_000, 2)
    assert values(row, "trial_at", "started_at", "renewed_at") == (ms(), ms(days=14), ms(days=74))
    assert values(row, "period_end", "cancelled_at", "reason") == (ms(days=104), ms(days=80), "too_expensive")


def test_the_same_number_of_two_sources_is_two_things() -> None:
    rows = rows_of(story(call("queued", 0), {**call("queued", 1), "source": "other-pbx"}))
    assert sorted(row["source"] for row in rows["calls"]) == ["other-pbx", "shop-eu"]
