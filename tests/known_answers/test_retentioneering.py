"""Retentioneering's simulated shop: 31,106 events of 600 users whose true sessions are known."""

from collections import Counter
from pathlib import Path

import pytest

from tests.known_answers.conftest import Open
from tests.known_answers.in_process import InProcess
from tests.known_answers.sets import Known, grouped, known, shipped, taken

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def line(shared_data: Path, open_line: Open) -> InProcess:
    return taken(open_line(), shared_data / "retentioneering_ecom" / "ecom.csv.gz", shipped("retentioneering_ecom"))


@pytest.fixture(scope="module")
def answer(shared_data: Path) -> Known:
    return known(shared_data, "retentioneering_ecom")


def test_every_event_is_accepted_and_is_one_touchpoint(line: InProcess, answer: Known) -> None:
    assert line.counts == {"accepted": answer["events"]}
    assert len(line.rows("touchpoints")) == answer["events"]


def test_its_users_are_our_customers(line: InProcess, answer: Known) -> None:
    assert len(line.rows("customers")) == answer["users"] == 600


def test_half_an_hour_of_silence_finds_exactly_the_true_sessions(line: InProcess, answer: Known) -> None:
    assert len(line.rows("sessions")) == answer["sessions_true"] == 3605
    assert sum(row["session_count"] for row in line.rows("customers")) == answer["sessions_true"]


def test_our_sessions_hold_the_events_of_the_true_sessions(line: InProcess, answer: Known) -> None:
    names = {
        "order.placed": "purchase",
        "product.viewed": "product_view",
        "cart.changed": "add_to_cart",
        "message.received": "support_chat",
    }
    found = {ours: len(grouped(rows, "session_id")) for ours, rows in grouped(line.rows("touchpoints"), "event_type").items()}
    assert {theirs: found[ours] for ours, theirs in names.items()} == {name: answer["sessions_with_event"][name] for name in names.values()}


def test_purchases_are_orders_of_as_many_customers(line: InProcess, answer: Known) -> None:
    placed = [row for row in line.rows("orders") if row["placed_at"] is not None]
    assert len(placed) == answer["events_by_name"]["purchase"] == 470
    assert sum(row["order_count"] for row in line.rows("sessions")) == 470
    assert sum(row["order_count"] > 0 for row in line.rows("customers")) == answer["users_with_event"]["purchase"]


def test_what_failed_is_counted_as_a_bad_experience(line: InProcess, answer: Known) -> None:
    failed = Counter(row["event_type"] for row in line.rows("touchpoints") if row["is_bad"])
    assert failed["payment.failed"] == answer["events_by_name"]["payment_error"]
