"""What a worker says of its own health: by the broker's ends and its stores' positions."""

import asyncio
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError

from schemas.errors import ConfigurationError
from schemas.topics import topic_names
from streams.clock import SYSTEM_CLOCK
from streams.health import Monitor, Watch
from streams.health_server import serve
from streams.settings import WorkerSettings
from streams.telemetry import Telemetry

TOPICS = topic_names()
RAW, RESOLVED, LINKS = (TopicPartition(topic, p) for topic, p in ((TOPICS.raw, 2), (TOPICS.resolved, 3), (TOPICS.links, 0)))
AGE_S = 30.0


class Rec(NamedTuple):
    timestamp: float


@dataclass
class Broker:
    """A consumer of a broker that names these ends, or is away."""

    ends: dict[TopicPartition, int]
    is_away: bool = False
    sought: dict[TopicPartition, int] = field(default_factory=dict)

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        if self.is_away:
            raise KafkaConnectionError
        return {tp: self.ends[tp] for tp in partitions}

    def assign(self, partitions: Sequence[TopicPartition]) -> None:
        self.sought.clear()

    def seek(self, tp: TopicPartition, position: int) -> None:
        self.sought[tp] = position

    async def getmany(self, tp: TopicPartition, timeout_ms: int, max_records: int) -> Mapping[TopicPartition, list[Rec]]:
        return {tp: [Rec((SYSTEM_CLOCK.now().timestamp() - AGE_S) * 1000)]}


@dataclass
class Worked:
    """A worker with one partition of raw and one of resolved, both at position 100, and links folded up to `epoch`."""

    telemetry: Telemetry = field(default_factory=Telemetry)
    replica: Any = field(default_factory=lambda: SimpleNamespace(epoch=9))
    worker: Any = field(
        default_factory=lambda: SimpleNamespace(
            raw={2: SimpleNamespace(position=100)}, resolved={3: SimpleNamespace(position=100)}, stopped=frozenset()
        )
    )
    assigned: Sequence[TopicPartition] = (RAW, RESOLVED)

    def monitor(self, stuck_after_s: float = 60.0) -> Monitor:
        shared: Any = SimpleNamespace(topics=TOPICS, replica=self.replica, telemetry=self.telemetry)
        return Monitor(shared, self.worker, WorkerSettings(worker_stuck_after_s=stuck_after_s))


def as_consumer(broker: Broker) -> AIOKafkaConsumer:
    """As far as it is used."""
    return cast(AIOKafkaConsumer, broker)


def verdicts(monitor: Monitor) -> dict[str, str]:
    return {finding.name: finding.verdict for finding in monitor.findings}


async def test_lag_is_the_brokers_end_less_the_stores_position_and_the_age_of_the_first_record_that_is_not_done() -> None:
    worked, broker = Worked(), Broker({RAW: 107, RESOLVED: 100, LINKS: 10})
    await worked.monitor().look(as_consumer(broker), worked.assigned)
    told = worked.telemetry
    assert told.value("tracker_lag_records", step="admit", partition="2") == 7
    assert told.value("tracker_lag_seconds", step="admit", partition="2") == pytest.approx(AGE_S, abs=1)
    assert told.value("tracker_lag_records", step="stitch", partition="3") == 0
    assert told.value("tracker_lag_seconds", step="stitch", partition="3") == 0
    assert broker.sought == {RAW: 100}
    assert told.value("tracker_ready") == 1


async def test_a_worker_without_partitions_or_with_unfolded_links_is_not_ready() -> None:
    worked, broker = Worked(), Broker({RAW: 100, RESOLVED: 100, LINKS: 30})
    monitor = worked.monitor()
    await monitor.look(as_consumer(broker), worked.assigned)
    assert verdicts(monitor) == {"kafka": "ok", "partitions": "ok", "who is who": "ok"}
    await monitor.look(as_consumer(broker), ())
    assert verdicts(monitor) == {"kafka": "ok", "partitions": "failed", "who is who": "failed"}
    worked.replica.epoch = 29
    await monitor.look(as_consumer(broker), worked.assigned)
    assert set(verdicts(monitor).values()) == {"ok"}


async def test_a_partition_that_stands_still_under_lag_ends_the_worker() -> None:
    worked, broker = Worked(), Broker({RAW: 107, RESOLVED: 100, LINKS: 10})
    monitor = worked.monitor(stuck_after_s=0.02)
    while not monitor.stuck.is_set():
        await monitor.look(as_consumer(broker), worked.assigned)
    assert monitor.progress.verdict == "failed"
    assert "admit of partition 2" in monitor.progress.found


async def test_while_kafka_is_away_nothing_stands_still_and_the_worker_is_not_ready() -> None:
    worked, broker = Worked(), Broker({RAW: 107, RESOLVED: 100, LINKS: 10}, is_away=True)
    monitor = worked.monitor(stuck_after_s=1e-9)
    for _ in range(3):
        await monitor.look(as_consumer(broker), worked.assigned)
    assert not monitor.stuck.is_set()
    assert verdicts(monitor)["kafka"] == "failed"
    assert worked.telemetry.value("tracker_service_answers", service="kafka") == 0


async def test_a_partition_that_was_stopped_on_purpose_is_told_and_restarts_nobody() -> None:
    worked, broker = Worked(), Broker({RAW: 107, RESOLVED: 100, LINKS: 10})
    worked.worker.stopped = frozenset({2})
    monitor = worked.monitor(stuck_after_s=1e-9)
    for _ in range(3):
        await monitor.look(as_consumer(broker), worked.assigned)
    assert not monitor.stuck.is_set()
    assert verdicts(monitor)["stopped"] == "failed"
    assert worked.telemetry.value("tracker_stopped_partitions") == 1


async def test_an_event_loop_that_does_not_answer_is_seen_and_one_that_answers_again_is_forgiven() -> None:
    shared: Any = SimpleNamespace(telemetry=Telemetry())
    watch = Watch(WorkerSettings(worker_stuck_after_s=60), shared, asyncio.get_running_loop())
    watch.close()
    watch.tick(30)
    watch.tick(30)
    watch.tick(30)
    assert watch.loop_hung_s == 60
    assert {finding.verdict for finding in watch.healthz().findings} == {"failed"}
    await asyncio.sleep(0)
    watch.tick(30)
    assert watch.loop_hung_s == 0
    assert watch.healthz().is_well
    assert [finding.name for finding in watch.readyz().findings] == ["start"]


@pytest.mark.enable_socket
def test_a_port_that_is_taken_is_named_and_port_0_serves_nothing() -> None:
    registry = Telemetry().registry
    assert serve("127.0.0.1", 0, {}, registry) is None
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ConfigurationError) as refused:
        serve("127.0.0.1", taken.getsockname()[1], {}, registry)
    assert refused.value.setting == "TRACKER_WORKER_HEALTH_PORT"
