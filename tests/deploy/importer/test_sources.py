"""The mappings that the project ships, on the public data sets whose answers are known."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from deploy.importer import events_from, load_mapping, mapping_of
from schemas.codec import decode
from schemas.dead_letters import Rejection

SOURCES = Path(__file__).parents[3] / "deploy" / "demo" / "sources"
Event = dict[str, Any]
Read = Callable[[str, str], list[Event]]


@pytest.fixture(scope="module")
def read(shared_data: Path) -> Read:
    """The events of a data file by a mapping; each is what admission accepts."""

    def events(mapping: str, file: str) -> list[Event]:
        found = list(events_from(shared_data / file, load_mapping(SOURCES / f"{mapping}.yaml")))
        assert not any(isinstance(decode(json.dumps(event).encode()), Rejection) for event in found)
        return found

    return events


def known(shared_data: Path, name: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((shared_data / name / "expected.json").read_text())
    return answer


def by_type(events: list[Event]) -> Counter[str]:
    return Counter(event["event_type"] for event in events)


def identities(events: list[Event], kind: str) -> set[str]:
    return {identity["value"] for event in events for identity in event["identities"] if identity["kind"] == kind}


def total(events: list[Event], event_type: str, field: str) -> Decimal:
    return sum((Decimal(event["payload"][field]) for event in events if event["event_type"] == event_type), Decimal(0))


@pytest.mark.parametrize("path", sorted(SOURCES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_mapping_can_be_read(path: Path) -> None:
    assert load_mapping(path).about


@pytest.mark.shared_data
def test_the_gift_shops_orders_and_returns_add_up_to_the_known_sums(read: Read, shared_data: Path) -> None:
    answer = known(shared_data, "online_retail_sample")["with_customer"]
    events = read("online_retail", "online_retail_sample/online_retail_sample.csv.gz")
    assert by_type(events) == {
        "order.placed": answer["sale_invoices"],
        "return.received": answer["cancel_invoices"],
        "refund.issued": answer["cancel_invoices"],
    }
    gross, refunded = total(events, "order.placed", "total"), total(events, "refund.issued", "amount")
    assert round(gross, 2) == Decimal(str(answer["gross_sales"]))
    assert round(refunded, 2) == Decimal(str(answer["cancelled_value"]))
    assert round(gross - refunded, 2) == Decimal(str(answer["net_revenue"]))
    assert sum(len(event["payload"]["lines"]) for event in events if event["event_type"] == "return.received") == answer["cancel_rows"]


@pytest.mark.shared_data
def test_the_gift_shops_customers_and_months_are_the_known_ones(read: Read, shared_data: Path) -> None:
    answer = known(shared_data, "online_retail_sample")
    events = read("online_retail", "online_retail_sample/online_retail_sample.csv.gz")
    assert len(identities(events, "customer_number")) == answer["customers"]
    bought: dict[str, set[str]] = defaultdict(set)
    months: dict[str, Decimal] = defaultdict(Decimal)
    for event in events:
        payload = event["payload"]
        sign = {"order.placed": Decimal(payload.get("total", 0)), "refund.issued": -Decimal(payload.get("amount", 0))}
        months[event["occurred_at"][:7]] += sign.get(event["event_type"], Decimal(0))
        if event["event_type"] == "order.placed":
            bought[event["identities"][0]["value"]].add(payload["order_id"])
    assert {month: float(round(net, 2)) for month, net in months.items()} == answer["net_revenue_by_month_with_customer"]
    assert sum(len(orders) > 1 for orders in bought.values()) == answer["with_customer"]["customers_with_2plus_sale_invoices"]


def test_the_gift_shops_full_file_is_read_as_uci_publishes_it(tmp_path: Path) -> None:
    file = tmp_path / "Online Retail.csv"
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    lines = [
        header,
        "536365,85123A,HOLDER,6,12/1/2010 8:26,2.55,17850.0,United Kingdom",
        "536544,21773,DOTCOM \xa3 SALE,1,12/1/2010 14:32,2.51,,United Kingdom",
        "536589,21777,,-10,12/1/2010 16:50,0,,United Kingdom",
        "A563185,B,Adjust bad debt,1,8/12/2011 14:50,11062.06,,United Kingdom",
        "C536379,D,Discount,-1,12/1/2010 9:41,27.50,14527,United Kingdom",
    ]
    file.write_bytes("\n".join(lines).encode("cp1252"))
    events = list(events_from(file, load_mapping(SOURCES / "online_retail.yaml")))
    assert [event["payload"]["order_id"] for event in events] == ["536365", "536544", "C536379", "C536379"]
    assert events[0]["identities"][0] == {"kind": "customer_number", "value": "17850"}
    assert events[0]["occurred_at"] == "2010-12-01T08:26:00.000Z"
    assert events[1]["identities"] == [{"kind": "order", "value": "536544"}]


@pytest.mark.shared_data
def test_households_campaigns_and_coupons_are_the_known_ones(read: Read, shared_data: Path) -> None:
    answer = known(shared_data, "completejourney")
    shown = read("completejourney_campaigns", "completejourney/campaigns.csv.gz")
    redeemed = read("completejourney_coupons", "completejourney/coupon_redemptions.csv.gz")
    assert by_type(shown) == {"ad.shown": answer["campaign_receipts"]}
    assert by_type(redeemed) == {"ad.clicked": answer["coupon_redemptions"]}
    assert len({event["event_id"] for event in shown + redeemed}) == len(shown) + len(redeemed)
    assert len({event["payload"]["campaign_id"] for event in shown}) == answer["campaigns"]
    assert len(identities(shown, "customer_number")) == answer["households_targeted"]
    assert len(identities(redeemed, "customer_number")) == answer["households_redeeming"]
    pairs = [{(event["identities"][0]["value"], event["payload"]["campaign_id"]) for event in events} for events in (shown, redeemed)]
    assert len(pairs[0] & pairs[1]) == answer["targeted_household_campaign_pairs_with_redemption"]
    assert all(event["occurred_at"].endswith("T00:00:00.000Z") for event in shown)


@pytest.mark.shared_data
def test_households_baskets_add_up_to_the_known_sum(read: Read, shared_data: Path) -> None:
    answer = known(shared_data, "completejourney")
    baskets = read("completejourney_transactions", "completejourney/transactions_sample.csv.gz")
    assert by_type(baskets) == {"order.placed": answer["transactions_sample_baskets"]}
    assert len(identities(baskets, "customer_number")) == answer["transactions_sample_households"]
    assert round(total(baskets, "order.placed", "total"), 2) == Decimal(str(answer["transactions_sample_sales_value"]))
    moments = [event["occurred_at"] for event in baskets]
    assert moments == sorted(moments)


@pytest.mark.shared_data
def test_the_simulated_shops_events_come_out_by_name(read: Read, shared_data: Path) -> None:
    answer = known(shared_data, "retentioneering_ecom")
    names = answer["events_by_name"]
    events = read("retentioneering_ecom", "retentioneering_ecom/ecom.csv.gz")
    found = by_type(events)
    assert len(events) == answer["events"]
    assert len({event["event_id"] for event in events}) == answer["events"]
    assert len(identities(events, "account")) == answer["users"]
    assert (
        found["order.placed"] == names["purchase"] == len({e["payload"]["order_id"] for e in events if e["event_type"] == "order.placed"})
    )
    assert found["product.viewed"] == names["product_view"]
    assert found["cart.changed"] == names["add_to_cart"]
    assert found["message.received"] == names["support_chat"]
    assert Counter(e["payload"]["title"] for e in events if e["event_type"] == "page.viewed")["catalog"] == names["catalog"]


@pytest.mark.shared_data
def test_snowplows_shop_has_the_known_steps_and_revenue(read: Read, shared_data: Path) -> None:
    answer = known(shared_data, "snowplow_ecommerce")
    events = read("snowplow_ecommerce", "snowplow_ecommerce/source/snowplow_ecommerce_events.csv")
    found = by_type(events)
    assert found["product.viewed"] == answer["product_views"]
    assert found["cart.changed"] == answer["add_to_carts"] + answer["remove_from_carts"]
    assert found["order.placed"] == answer["transactions"]
    assert total(events, "order.placed", "total") == Decimal(str(answer["revenue"]))
    assert len(identities(events, "anonymous")) == answer["users_domain_userid"]


@pytest.mark.shared_data
def test_snowplows_repeated_events_keep_one_id(read: Read) -> None:
    events = read("snowplow_web", "snowplow_web/source/snowplow_web_events.csv")
    assert by_type(events) == {"page.viewed": 60}
    assert len({event["event_id"] for event in events}) == 58


def test_a_mapping_without_events_is_refused() -> None:
    with pytest.raises(Exception, match="events"):
        mapping_of({"version": 1, "source": "s", "events": []})
