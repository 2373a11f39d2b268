"""What an episode does not fall back to, and who has a clock: short courses and the row in the end."""

from typing import Any

import pytest

from tests.streams.core.told import Document, Row, at, event, only, rows_of, story

PARCELS = ("p-1", "p-2")


def told(*steps: tuple[str, Document]) -> dict[str, list[Row]]:
    """An hour between one step and the next."""
    return rows_of(story(*(event(kind, when=at(hours=n), payload=more) for n, (kind, more) in enumerate(steps))))


def status(table: str, *steps: str | tuple[str, Document]) -> str:
    return str(only(told(*(step if isinstance(step, tuple) else (step, {}) for step in steps)), table)["status"])


def of_parcel(number: str, *verbs: str) -> list[tuple[str, Document]]:
    return [(f"shipment.{verb}", {"shipment_id": number}) for verb in verbs]


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        (("payment.succeeded",), "paid"),
        (("shipment.sent", "payment.succeeded"), "shipped"),
        (("shipment.sent", "shipment.delivered", "payment.succeeded"), "delivered"),
        (("shipment.sent", "shipment.delivered", "return.requested"), "returning"),
        (("shipment.sent", "shipment.delivered", "return.requested", "return.rejected"), "delivered"),
        (("shipment.sent", "shipment.delivered", "return.requested", "return.received", "return.rejected"), "delivered"),
        (("payment.succeeded", "return.requested", "return.rejected"), "paid"),
        (("return.requested", "return.rejected"), "placed"),
        (("return.requested", "refund.issued", "return.received"), "partly_refunded"),
        (("return.requested", "refund.issued", "return.requested", "return.rejected"), "partly_refunded"),
        (("return.requested", "return.received", "exchange.shipped"), "exchanged"),
        (("return.requested", "exchange.shipped", "return.received"), "exchanged"),
    ],
)
def test_an_order_goes_on_and_comes_back_only_where_something_was_undone(then: tuple[str, ...], expected: str) -> None:
    assert status("orders", "order.placed", *then) == expected


def test_an_order_in_parcels_is_delivered_in_part_until_the_last_has_come() -> None:
    one, two = (of_parcel(number, "sent", "delivered") for number in PARCELS)
    assert status("orders", "order.placed", one[0], two[0], one[1]) == "partly_delivered"
    assert status("orders", "order.placed", one[0], one[1], two[0]) == "partly_delivered"
    assert status("orders", "order.placed", one[0], two[0], one[1], two[1]) == "delivered"
    assert status("orders", "order.placed", one[1], one[0]) == "delivered", "a scan that was dated too late"


def test_one_return_that_is_refused_leaves_the_other_open() -> None:
    asked = [("return.requested", {"return_id": number}) for number in ("r-1", "r-2")]
    refused = [("return.rejected", {"return_id": number}) for number in ("r-1", "r-2")]
    assert status("orders", "order.placed", *asked, refused[0]) == "returning"
    assert status("orders", "order.placed", *asked, *refused) == "placed"


def test_an_order_of_which_only_the_refund_is_known_has_a_row_that_was_never_placed() -> None:
    row = only(told(("refund.issued", {})), "orders")
    assert (row["status"], row["placed_at"], row["refunded"], row["net"]) == ("refunded", None, 450_000, -450_000)


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        (("return.shipped", "return.label_sent"), "shipped"),
        (("refund.issued", "return.shipped", "return.received"), "refunded"),
        (("exchange.shipped", "return.received"), "exchanged"),
    ],
)
def test_a_return_whose_money_came_first_stays_refunded_when_the_goods_come(then: tuple[str, ...], expected: str) -> None:
    assert status("returns", "return.requested", *then) == expected


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ([("ticket.pending", {})], "pending"),
        ([("ticket.pending", {"status": "hold"})], "hold"),
        ([("ticket.pending", {}), ("ticket.replied", {"author": "customer"})], "open"),
        ([("ticket.pending", {"status": "hold"}), ("ticket.replied", {"author": "customer"})], "open"),
        ([("ticket.pending", {}), ("ticket.replied", {"author": "representative"})], "pending"),
        ([("ticket.solved", {}), ("ticket.replied", {"author": "customer"})], "solved"),
    ],
)
def test_a_ticket_waits_for_the_customer_until_the_customer_answers(then: list[tuple[str, Document]], expected: str) -> None:
    assert status("tickets", "ticket.opened", *then) == expected


def test_nobody_waits_for_a_first_answer_in_a_ticket_that_a_representative_opened() -> None:
    opened = event("ticket.opened", when=at(), actor="representative")
    rows = rows_of(story(opened, event("ticket.replied", when=at(hours=5)), event("ticket.opened", when=at(hours=6))))
    row = only(rows, "tickets")
    assert (row["first_response_due_at"], row["first_response_at"], row["is_first_response_met"]) == (None, None, None)
    assert row["representative_reply_count"] == 1
    assert [touch["is_bad"] for touch in rows["touchpoints"]] == [False] * 3, "nor is what a representative begins a contact"


def call(*steps: tuple[str, Document]) -> tuple[Row, list[Any]]:
    """The call, and the sentiment of each touchpoint."""
    rows = told(*((kind, {"call_id": "c", **more}) for kind, more in steps))
    return only(rows, "calls"), [touch["sentiment"] for touch in sorted(rows["touchpoints"], key=lambda row: row["occurred_at"])]


def test_nobody_waits_in_a_call_that_the_company_makes() -> None:
    row, felt = call(("call.queued", {"direction": "outbound"}), ("call.answered", {"wait_ms": 40_000}))
    assert (row["is_answered"], row["answer_due_at"], row["is_answer_met"], felt) == (True, None, None, [None, None])


def test_a_call_was_answered_when_it_was_first_answered_though_a_transfer_waits_again() -> None:
    first, second = ("call.answered", {"wait_ms": 9_000}), ("call.answered", {"wait_ms": 90_000})
    row, felt = call(("call.queued", {}), first, ("call.transferred", {}), second, ("call.abandoned", {"wait_ms": 99_000}))
    assert (row["wait_ms"], row["is_answer_met"], row["is_abandoned"], row["transfer_count"]) == (9_000, True, False, 1)
    assert felt == [None, None, None, -0.5, -0.6], "the second wait was felt all the same"


@pytest.mark.parametrize(("wait_ms", "score"), [(4_999, None), (5_000, -0.6)])
def test_who_hangs_up_at_once_did_not_wait(wait_ms: int, score: float | None) -> None:
    assert call(("call.queued", {}), ("call.abandoned", {"wait_ms": wait_ms}))[1] == [None, score]
    (touch,) = rows_of([event("call.abandoned", payload={"wait_ms": wait_ms}, environment="test")])["touchpoints"]
    assert touch["sentiment"] == score
