"""What a real ClickHouse says under pressure, or of one bad row, and what the sink makes of it."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from sinks.batch import FlushPolicy
from sinks.clickhouse import ClickHouse, ClickHouseStore
from sinks.consumer import RetryPolicy, Sink
from sinks.memory import MemoryLog
from sinks.telemetry import Telemetry
from tests.sinks.frames import a_frame, a_row, an_id
from tests.sinks.stores import ReadableClickHouse, clickhouse_store, connection_to
from tests.stack import ClickHouseAddress

pytestmark = pytest.mark.clickhouse
NAME = "pressure"
BEYOND_UINT32 = 2**40
MANY, BAD = 10_000, 7_777


class Door(ClickHouse):
    """The real one; `more` are settings of the server that go with each INSERT."""

    more: Mapping[str, Any] = {}

    def insert_packed(self, target: str, body: bytes, settings: Mapping[str, Any]) -> None:
        super().insert_packed(target, body, {**settings, **self.more})


@pytest.fixture
def store(clickhouse: ClickHouseAddress) -> Iterator[ReadableClickHouse]:
    with clickhouse_store(clickhouse.host, clickhouse.port, NAME) as made:
        yield made


@pytest.fixture
def door(clickhouse: ClickHouseAddress, store: ReadableClickHouse) -> Iterator[Door]:
    opened = Door(connection_to(clickhouse.host, clickhouse.port, NAME), timeout_s=20)
    yield opened
    opened.close()


def journeys(first: int, count: int, **of_the_bad: int) -> bytes:
    """A frame of so many journeys; the one with the number BAD gets other values."""
    rows = [a_row("journeys", journey_id=an_id(n), version=n, **(of_the_bad if n == BAD else {})) for n in range(first, first + count)]
    return a_frame({"journeys": rows})


def a_sink(log: MemoryLog, door: Door, telemetry: Telemetry | None = None, max_rows: int = 1) -> Sink:
    retry = RetryPolicy(first_s=0.0, longest_s=0.0)
    return Sink(
        log, ClickHouseStore(door, f"{NAME}_g1"), 1, time.monotonic, FlushPolicy(max_rows, idle_age_s=0.0), retry, telemetry=telemetry
    )


def test_with_too_many_parts_it_waits_and_goes_on_when_they_are_merged(store: ReadableClickHouse, door: Door) -> None:
    table = f"{NAME}_g1.journeys"
    door.command(f"SYSTEM STOP MERGES {table}")
    door.command(f"ALTER TABLE {table} MODIFY SETTING parts_to_throw_insert = 2, parts_to_delay_insert = 2")
    log = MemoryLog("journeys.g1", {0: [journeys(n, 1) for n in range(1, 7)]}, records_per_poll=1)
    telemetry = Telemetry()
    sink = a_sink(log, door, telemetry)
    for _ in range(8):
        sink.step(0.0)
    stored = log.committed[0]
    assert 1 <= stored < 6
    assert sink.is_waiting
    assert log.is_paused
    assert telemetry.value("tracker_sink_tries_failed_total") >= 1
    door.command(f"ALTER TABLE {table} RESET SETTING parts_to_throw_insert, parts_to_delay_insert")
    door.command(f"SYSTEM START MERGES {table}")
    for _ in range(8):
        sink.step(0.0)
    assert log.is_drained
    assert [row[-1] for row in store.live("journeys")] == [1, 2, 3, 4, 5, 6]


def test_beyond_the_memory_limit_it_waits_and_loses_no_row(store: ReadableClickHouse, door: Door) -> None:
    log = MemoryLog("journeys.g1", {0: [journeys(1, 2_000)]})
    sink = a_sink(log, door)
    door.more = {"max_memory_usage": 100_000, "max_untracked_memory": 1}
    for _ in range(3):
        sink.step(0.0)
    assert sink.is_waiting
    assert log.committed == {0: 0}
    door.more = {}
    sink.step(0.0)
    assert log.is_drained
    assert len(store.live("journeys")) == 2_000


def test_one_bad_row_in_ten_thousand_is_kept_apart_with_its_reason(store: ReadableClickHouse, door: Door) -> None:
    log = MemoryLog("journeys.g1", {3: [journeys(1, MANY // 2), journeys(MANY // 2 + 1, MANY // 2, touchpoint_count=BEYOND_UINT32)]})
    telemetry = Telemetry()
    sink = a_sink(log, door, telemetry, max_rows=MANY)
    sink.step(0.0)
    assert log.is_drained
    live = door.ask(f"SELECT count(), sum(version), countIf(version = {BAD}) FROM {NAME}.journeys").rows
    assert list(live[0]) == [MANY - 1, MANY * (MANY + 1) // 2 - BAD, 0]
    ((table, partition, offset, reason, row),) = door.ask(
        f"SELECT table_name, partition, `offset`, reason, row FROM {NAME}_g1.rejected_rows FINAL"
    ).rows
    assert (table, partition, offset) == ("journeys", 3, 1)
    assert "Code: 70" in reason or "UInt32" in reason
    assert str(BEYOND_UINT32) in row
    assert telemetry.value("tracker_sink_rows_rejected_total") == 1
