"""ClickHouse refuses, hangs, or does its work and cannot say so: nothing is lost, nothing doubled, the sink goes on by itself."""

import time
from collections.abc import Iterator

import pytest

from deploy.chaos.proxy import Mode, Proxy
from sinks.batch import FlushPolicy
from sinks.clickhouse import ClickHouse, ClickHouseStore
from sinks.consumer import RetryPolicy, Sink
from sinks.memory import MemoryLog
from tests.sinks.frames import a_frame, a_row, an_id
from tests.sinks.stores import ReadableClickHouse, clickhouse_store, connection_to
from tests.stack import ClickHouseAddress

pytestmark = pytest.mark.clickhouse
NAME = "outage"
ROUNDS_AT_MOST = 500


@pytest.fixture
def proxied(clickhouse: ClickHouseAddress) -> Iterator[tuple[Proxy, ReadableClickHouse]]:
    with clickhouse_store(clickhouse.host, clickhouse.port, NAME) as store, Proxy(clickhouse.host, clickhouse.port) as proxy:
        yield proxy, store


def a_log(frames: int) -> MemoryLog:
    made = [
        a_frame({"journeys": [a_row("journeys", journey_id=an_id(n), version=n)], "customers": [a_row("customers", version=n)]})
        for n in range(1, frames + 1)
    ]
    return MemoryLog("journeys.g1", {0: made}, records_per_poll=1)


def a_sink(log: MemoryLog, proxy: Proxy) -> Sink:
    door = ClickHouse(connection_to("127.0.0.1", proxy.port, NAME), timeout_s=1)
    policy, retry = FlushPolicy(max_rows=1), RetryPolicy(first_s=0.0, longest_s=0.0)
    return Sink(log, ClickHouseStore(door, f"{NAME}_g1"), 1, time.monotonic, policy, retry)


def run_until_drained(sink: Sink, log: MemoryLog) -> None:
    for _ in range(ROUNDS_AT_MOST):
        if log.is_drained:
            return
        sink.step(0.0)
    raise AssertionError("the sink did not catch up")


@pytest.mark.parametrize("mode", ["refuse", "hang"])
def test_after_an_outage_it_goes_on_where_it_was(proxied: tuple[Proxy, ReadableClickHouse], mode: Mode) -> None:
    proxy, store = proxied
    log = a_log(6)
    sink = a_sink(log, proxy)
    sink.step(0.0)
    assert log.committed == {0: 1}
    proxy.mode = mode
    proxy.drop_connections()
    for _ in range(2):
        sink.step(0.0)
    assert sink.is_waiting
    assert log.is_paused
    assert log.committed == {0: 1}
    proxy.mode = "pass"
    proxy.drop_connections()
    run_until_drained(sink, log)
    assert [row[-1] for row in store.live("journeys")] == [1, 2, 3, 4, 5, 6]


def test_an_answer_that_is_cut_leads_to_no_doubled_row_and_no_doubled_part(
    proxied: tuple[Proxy, ReadableClickHouse], clickhouse: ClickHouseAddress
) -> None:
    proxy, store = proxied
    log = a_log(10)
    sink = a_sink(log, proxy)
    sink.step(0.0)
    for _ in range(9):
        proxy.mode = "cut"
        sink.step(0.0)
        assert sink.is_waiting
        proxy.mode = "pass"
        while sink.is_waiting:
            sink.step(0.0)
    run_until_drained(sink, log)
    assert proxy.cuts >= 9
    assert len(store.live("journeys")) == 10
    door = ClickHouse(connection_to(clickhouse.host, clickhouse.port, NAME))
    ((stored,),) = door.ask(f"SELECT count() FROM {NAME}_g1.journeys").rows
    door.close()
    assert stored == 10, "the token let ClickHouse drop the repeated block"
