"""The view behind the alert return_spike: one product comes back three times as often as before, another as often as ever."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from deploy.alerts.spikes import message_of, spikes
from schemas.ledger_tables import TABLES
from sinks.clickhouse import ClickHouse
from sinks.rows import project, unseal
from streams.rules_file import load_rules
from tests.sinks.frames import T0, a_frame, a_row, an_id
from tests.sinks.stores import ReadableClickHouse, clickhouse_store, connection_to
from tests.stack import ClickHouseAddress

pytestmark = pytest.mark.clickhouse
NAME = "spikes"
DAY_MS = 86_400_000
NOW = datetime(2026, 5, 1, tzinfo=UTC)
TODAY = T0 + 100 * DAY_MS


def event(n: int, event_type: str, days_ago: float, order: int, line: dict[str, Any], **given: Any) -> tuple[Any, ...]:
    """Order and line of a product."""
    at = TODAY - int(days_ago * DAY_MS)
    values = {"environment": "production", "order_id": f"O-{order}", "payload": orjson.dumps({"lines": [line]}).decode(), **given}
    return a_row("touchpoints", event_id=an_id(n), event_type=event_type, occurred_at=at, received_at=at, **values)


def put(store: ReadableClickHouse, *rows: tuple[Any, ...]) -> None:
    projected = project(unseal(a_frame({"touchpoints": list(rows)}, {}))).rows["touchpoints"]
    store.insert(TABLES["touchpoints"], [body for _, body in projected], "spikes")


def history(product: str, first: int, now: int, before: int, **given: Any) -> list[tuple[Any, ...]]:
    """So many returns in the last week, and in the eight weeks before."""
    ages = [1 + n / 10 for n in range(now)] + [10 + n for n in range(before)]
    rows = []
    for n, age in enumerate(ages):
        number = first + n
        rows.append(event(2 * number, "order.placed", age + 20, number, {"line_id": "1", "product_id": product}))
        back = {"line_id": "1", "quantity": 1, "reason": "too small"}
        rows.append(event(2 * number + 1, "return.requested", age, number, back, **given))
    return rows


def test_what_comes_back_three_times_as_often_is_named_and_nothing_else(clickhouse: ClickHouseAddress) -> None:
    with clickhouse_store(clickhouse.host, clickhouse.port, NAME) as store:
        rows = [a_row("touchpoints", event_id=an_id(1), environment="production", occurred_at=TODAY, received_at=TODAY)]
        rows += history("shoes", 100, now=12, before=16) + history("socks", 200, now=12, before=40) + history("hats", 300, now=9, before=0)
        rows += history("coats", 400, now=12, before=0, environment="test") + history("gloves", 500, now=10, before=0)
        put(store, *rows)
        door = ClickHouse(connection_to(clickhouse.host, clickhouse.port, NAME))
        found = door.ask(
            "SELECT product_id, num, baseline, value, reasons, orders, toUnixTimestamp64Milli(since) "
            f"FROM {NAME}_metrics.return_spikes ORDER BY product_id"
        ).rows
        door.close()
        told = [message_of(s, load_rules(), 1, NOW) for s in spikes(connection_to(clickhouse.host, clickhouse.port, NAME))]
    assert [(m.subject_id, m.detail["num"]) for m in told] == [("shoes", 12), ("gloves", 10)]
    week = TODAY - 7 * DAY_MS
    assert [tuple(row) for row in found] == [
        ("gloves", 10, 0.0, None, ["too small"], 10, week),
        ("shoes", 12, 2.0, 6.0, ["too small"], 12, week),
    ]


def test_asked_every_hour_a_spike_is_one_alert_a_window() -> None:
    def told(product: str, since: datetime) -> tuple[object, ...]:
        spike = {"product_id": product, "since": since, "num": 12, "baseline": 2.0, "reasons": [], "orders": 12}
        message = message_of(spike, load_rules(), 1, NOW)
        return message.alert_id, message.version

    thursday = datetime(2026, 4, 30, tzinfo=UTC)  # weeks counted from 1970 begin on Thursdays
    assert told("shoes", thursday) == told("shoes", thursday + timedelta(days=6, hours=23))
    assert told("shoes", thursday) != told("shoes", thursday + timedelta(days=7))
    assert told("shoes", thursday) != told("socks", thursday)
