"""What is open, closed and final, and who is late: three sources with a lateness of their own each, by hand."""

from collections.abc import Iterator
from typing import Any

import pytest

from schemas.rules import Rules
from schemas.rulesets.admission import Lateness
from sinks.clickhouse import ClickHouse
from sinks.publish import publish
from streams.rules_file import load_rules
from tests.sinks.frames import T0, a_row, a_withdrawal, an_id
from tests.sinks.stores import clickhouse_store, connection_to
from tests.sinks.test_views import put
from tests.stack import ClickHouseAddress

pytestmark = pytest.mark.clickhouse
DAY, HOUR, MINUTE = 86_400_000, 3_600_000, 60_000
NAME = "finality"


def lateness_of_our_own() -> Rules:
    """Anybody may be three days late, the shop one hour, the desk not at all."""
    return load_rules().model_copy(update={"lateness": Lateness(default_s=3 * 86_400, by_source={"shop": 3_600, "desk": 0})})


def touch(n: int, source: str, occurred_at: int, received_at: int) -> tuple[Any, ...]:
    given = {"occurred_at": occurred_at, "received_at": received_at, "environment": "test" if source == "tests" else "production"}
    return a_row("touchpoints", event_id=an_id(n), source=source, **given)


def session(n: int, ended_at: int, act_count: int = 1, started_at: int | None = None) -> tuple[Any, ...]:
    given = {"ended_at": ended_at, "started_at": ended_at if started_at is None else started_at, "act_count": act_count}
    return a_row("sessions", session_id=an_id(n), **given)


@pytest.fixture(scope="module")
def asked(clickhouse: ClickHouseAddress) -> Iterator[ClickHouse]:
    """On day 40 the shop has come to day 40, the carrier to day 36; the desk fell silent on day 1."""
    now = T0 + 40 * DAY
    with clickhouse_store(clickhouse.host, clickhouse.port, NAME) as store:
        publish(connection_to(clickhouse.host, clickhouse.port, NAME), 1, lateness_of_our_own())
        put(store, "touchpoints", touch(1, "shop", now, now + 5), touch(2, "shop", T0, T0 + 2 * HOUR), touch(3, "shop", T0 + 1, T0 + HOUR))
        put(store, "touchpoints", touch(4, "carrier", T0 + 36 * DAY, now), touch(5, "desk", T0 + DAY, T0 + DAY))
        put(store, "touchpoints", touch(6, "gone", T0, T0 + DAY), touch(7, "clock ahead", now + 2 * DAY, now))
        put(store, "touchpoints", touch(8, "tests", now + 100 * DAY, now + 100 * DAY))
        put(store, "touchpoints", gone=(a_withdrawal("touchpoints", 2, event_id=an_id(6), occurred_at=T0),))
        ends = {1: 3 * DAY - 1, 2: 3 * DAY, 3: 10 * DAY - 1, 4: 10 * DAY}
        put(store, "journeys", *(a_row("journeys", journey_id=an_id(n), last_touch_at=T0 + end) for n, end in ends.items()))
        final, open_ = 33 * DAY - 30 * MINUTE, 40 * DAY - 30 * MINUTE
        put(store, "sessions", *(session(n, T0 + end) for n, end in {1: final - 1, 2: final, 3: open_ - 1, 4: open_}.items()))
        put(store, "sessions", session(5, now, act_count=1000), session(6, now, started_at=now - DAY - 1))
        door = ClickHouse(connection_to(clickhouse.host, clickhouse.port, NAME))
        yield door
        door.close()


def rows(door: ClickHouse, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in door.ask(sql).rows]


def days(column: str) -> str:
    return f"(toUnixTimestamp64Milli({column}) - {T0}) / {DAY}"


def test_each_source_has_its_own_watermark_and_lateness(asked: ClickHouse) -> None:
    """That of `gone` too: its only touchpoint was withdrawn, but it happened. Tests move nothing."""
    found = rows(asked, f"SELECT source, {days('at')}, lateness_s, {days('final_until')}, is_idle FROM {NAME}.watermarks ORDER BY source")
    assert found == [
        ("carrier", 36.0, 259_200, 33.0, False),
        ("clock ahead", 40.0, 259_200, 37.0, False),
        ("desk", 1.0, 0, 1.0, True),
        ("gone", 0.0, 259_200, -3.0, True),
        ("shop", 40.0, 3_600, pytest.approx(40 - 1 / 24), False),
    ]


def test_the_slowest_source_that_is_not_idle_says_until_when_all_is_final(asked: ClickHouse) -> None:
    assert rows(asked, f"SELECT {days('at')}, {days('final_until')} FROM {NAME}.watermark") == [(40.0, 33.0)]


def test_open_closed_and_final_follow_the_watermarks(asked: ClickHouse) -> None:
    found = rows(asked, f"SELECT journey_id, is_open, closed_at IS NULL, is_final FROM {NAME}.journeys ORDER BY journey_id")
    assert [(row[0].int, *row[1:]) for row in found] == [
        (1, False, False, True),  # closed on day 33 less 1 ms, and until day 33 nothing is expected any more
        (2, False, False, False),  # closed at day 33 exactly: an event of that very moment may still come
        (3, False, False, False),  # closed on day 40 less 1 ms
        (4, True, True, False),  # exactly the gap still belongs
    ]


def test_a_session_is_open_until_its_gap_its_length_or_its_number_of_acts(asked: ClickHouse) -> None:
    found = rows(asked, f"SELECT session_id, is_open, is_final FROM {NAME}.sessions ORDER BY session_id")
    assert [(row[0].int, *row[1:]) for row in found] == [
        (1, False, True),
        (2, False, False),
        (3, False, False),
        (4, True, False),
        (5, False, False),  # full
        (6, False, False),  # a day and a millisecond long
    ]


def test_late_is_what_came_later_than_its_source_is_allowed(asked: ClickHouse) -> None:
    """Two hours for the shop that may take one; exactly one hour is in time; four days for the carrier that may take three."""
    found = rows(asked, f"SELECT event_id, source, late_by_s FROM {NAME}.late_touchpoints ORDER BY event_id")
    assert [(row[0].int, *row[1:]) for row in found] == [(2, "shop", 3_600), (4, "carrier", 86_400)]
