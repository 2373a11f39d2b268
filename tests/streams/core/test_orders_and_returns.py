"""Orders, their parcels and what comes back: short histories and the rows that they give. Money in ten-thousandths."""

from typing import Any

import pytest

from tests.streams.core.told import Document, Rows, at, event, ms, only, rows_of, story

LINES = [
    {"line_id": "1", "product_id": "p", "category": "shoes", "quantity": 2, "unit_price": "40"},
    {"line_id": "2", "product_id": "q", "category": "socks", "quantity": 1, "unit_price": "25", "discount": "5"},
]
ORDER: Document = {"order_id": "o", "lines": LINES, "total": "100.00", "currency": "EUR", "promised_at": at(days=3)}
UNIT = 10_000


def placed(**payload: Any) -> Document:
    return event("order.placed", payload={**ORDER, **payload})


def then(event_type: str, days: float, **payload: Any) -> Document:
    return event(event_type, when=at(days=days), payload={"order_id": "o", **payload})


def told(*documents: Document) -> Rows:
    return rows_of(story(*documents))


def order(rows: Rows) -> tuple[str, float, float, float, float]:
    """(status, total, cancelled, refunded, net), in whole units."""
    row = only(rows, "orders")
    return (row["status"], *(row[name] / UNIT for name in ("total", "cancelled", "refunded", "net")))


def sums(rows: Rows) -> tuple[float, float, float, int]:
    """(gross, cancelled, returned, amounts in another currency) of the customer, who must agree with the journey."""
    names = ("gross", "cancelled", "returned")
    customer, journey = only(rows, "customers"), only(rows, "journeys")
    assert [customer[name] for name in names] == [journey[name] for name in names]
    gross, cancelled, returned = (customer[name] / UNIT for name in names)
    return gross, cancelled, returned, customer["other_currency_count"]


def test_an_order_knows_its_lines_and_its_promise() -> None:
    row = only(told(placed()), "orders")
    assert (row["line_count"], row["unit_count"], row["categories"], row["promised_at"]) == (2, 3, ["shoes", "socks"], ms(days=3))
    assert (row["placed_at"], row["opened_at"], row["touchpoint_count"]) == (ms(), ms(), 1)


def test_an_order_that_is_cancelled_in_part_keeps_the_rest() -> None:
    rows = told(placed(), then("order.cancelled", 1, line_ids=["2"]))
    assert order(rows) == ("partly_cancelled", 100, 20, 0, 80)
    assert sums(rows) == (100, 20, 0, 0)


def test_to_cancel_the_other_lines_too_cancels_it_whole() -> None:
    rows = told(placed(), then("order.cancelled", 1, line_ids=["2"]), then("order.cancelled", 2, line_ids=["1", "2"]))
    assert order(rows) == ("cancelled", 100, 100, 0, 0)


def test_to_cancel_without_lines_takes_all_that_is_left() -> None:
    rows = told(placed(), then("order.cancelled", 1, line_ids=["2"]), then("order.cancelled", 2, line_ids=None))
    assert order(rows) == ("cancelled", 100, 100, 0, 0)


def test_to_cancel_an_order_of_which_nothing_is_known_moves_no_money() -> None:
    rows = told(then("order.cancelled", 1, line_ids=None))
    assert order(rows) == ("cancelled", 0, 0, 0, 0)
    assert sums(rows) == (0, 0, 0, 0)


def test_a_changed_order_adds_the_difference() -> None:
    rows = told(placed(), then("order.changed", 1, **{**ORDER, "total": "70.00", "lines": LINES[:1]}))
    assert order(rows) == ("changed", 70, 0, 0, 70)
    assert sums(rows) == (70, 0, 0, 0)
    assert only(rows, "orders")["changed_count"] == 1


def test_a_refund_in_part_and_the_rest() -> None:
    first = then("refund.issued", 1, amount="30.00")
    assert order(told(placed(), first)) == ("partly_refunded", 100, 0, 30, 70)
    rows = told(placed(), first, then("refund.issued", 2, amount="70.00", refund_id="rf-2"))
    assert order(rows) == ("refunded", 100, 0, 100, 0)
    assert sums(rows) == (100, 0, 100, 0)


def test_a_refund_that_pays_a_cancellation_back_is_no_return() -> None:
    whole, back = then("order.cancelled", 1, line_ids=None), {"return_id": None, "amount": "100.00"}
    assert order(told(placed(), whole, then("refund.issued", 2, **back))) == ("cancelled", 100, 100, 0, 0)
    assert sums(told(placed(), whole, then("refund.issued", 2, **back))) == (100, 100, 0, 0)
    part = then("order.cancelled", 1, line_ids=["2"])
    assert order(told(placed(), part, then("refund.issued", 2, **back))) == ("refunded", 100, 20, 80, 0)
    assert order(told(placed(), part, then("refund.issued", 2, amount="30.00"))) == ("partly_refunded", 100, 20, 30, 50), "goods came back"


def test_what_was_refunded_before_is_not_cancelled_again() -> None:
    rows = told(placed(), then("refund.issued", 1, return_id=None, amount="30.00"), then("order.cancelled", 2, line_ids=None))
    assert order(rows) == ("cancelled", 100, 70, 30, 0)
    assert sums(rows) == (100, 70, 30, 0)


