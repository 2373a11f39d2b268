"""The Complete Journey: real households with the campaigns that reached them, the coupons that they redeemed and their baskets."""

from pathlib import Path

import pytest

from tests.known_answers.conftest import Open
from tests.known_answers.in_process import InProcess, Row
from tests.known_answers.sets import Known, grouped, known, money, shipped, taken

pytestmark = pytest.mark.shared_data
FILES = {
    "completejourney_transactions": "transactions_sample.csv.gz",
    "completejourney_campaigns": "campaigns.csv.gz",
    "completejourney_coupons": "coupon_redemptions.csv.gz",
}
"""In this order the baskets come first and all ads are late: by up to a year, to customers who are known."""


@pytest.fixture(scope="module")
def line(shared_data: Path, open_line: Open) -> InProcess:
    opened = open_line()
    for mapping, file in FILES.items():
        taken(opened, shared_data / "completejourney" / file, shipped(mapping))
    return opened


@pytest.fixture(scope="module")
def touchpoints(line: InProcess) -> dict[str, list[Row]]:
    return grouped(line.rows("touchpoints"), "event_type")


@pytest.fixture(scope="module")
def answer(shared_data: Path) -> Known:
    return known(shared_data, "completejourney")


def test_ads_coupons_and_baskets_are_as_many_as_known(touchpoints: dict[str, list[Row]], line: InProcess, answer: Known) -> None:
    assert {name: len(rows) for name, rows in touchpoints.items()} == {
        "ad.shown": answer["campaign_receipts"],
        "ad.clicked": answer["coupon_redemptions"],
        "order.placed": answer["transactions_sample_baskets"],
    }
    assert len(line.rows("orders")) == answer["transactions_sample_baskets"]


def test_households_reached_redeeming_and_buying_are_the_known_ones(
    touchpoints: dict[str, list[Row]], line: InProcess, answer: Known
) -> None:
    found = {name: len(grouped(rows, "customer_id")) for name, rows in touchpoints.items()}
    assert found["ad.shown"] == answer["households_targeted"]
    assert found["ad.clicked"] == answer["households_redeeming"]
    assert found["order.placed"] == answer["transactions_sample_households"]
    assert sum(row["order_count"] > 0 for row in line.rows("customers")) == answer["transactions_sample_households"]


def test_a_campaign_is_answered_by_as_many_households_as_known(touchpoints: dict[str, list[Row]], answer: Known) -> None:
    shown, redeemed = ({(row["customer_id"], row["campaign"]) for row in touchpoints[name]} for name in ("ad.shown", "ad.clicked"))
    assert len(shown & redeemed) == answer["targeted_household_campaign_pairs_with_redemption"] == 792
    assert len(redeemed - shown) == answer["redemptions_without_matching_campaign_receipt"]
    assert len({campaign for _, campaign in shown}) == answer["campaigns"]


@pytest.mark.parametrize("table", ["customers", "journeys"])
def test_baskets_add_up_to_the_known_sum(line: InProcess, answer: Known, table: str) -> None:
    assert money(sum(row["gross"] for row in line.rows(table))) == answer["transactions_sample_sales_value"]
