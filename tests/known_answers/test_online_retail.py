"""Online Retail, a gift shop's real invoices: 879 customers, orders and what came back."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tests.known_answers.conftest import Open
from tests.known_answers.in_process import InProcess
from tests.known_answers.sets import Known, known, money, month, shipped, taken

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def line(shared_data: Path, open_line: Open) -> InProcess:
    return taken(open_line(), shared_data / "online_retail_sample" / "online_retail_sample.csv.gz", shipped("online_retail"))


@pytest.fixture(scope="module")
def answer(shared_data: Path) -> Known:
    return known(shared_data, "online_retail_sample")


def test_customers_orders_and_returns_are_as_many_as_known(line: InProcess, answer: Known) -> None:
    orders, customers = line.rows("orders"), line.rows("customers")
    assert len(customers) == answer["customers"] == 879
    assert sum(row["placed_at"] is not None for row in orders) == answer["with_customer"]["sale_invoices"] == 3417
    assert len(line.rows("returns")) == answer["with_customer"]["cancel_invoices"] == 614
    assert sum(row["order_count"] for row in customers) == 3417
    assert sum(row["return_count"] for row in customers) == 614


def test_buyers_senders_back_and_repeat_buyers_are_the_known_ones(line: InProcess, answer: Known) -> None:
    customers = line.rows("customers")
    assert sum(row["order_count"] > 0 for row in customers) == answer["with_customer"]["customers_with_sale"]
    assert sum(row["return_count"] > 0 for row in customers) == answer["with_customer"]["customers_with_cancel"]
    assert sum(row["order_count"] > 1 for row in customers) == answer["with_customer"]["customers_with_2plus_sale_invoices"] == 579


@pytest.mark.parametrize("table", ["customers", "journeys"])
def test_gross_returned_and_net_add_up_to_the_known_sums(line: InProcess, answer: Known, table: str) -> None:
    sums = {name: money(sum(row[name] for row in line.rows(table))) for name in ("gross", "returned", "net", "cancelled")}
    of = answer["with_customer"]
    assert sums == {"gross": of["gross_sales"], "returned": of["cancelled_value"], "net": of["net_revenue"], "cancelled": 0}


def test_orders_and_returns_carry_the_same_sums(line: InProcess, answer: Known) -> None:
    orders, of = line.rows("orders"), answer["with_customer"]
    assert money(sum(row["total"] for row in orders)) == of["gross_sales"]
    assert money(sum(row["refunded"] for row in orders)) == of["cancelled_value"]
    assert money(sum(row["refunded"] for row in line.rows("returns"))) == of["cancelled_value"]


def test_net_by_month_counts_a_return_in_its_own_month_since_it_names_no_order(line: InProcess, answer: Known) -> None:
    """A cancelling invoice stands as an order of its own (its number begins with C), never placed, opened when the goods came back."""
    months: dict[str, int] = defaultdict(int)
    for row in line.rows("orders"):
        assert (row["placed_at"] is None) == row["order_id"].startswith("C")
        months[month(row["opened_at"])] += row["net"]
    assert {name: money(net) for name, net in months.items()} == answer["net_revenue_by_month_with_customer"]


@pytest.mark.parametrize("what", ["incl_cancellations", "sales_only"])
def test_customers_by_month_of_their_first_invoice_stay_as_long_as_known(line: InProcess, answer: Known, what: str) -> None:
    kinds = {"sales_only": ("order.placed",), "incl_cancellations": ("order.placed", "return.received")}[what]
    active: dict[bytes, set[str]] = defaultdict(set)
    for row in line.rows("touchpoints"):
        if row["event_type"] in kinds:
            active[row["customer_id"]].add(month(row["occurred_at"]))
    cohorts = Counter((min(months), at) for months in active.values() for at in months)
    all_months = sorted({at for months in active.values() for at in months})
    found = {first: [cohorts[first, at] for at in all_months if at >= first] for first in all_months}
    expected = {first: [n for n in row if n is not None] for first, row in answer[f"cohort_active_customers_{what}"].items()}
    assert found == expected
