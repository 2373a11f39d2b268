"""The demo's questions, asked of the real ClickHouse through the views that analysts read."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from deploy.demo import questions
from deploy.demo.figures import Bar, FirstResponse
from deploy.demo.world import SHOP
from schemas.ledger_tables import TABLES
from sinks.clickhouse import ClickHouse
from sinks.rows import project, unseal
from tests.sinks.frames import T0, a_frame, a_row, an_id
from tests.sinks.stores import clickhouse_store, connection_to
from tests.stack import ClickHouseAddress

NAME = "demo_questions"
MINUTE, HOUR = 60_000, 3_600_000
CUSTOMER = "00000000-0000-0000-0000-000000000001"


def rows() -> dict[str, list[tuple[object, ...]]]:
    """One customer of the shop with twenty touchpoints, two orders, a ticket, a call and a return."""
    touches = [
        a_row("touchpoints", event_id=an_id(n), occurred_at=T0 + n * MINUTE, event_type="product.viewed", source=SHOP, channel="web",
              actor="customer", environment="production", payload='{"name": "Kettle"}', sentiment=None)
        for n in range(20)
    ]  # fmt: skip
    times = {"opened_at": T0, "last_touch_at": T0}
    order = {**times, "status": "delivered", "placed_at": T0, "total": 200_000, "currency": "EUR", "cancelled": 0}
    answered = {"ticket_opened_at": T0, "first_response_s": 1200, "is_first_response_met": True}
    return {
        "touchpoints": touches,
        "customers": [a_row("customers", touchpoint_count=20, session_count=2, order_count=2, net=123_400, currency="EUR")],
        "journeys": [
            a_row("journeys", journey_id=an_id(1), path=["paid_search", "web"], first_channel="paid_search", order_count=1),
            a_row("journeys", journey_id=an_id(2), path=["web"], first_channel="web", order_count=0),
            a_row("journeys", journey_id=an_id(3), path=["web"], first_channel="web", order_count=1),
        ],
        "orders": [
            a_row("orders", **order, episode_id=an_id(1), order_id="O-1", returned_units=1, refunded=50_000, is_late=True),
            a_row("orders", **order, episode_id=an_id(2), order_id="O-2", returned_units=0, refunded=0, is_late=False),
        ],
        "tickets": [a_row("tickets", **times, **answered, ticket_id="T-1", status="solved", reopened_count=2)],
        "calls": [a_row("calls", **times, call_id="L-1", status="ended", wait_ms=61_000, is_abandoned=False)],
        "returns": [a_row("returns", **times, return_id="R-1", status="refunded", refunded=50_000, currency="EUR", refund_s=7200)],
        "ledger": [a_row("ledger", accepted=20, duplicate=3, dead=1, dropped=0)],
    }  # fmt: skip


@pytest.fixture(scope="module")
def ask(clickhouse: ClickHouseAddress) -> Iterator[questions.Ask]:
    with clickhouse_store(clickhouse.host, clickhouse.port, NAME) as store:
        for table, bodies in project(unseal(a_frame(rows()))).rows.items():
            store.insert(TABLES[table], [body for _, body in bodies], f"{table}/demo")
        door = ClickHouse(connection_to(clickhouse.host, clickhouse.port, NAME))
        yield lambda sql: door.ask(sql.replace("tracker.", f"{NAME}.")).rows
        door.close()


@pytest.mark.clickhouse
def test_the_counts_say_what_was_sent_what_became_of_it_and_what_is_there(ask: questions.Ask) -> None:
    counts = {what: count for what, count, _ in questions.figures(ask, [("sent", 24, "touchpoints.raw")]).counts}
    expected = {
        "sent": 24,
        "records accepted": 20,
        "records duplicate": 3,
        "records dead": 1,
        "touchpoints": 20,
        "journeys": 3,
        "orders": 2,
    }
    assert counts | expected == counts
    assert next(iter(counts)) == "sent"


@pytest.mark.clickhouse
def test_paths_conversion_returns_and_first_response_come_from_the_views(ask: questions.Ask) -> None:
    found = questions.figures(ask, [])
    assert found.paths == (Bar("web", 2 / 3, 2), Bar("paid_search > web", 1 / 3, 1))
    assert found.conversion == (Bar("web", 0.5, 2), Bar("paid_search", 1.0, 1))
    (returns,) = found.returns
    assert (returns.currency, returns.orders, returns.orders_returned, returns.sold, returns.refunded) == ("EUR", 2, 1, 40.0, 5.0)
    assert found.first_response == FirstResponse(1, 1, 1200.0, 1200.0, 1.0)


@pytest.mark.clickhouse
def test_the_story_is_one_customer_with_moments_and_episodes_in_order(ask: questions.Ask) -> None:
    story = questions.story(ask)
    assert story is not None
    assert (story.customer_id, story.touchpoints, story.net, story.currency) == (CUSTOMER, 20, "12.34", "EUR")
    assert [moment.at for moment in story.moments] == sorted(moment.at for moment in story.moments)
    assert len(story.moments) == 20
    assert story.moments[0].at == datetime.fromtimestamp(T0 / 1000, UTC)
    assert story.moments[0].payload == {"name": "Kettle"}
    told = {(episode.kind, episode.number): episode.told for episode in story.episodes}
    assert told == {
        ("order", "O-1"): "delivered: 20.00 EUR, late, 1 pieces came back",
        ("order", "O-2"): "delivered: 20.00 EUR",
        ("ticket", "T-1"): "solved: first answer after 20 minutes, reopened 2 times",
        ("call", "L-1"): "ended: answered after 1 minute",
        ("return", "R-1"): "refunded: 5.00 EUR after 2 hours",
    }


@pytest.mark.clickhouse
def test_the_stitching_is_read_for_the_shops_own_sources_only(ask: questions.Ask) -> None:
    assert set(questions.stitched(ask, [SHOP]).values()) == {CUSTOMER}
    assert len(questions.stitched(ask, [SHOP])) == 20
    assert questions.stitched(ask, ["elsewhere"]) == {}
