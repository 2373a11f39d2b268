"""Paths as ClickHouse tells them, by three journeys whose touchpoints are known."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.looking.errors import NobodyFound
from deploy.looking.finding import Ask
from deploy.looking.paths import LISTS, SEGMENTS, Question, ask_paths
from schemas.tables import JOURNEYS
from sinks.clickhouse import ClickHouse
from tests.sinks.frames import T0, a_row, an_id
from tests.sinks.stores import clickhouse_store, connection_to
from tests.sinks.test_views import put
from tests.stack import ClickHouseAddress

pytestmark = pytest.mark.clickhouse
NAME, DAY = "paths_seen", 86_400_000
START = datetime.fromtimestamp(T0 / 1000, UTC)
ACTS = {
    1: (("paid_search", "awareness", "ad.clicked"), ("web", "purchase", "cart.changed"), ("web", "purchase", "order.placed")),
    2: (("paid_search", "awareness", "ad.clicked"), ("web", "purchase", "order.placed"), ("email", "care", "ticket.opened")),
    3: (("web", "consideration", "page.viewed"),),
}
"""By journey what the customer did; between the acts of each somebody else calls."""


@pytest.fixture(scope="module")
def ask(clickhouse: ClickHouseAddress) -> Iterator[Ask]:
    with clickhouse_store(clickhouse.host, clickhouse.port, NAME) as store:
        put(store, "touchpoints", *(touch(*given) for given in touches()))
        put(store, "journeys", *(journey(n) for n in ACTS))
        door = ClickHouse(connection_to(clickhouse.host, clickhouse.port, NAME), database=NAME)
        yield lambda sql: door.ask(sql).rows
        door.close()


def touches() -> Iterator[tuple[int, int, str, str, str, str]]:
    """All of a journey at one time, told apart by their sequence alone."""
    for n, acts in ACTS.items():
        for at, (channel, stage, event) in enumerate(acts):
            yield n, 2 * at, channel, stage, event, "customer"
            yield n, 2 * at + 1, "phone", "care", "call.queued", "representative"


def touch(n: int, sequence: int, channel: str, stage: str, event: str, actor: str) -> tuple[Any, ...]:
    at = T0 + n * DAY
    ids = {"customer_id": an_id(n), "journey_id": an_id(n), "event_id": an_id(100 * n - sequence)}
    known = {"channel": channel, "stage": stage, "event_type": event, "actor": actor, "environment": "production"}
    return a_row("touchpoints", occurred_at=at, received_at=at, sequence=sequence, **ids, **known)


def journey(n: int) -> tuple[Any, ...]:
    path = list(dict.fromkeys(channel for channel, _, _ in ACTS[n]))
    given = {"order_count": int(n < 3), "path": path, "country": "DE" if n == 1 else "FR", "categories": ["mugs"] if n > 1 else []}
    return a_row("journeys", customer_id=an_id(n), journey_id=an_id(n), opened_at=T0 + n * DAY, **given)


def told(ask: Ask, **given: Any) -> list[tuple[str, int, int]]:
    found = ask_paths(ask, Question(**given))
    return [(" > ".join(p.steps) + (" ..." if p.goes_on else ""), p.journeys, p.converted) for p in found.paths]


def test_paths_are_what_the_customer_did_with_repeats_as_one_step(ask: Ask) -> None:
    assert told(ask) == [("paid_search > web", 1, 1), ("paid_search > web > email", 1, 1), ("web", 1, 0)]
    assert told(ask, by="stage") == [("awareness > purchase", 1, 1), ("awareness > purchase > care", 1, 1), ("consideration", 1, 0)]
    assert ("ad.clicked > cart.changed > order.placed", 1, 1) in told(ask, by="event")


def test_they_are_the_paths_of_the_metric(ask: Ask) -> None:
    rows = ask(f"SELECT path, den, num FROM {NAME}_metrics.paths ORDER BY den DESC, path")
    assert [(" > ".join(path), den, num) for path, den, num in rows] == told(ask)


def test_depth_tells_the_first_steps_apart_and_says_that_there_are_more(ask: Ask) -> None:
    assert told(ask, depth=1) == [("paid_search ...", 2, 2), ("web", 1, 0)]
    assert told(ask, depth=2) == [("paid_search > web", 1, 1), ("paid_search > web ...", 1, 1), ("web", 1, 0)]


def test_up_to_the_order_leaves_out_what_came_after_it(ask: Ask) -> None:
    assert told(ask, is_to_order=True) == [("paid_search > web", 2, 2), ("web", 1, 0)]


def test_time_conversion_and_segments_choose_journeys(ask: Ask) -> None:
    day = timedelta(days=1)
    assert [n for _, n, _ in told(ask, is_converted=True)] == [1, 1]
    assert told(ask, since=START + 3 * day) == [("web", 1, 0)]
    assert told(ask, until=START + 2 * day) == [("paid_search > web", 1, 1)]
    assert told(ask, segments=["country=DE"]) == [("paid_search > web", 1, 1)]
    assert told(ask, segments=["category=mugs", "country=FR"]) == [("paid_search > web > email", 1, 1), ("web", 1, 0)]
    assert told(ask, segments=["country=it's"]) == []


def test_totals_count_everything(ask: Ask) -> None:
    found = ask_paths(ask, Question())
    assert (found.of, found.journeys, found.converted) == (3, 3, 2)


def test_a_segment_that_journeys_lack_is_named_with_those_that_they_have(ask: Ask) -> None:
    with pytest.raises(NobodyFound) as caught:
        ask_paths(ask, Question(segments=["shoe_size=42"]))
    assert "device_class" in caught.value.remedy
    assert {*SEGMENTS, *LISTS.values()} <= {column.name for column in JOURNEYS.columns}
