"""The demo's questions, asked of the real ClickHouse through the views that analysts read."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from deploy.demo import questions
from deploy.demo.figures import Bar, FirstResponse
from deploy.demo.story import story
from deploy.demo.world import SHOP
from deploy.looking.finding import Ask
from deploy.looking.words import first_seen, known_by
from schemas.ledger_tables import TABLES
from sinks.clickhouse import ClickHouse
from sinks.rows import project, unseal
from tests.sinks.frames import T0, a_frame, a_row, an_id
from tests.sinks.stores import clickhouse_store, connection_to
from tests.stack import ClickHouseAddress

NAME = "demo_questions"
GIFTS = {"source": "gift-shop"}
MINUTE, HOUR = 60_000, 3_600_000
CUSTOMER = "00000000-0000-0000-0000-000000000001"


TIMES = {"opened_at": T0, "last_touch_at": T0}
ORDER = {**TIMES, "source": SHOP, "status": "delivered", "placed_at": T0, "total": 200_000, "currency": "EUR", "cancelled": 0}


def touches() -> list[tuple[object, ...]]:
    """Twenty touchpoints of the customer, and the ads of the gift shop."""
    viewed = [
        a_row("touchpoints", event_id=an_id(n), occurred_at=T0 + n * MINUTE, event_type="product.viewed", source=SHOP, channel="web",
              actor="customer", environment="production", payload='{"name": "Kettle"}', page="/kettles", journey_id=an_id(1),
              sentiment=None)
        for n in range(20)
    ]  # fmt: skip
    ads = (
        ("spring", "ad.shown", 1),
        ("spring", "ad.clicked", 1),
        ("spring", "ad.shown", 2),
        ("summer", "ad.shown", 2),
        ("autumn", "ad.clicked", 2),
    )
    return viewed + [
        a_row("touchpoints", event_id=an_id(100 + n), customer_id=an_id(1000 + customer), **GIFTS, campaign=campaign, event_type=event_type)
        for n, (campaign, event_type, customer) in enumerate(ads)
    ]  # fmt: skip


def gifts() -> list[tuple[object, ...]]:
    """Orders of the gift shop."""
    bought = {**ORDER, **GIFTS, "currency": "GBP", "refunded": 0, "is_late": False, "net": 200_000}
    returned = {**bought, "placed_at": None, "total": 0, "refunded": 50_000, "net": -50_000}
    return [
        a_row("orders", **values, episode_id=an_id(50 + number), order_id=f"G-{number}", customer_id=an_id(customer))
        for number, customer, values in ((1, 1001, bought), (2, 1001, bought), (3, 1002, bought), (4, 1002, returned))
    ]


def rows() -> dict[str, list[tuple[object, ...]]]:
    """One customer of the shop with twenty touchpoints, two orders, a ticket, a call and a return."""
    kinds = (("anonymous", 1, 0), ("email", 2, 3), ("anonymous", 3, 3), ("order", 4, 5))
    answered = {"ticket_opened_at": T0, "first_response_s": 1200, "is_first_response_met": True}
    return {
        "identities": [a_row("identities", kind=kind, token=f"{token:02}", evidence=an_id(event)) for kind, token, event in kinds],
        "touchpoints": touches(),
        "customers": [a_row("customers", touchpoint_count=20, session_count=2, order_count=2, net=123_400, currency="EUR")],
        "journeys": [
            a_row("journeys", journey_id=an_id(1), path=["paid_search", "web"], first_channel="paid_search", order_count=1),
            a_row("journeys", journey_id=an_id(2), path=["web"], first_channel="web", order_count=0),
            a_row("journeys", journey_id=an_id(3), path=["web"], first_channel="web", order_count=1),
        ],
        "orders": [
            *gifts(),
            a_row("orders", **ORDER, episode_id=an_id(1), order_id="O-1", returned_units=1, refunded=50_000, is_late=True),
            a_row("orders", **ORDER, episode_id=an_id(2), order_id="O-2", returned_units=0, refunded=0, is_late=False),
        ],
        "tickets": [a_row("tickets", **TIMES, **answered, ticket_id="T-1", status="solved", reason="defect", reopened_count=2)],
        "calls": [a_row("calls", **TIMES, call_id="L-1", status="ended", wait_ms=61_000, is_abandoned=False, transfer_count=0)],
        "returns": [a_row("returns", **TIMES, return_id="R-1", status="refunded", refunded=50_000, currency="EUR", refund_s=7200)],
        "ledger": [a_row("ledger", accepted=29, duplicate=3, dead=1, dropped=0)],
    }  # fmt: skip


@pytest.fixture(scope="module")
def ask(clickhouse: ClickHouseAddress) -> Iterator[Ask]:
    with clickhouse_store(clickhouse.host, clickhouse.port, NAME) as store:
        for table, bodies in project(unseal(a_frame(rows()))).rows.items():
            store.insert(TABLES[table], [body for _, body in bodies], f"{table}/demo")
        door = ClickHouse(connection_to(clickhouse.host, clickhouse.port, NAME), database=NAME)
        yield lambda sql: door.ask(sql.replace("tracker.", f"{NAME}.")).rows
        door.close()


@pytest.mark.clickhouse
def test_the_counts_say_what_was_sent_what_became_of_it_and_what_is_there(ask: Ask) -> None:
    counts = {what: count for what, count, _ in questions.figures(ask, [("sent", 24, "touchpoints.raw")], [SHOP]).counts}
    expected = {
        "sent": 24,
        "records accepted": 29,
        "records duplicate": 3,
        "records dead": 1,
        "touchpoints": 25,
        "journeys": 3,
        "orders placed": 5,
        questions.NO_ROW: 4,
    }
    assert counts | expected == counts
    assert next(iter(counts)) == "sent"


@pytest.mark.clickhouse
def test_paths_conversion_and_returns_are_the_simulated_shops_own(ask: Ask) -> None:
    """As in the views tracker.paths, conversion_by_first_channel and return_rate, which have all sources."""
    found = questions.figures(ask, [], [SHOP])
    assert found.paths == (Bar("web", 2 / 3, 2), Bar("paid_search > web", 1 / 3, 1))
    assert found.conversion == (Bar("web", 0.5, 2), Bar("paid_search", 1.0, 1))
    (returns,) = found.returns
    assert (returns.currency, returns.orders, returns.orders_returned, returns.sold, returns.refunded) == ("EUR", 2, 1, 40.0, 5.0)
    assert found.first_response == FirstResponse(1, 1, 1200.0, 1200.0, 1.0)


@pytest.mark.clickhouse
def test_the_story_is_one_customer_with_moments_and_episodes_in_order(ask: Ask) -> None:
    told = story(ask)
    assert told is not None
    assert (told.customer_id, told.of) == (CUSTOMER, 20)
    assert [touch.at for touch in told.touches] == sorted(touch.at for touch in told.touches)
    assert len(told.touches) == 20
    assert told.touches[0].at == datetime.fromtimestamp(T0 / 1000, UTC)
    assert told.touches[0].told == "looked at Kettle"
    assert {(episode.kind, episode.number): episode.told for episode in told.episodes} == {
        ("order", "O-1"): "delivered, 20.00 EUR, late, 1 piece came back",
        ("order", "O-2"): "delivered, 20.00 EUR",
        ("ticket", "T-1"): "solved, defect, first answer after 20 minutes, reopened 2 times",
        ("call", "L-1"): "ended, answered after 1 minute",
        ("return", "R-1"): "refunded, 5.00 EUR back after 2 hours",
    }


@pytest.mark.clickhouse
def test_the_story_says_where_each_identity_of_the_person_was_first_seen(ask: Ask) -> None:
    told = story(ask)
    assert told is not None
    assert known_by(told.identities) == "1 e-mail, 2 cookies"
    seen = first_seen(told.identities)
    assert [seen.get(touch.event_id, "") for touch in told.touches[:4]] == ["cookie", "", "", "cookie, e-mail"]


@pytest.mark.clickhouse
def test_an_imported_set_is_summed_by_itself(ask: Ask) -> None:
    (found,) = questions.figures(ask, [], [SHOP], ["gift-shop", "gift-shop", "not there"]).imported
    assert (found.source, found.currency, found.customers, found.orders, found.buyers_again) == ("gift-shop", "GBP", 2, 3, 1)
    assert (found.sold, found.returned, found.net) == (Decimal("60.0000"), Decimal("5.0000"), Decimal("55.0000"))
    assert (found.ads_shown, found.ads_answered) == (3, 1)


@pytest.mark.clickhouse
def test_the_stitching_is_read_for_the_shops_own_sources_only(ask: Ask) -> None:
    assert set(questions.stitched(ask, [SHOP]).values()) == {CUSTOMER}
    assert len(questions.stitched(ask, [SHOP])) == 20
    assert questions.stitched(ask, ["gift-shop"]) == {}, "its touchpoints are in no journey"
    assert questions.stitched(ask, ["elsewhere"]) == {}
