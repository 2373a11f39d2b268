"""ClickHouse hangs for longer than the session lasts: memory stays bounded, the partitions are paused, nobody is rebalanced."""

import time
from collections.abc import Callable, Iterator

import pytest

from deploy.chaos.proxy import Proxy
from schemas.connections import KafkaConnection
from schemas.topics import topic_names
from sinks.batch import FlushPolicy
from sinks.clickhouse import ClickHouse, ClickHouseStore
from sinks.consumer import RetryPolicy, Sink
from sinks.kafka_log import KafkaLog, group_of
from tests.sinks.frames import a_frame, a_row, an_id
from tests.sinks.processes import PARTITIONS, fill
from tests.sinks.stores import ReadableClickHouse, clickhouse_store, connection_to
from tests.stack import ClickHouseAddress

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]
NAME, GENERATION = "long_outage", 112
SESSION_S = 6.0
"""The least that a broker takes by default."""
MAX_BYTES = 200_000
POLLED = 20
"""Frames that one poll may bring."""
FRAMES, ROWS = 200, 100


def frames(partition: int) -> list[bytes]:
    """Many times what the sink may hold, in each partition."""
    return [
        a_frame(
            {"journeys": [a_row("journeys", journey_id=an_id(1 + partition * 10**6 + f * ROWS + n), version=f + 1) for n in range(ROWS)]},
            generation=GENERATION,
        )
        for f in range(FRAMES)
    ]


@pytest.fixture
def log(kafka: str) -> Iterator[KafkaLog]:
    fill(kafka, GENERATION, {partition: frames(partition) for partition in range(PARTITIONS)})
    opened = KafkaLog(
        KafkaConnection(bootstrap_servers=kafka),
        topic_names(GENERATION).journeys,
        group_of(GENERATION),
        session_timeout_ms=int(SESSION_S * 1000),
        heartbeat_interval_ms=1_000,
        max_poll_records=POLLED,
    )
    yield opened
    opened.close()


@pytest.fixture
def store(clickhouse: ClickHouseAddress) -> Iterator[ReadableClickHouse]:
    with clickhouse_store(clickhouse.host, clickhouse.port, NAME) as made:
        yield made


def member(log: KafkaLog) -> tuple[int, str]:
    """The group's generation and our id in it, as the broker gave them: both change with every rebalance."""
    found = log._consumer._coordinator.generation_if_stable()
    return found.generation_id, found.member_id


def test_a_hanging_clickhouse_is_waited_out_without_a_rebalance(
    log: KafkaLog, store: ReadableClickHouse, clickhouse: ClickHouseAddress
) -> None:
    with Proxy(clickhouse.host, clickhouse.port) as proxy:
        door = ClickHouse(connection_to(clickhouse.host, proxy.port, NAME), timeout_s=1)
        policy = FlushPolicy(max_rows=10**6, max_bytes=MAX_BYTES, max_age_s=0.2, idle_age_s=0.1)
        sink = Sink(log, ClickHouseStore(door, f"{NAME}_g1"), GENERATION, time.monotonic, policy, RetryPolicy(0.1, 0.5))
        step_until(sink, lambda: sink.rows_stored > 0)
        before, largest = member(log), 0
        proxy.mode = "hang"
        proxy.drop_connections()
        began = time.monotonic()
        while time.monotonic() - began < 1.5 * SESSION_S:
            sink.step(0.1)
            largest = max(largest, sink.buffered_bytes)
        assert sink.is_waiting
        assert log._consumer.paused() == log._consumer.assignment()
        assert len(log.assigned) == PARTITIONS
        assert member(log) == before, "the sink was thrown out of its group"
        assert MAX_BYTES <= largest <= 2 * MAX_BYTES + POLLED * max(map(len, frames(0)))
        proxy.mode = "pass"
        proxy.drop_connections()
        step_until(sink, lambda: sink.rows_stored >= PARTITIONS * FRAMES * ROWS)
        assert member(log) == before
        door.close()
    assert len(store.live("journeys")) == PARTITIONS * FRAMES * ROWS


def step_until(sink: Sink, is_so: Callable[[], bool], within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, f"{sink.rows_stored} rows stored after {within_s:g} s"
        sink.step(0.1)
