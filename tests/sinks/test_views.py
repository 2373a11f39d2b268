"""What analysts read: live rows only, journeys open or closed by the watermark, and the first metrics."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from schemas.ledger_tables import TABLES
from sinks.clickhouse import ClickHouse
from sinks.rows import project, unseal
from tests.sinks.frames import T0, a_frame, a_row, a_withdrawal, an_id
from tests.sinks.stores import ReadableClickHouse, clickhouse_store, connection_to
from tests.stack import ClickHouseAddress

pytestmark = pytest.mark.clickhouse
DAY_MS = 86_400_000
NAME = "views"


@pytest.fixture(scope="module")
def filled(clickhouse: ClickHouseAddress) -> Iterator[ClickHouse]:
    with clickhouse_store(clickhouse.host, clickhouse.port, NAME) as store:
        _fill(store)
        door = ClickHouse(connection_to(clickhouse.host, clickhouse.port, NAME))
        yield door
        door.close()


def _fill(store: ReadableClickHouse) -> None:
    """Event time has come to day 40; a touchpoint of the year 2200, received then, must not move it."""
    day_40 = T0 + 40 * DAY_MS
    put(
        store,
        "touchpoints",
        a_row("touchpoints", occurred_at=day_40, received_at=day_40 + 1, environment="production"),
        a_row("touchpoints", occurred_at=7_258_118_400_000, received_at=day_40, environment="production"),
    )
    put(
        store,
        "journeys",
        journey(1, last=0, first_channel="paid_search", path=["paid_search", "web"], orders=1),
        journey(2, last=10, first_channel="paid_search", path=["paid_search", "web"], orders=0),
        journey(3, last=10, first_channel="web", path=["web"], orders=0, plus_ms=-1),
        journey(4, last=39, first_channel="web", path=[], orders=0),
    )
    put(store, "journeys", journey(5, last=1, first_channel="gone", path=["web"], orders=1))
    put(store, "journeys", gone=(a_withdrawal("journeys", 2, customer_id=an_id(1), journey_id=an_id(5)),))
    put(
        store,
        "orders",
        order(1, total=300, returned=1, refunded=80),
        order(2, total=200, returned=1, refunded=200),
        order(3, total=100, returned=0, refunded=0),
        order(4, total=150, returned=1, refunded=0),
        order(5, total=500, returned=0, refunded=0, cancelled=500),
        a_row("orders", episode_id=an_id(6), placed_at=None, total=9_990_000),
    )
    put(store, "tickets", *(ticket(n, s) for n, s in enumerate((60, 600, 3600, 7200, None), 1)))


def put(store: ReadableClickHouse, table: str, *rows: tuple[Any, ...], gone: tuple[tuple[Any, ...], ...] = ()) -> None:
    projected = project(unseal(a_frame({table: list(rows)}, {table: list(gone)}))).rows[table]
    store.insert(TABLES[table], [body for _, body in projected], repr((rows, gone)))


def journey(n: int, last: int, first_channel: str, path: list[str], orders: int, plus_ms: int = 0) -> tuple[Any, ...]:
    touched = T0 + last * DAY_MS + plus_ms
    given = {"journey_id": an_id(n), "last_touch_at": touched, "first_channel": first_channel, "path": path, "order_count": orders}
    return a_row("journeys", **given)


def order(n: int, total: int, returned: int, refunded: int, cancelled: int = 0) -> tuple[Any, ...]:
    money = {"total": total * 10_000, "refunded": refunded * 10_000, "cancelled": cancelled * 10_000}
    return a_row("orders", episode_id=an_id(n), placed_at=T0, currency="EUR", returned_units=returned, **money)


def ticket(n: int, first_response_s: int | None) -> tuple[Any, ...]:
    met = None if first_response_s is None else first_response_s <= 3600
    given = {"ticket_opened_at": T0, "first_response_s": first_response_s, "is_first_response_met": met, "channel": "email"}
    return a_row("tickets", episode_id=an_id(n), **given)


def test_the_watermark_is_the_latest_touchpoint_that_is_not_in_the_future(filled: ClickHouse) -> None:
    ((at,),) = filled.ask(f"SELECT toUnixTimestamp64Milli(at) FROM {NAME}.watermark").rows
    assert at == T0 + 40 * DAY_MS


def test_a_journey_closes_when_the_silence_is_longer_than_the_gap(filled: ClickHouse) -> None:
    rows = filled.ask(f"SELECT journey_id, is_open, closed_at FROM {NAME}.journeys ORDER BY journey_id").rows
    state = {row[0].int: row[1:] for row in rows}
    assert state[2] == (True, None), "exactly the gap is still open"
    assert state[3][0] is False
    assert state[1] == (False, datetime.fromtimestamp(T0 / 1000 + 30 * 86_400, UTC).replace(tzinfo=state[1][1].tzinfo))
    assert 5 not in state, "withdrawn"


def test_paths_count_journeys_and_those_with_an_order(filled: ClickHouse) -> None:
    rows = filled.ask(f"SELECT path, journeys, conversions, conversion_rate, share FROM {NAME}.paths ORDER BY journeys DESC").rows
    assert [tuple(row) for row in rows] == [(["paid_search", "web"], 2, 1, 0.5, 2 / 3), (["web"], 1, 0, 0.0, 1 / 3)]


def test_conversion_is_by_the_channel_of_the_first_touch(filled: ClickHouse) -> None:
    rows = filled.ask(f"SELECT first_channel, num, den, value, n, open_n FROM {NAME}_metrics.conversion_by_first_channel ORDER BY 1").rows
    assert [tuple(row) for row in rows] == [("paid_search", 1, 2, 0.5, 2, 1), ("web", 0, 2, 0.0, 2, 1)]


def test_return_rates_follow_the_golden_example_of_the_metric(filled: ClickHouse) -> None:
    """G17: three of four orders have a return, 280 of 750 came back; the wholly cancelled order was never sold."""
    ((month, currency, orders, returned, rate, sold, refunded, value_rate, matured),) = filled.ask(f"SELECT * FROM {NAME}.return_rate").rows
    assert (month, currency, orders, returned, rate) == (date(2026, 1, 1), "EUR", 4, 3, 0.75)
    assert (sold, refunded) == (750, 280)
    assert value_rate == pytest.approx(0.3733, abs=1e-4)
    assert matured is False


def test_first_response_has_its_quantiles_and_shows_who_waits(filled: ClickHouse) -> None:
    ((tickets, n, p50, p90, met, share, waiting),) = filled.ask(f"SELECT * FROM {NAME}.first_response").rows
    assert (tickets, n, met, share, waiting) == (5, 4, 3, 0.75, 1)
    assert p50 in (600, 3600)
    assert p90 == 7200
    rows = filled.ask(f"SELECT bucket, channel, num, den, value, n, waiting_n FROM {NAME}_metrics.first_response").rows
    assert [tuple(row) for row in rows] == [(date(2026, 1, 1), "email", 3, 4, 0.75, 4, 1)]


def test_the_live_rows_need_no_final_and_know_no_prewhere(filled: ClickHouse) -> None:
    assert filled.ask(f"SELECT count() FROM {NAME}.journeys").rows[0][0] == 4
    assert filled.ask(f"SELECT count() FROM {NAME}.journeys WHERE first_channel = 'gone'").rows[0][0] == 0