def test_a_refund_in_another_currency_is_counted_and_not_summed() -> None:
    rows = told(placed(), then("refund.issued", 1, amount="30.00", currency="USD"))
    assert order(rows) == ("placed", 100, 0, 0, 100)
    assert sums(rows) == (100, 0, 0, 1)


def test_an_event_that_names_two_orders_is_about_the_one_of_its_payload() -> None:
    replaced = {**placed(order_id="new", total="60.00"), "occurred_at": at(days=1), "links": {"order": "o"}}
    rows = told(placed(), replaced)
    totals = {row["order_id"]: (row["total"] / UNIT, row["status"], row["touchpoint_count"]) for row in rows["orders"]}
    assert totals == {"o": (100, "placed", 2), "new": (60, "placed", 1)}
    assert sums(rows) == (160, 0, 0, 0)


def test_payments_are_noted_and_a_failed_one_is_counted() -> None:
    rows = told(placed(), then("payment.failed", 0.1), then("payment.failed", 0.2), then("payment.succeeded", 0.3))
    row = only(rows, "orders")
    assert (row["status"], row["payment_failed_count"], row["paid_at"]) == ("paid", 2, ms(days=0.3))


def shipment(event_type: str, days: float, shipment_id: str = "s1", **payload: Any) -> Document:
    return then(event_type, days, shipment_id=shipment_id, **{"promised_at": None, **payload})


def test_an_order_in_two_parcels_is_delivered_with_the_last_and_late_if_that_is() -> None:
    rows = told(
        placed(), shipment("shipment.sent", 1), shipment("shipment.sent", 1.5, "s2"),
        shipment("shipment.delivered", 2), shipment("shipment.delivered", 3.5, "s2"),
    )  # fmt: skip
    row = only(rows, "orders")
    assert (row["status"], row["shipped_at"], row["delivered_at"], row["is_late"]) == ("delivered", ms(days=1), ms(days=3.5), True)
    assert {s["shipment_id"]: (s["status"], s["delivered_at"]) for s in rows["shipments"]} == {
        "s1": ("delivered", ms(days=2)),
        "s2": ("delivered", ms(days=3.5)),
    }


@pytest.mark.parametrize(
    ("order_promise", "parcel_promise", "expected"),
    [(at(days=1), None, True), (None, at(days=1), True), (at(days=1), at(days=3), True), (at(days=3), None, False), (None, None, False)],
)
def test_to_deliver_after_the_promise_of_the_order_or_of_the_parcel_is_bad(
    order_promise: str | None, parcel_promise: str | None, expected: bool
) -> None:
    rows = told(placed(promised_at=order_promise), shipment("shipment.delivered", 2, promised_at=parcel_promise))
    assert [row["is_bad"] for row in rows["touchpoints"] if row["event_type"] == "shipment.delivered"] == [expected]


def test_a_delay_keeps_the_first_promise_and_failed_attempts_are_counted() -> None:
    rows = told(
        shipment("shipment.sent", 0, promised_at=at(days=1)),
        shipment("shipment.delayed", 1, new_promised_at=at(days=2)),
        shipment("shipment.failed", 1.5),
        shipment("shipment.failed", 1.6),
        shipment("shipment.delivered", 1.9),
    )
    row = only(rows, "shipments")
    assert (row["promised_at"], row["delayed_at"], row["failed_count"], row["is_late"]) == (ms(days=1), ms(days=1), 2, True)


def back(event_type: str, days: float, **payload: Any) -> Document:
    lines = [{"line_id": "1", "quantity": 2, "reason": "too_small"}]
    return then(event_type, days, return_id="r", lines=lines, **payload)


def test_a_return_runs_from_the_request_to_the_refund() -> None:
    rows = told(placed(), back("return.requested", 1), back("return.received", 5), then("refund.issued", 6, return_id="r", amount="80.00"))
    row = only(rows, "returns")
    assert (row["status"], row["units"], row["reasons"], row["refund_s"], row["refunded"]) == (
        "refunded",
        2,
        ["too_small"],
        432_000,
        800_000,
    )
    assert order(rows) == ("partly_refunded", 100, 0, 80, 20)
    totals = only(rows, "customers")
    assert (totals["return_count"], only(rows, "orders")["returned_units"]) == (1, 2)


def test_a_return_that_comes_unannounced_counts_once() -> None:
    rows = told(back("return.received", 1), back("return.approved", 2), back("return.requested", 3))
    assert only(rows, "customers")["return_count"] == 1


def test_an_exchange_closes_a_return_without_money() -> None:
    rows = told(back("return.requested", 1), then("exchange.shipped", 2, return_id="r", new_order_id="o2"))
    row = only(rows, "returns")
    assert (row["status"], row["exchanged_at"], row["refunded"], row["refund_s"]) == ("exchanged", ms(days=2), 0, None)


@pytest.mark.parametrize(("days", "expected"), [(11, False), (11.1, True)])
def test_a_refund_more_than_ten_days_after_the_request_is_bad(days: float, expected: bool) -> None:
    rows = told(back("return.requested", 1), then("refund.issued", days, return_id="r"))
    assert [row["is_bad"] for row in rows["touchpoints"] if row["event_type"] == "refund.issued"] == [expected]
