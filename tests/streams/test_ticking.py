"""Who writes the time into a partition's log, when, and how much of it counts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from schemas.facts import decode_resolved
from schemas.topics import topic_names
from streams.core.alerts.desk import QUEUE, TIME
from streams.outbox import Message
from streams.settings import WorkerSettings
from streams.stitching import ResolvedPartition, frame_of
from streams.stores import PartitionStore, Progress, Purpose, shared_cache
from streams.ticking import Ticker
from tests.builders import HOUR, T0, a_rulebook

TOPICS = topic_names()
RAW, RESOLVED = TopicPartition(TOPICS.raw, 0), TopicPartition(TOPICS.resolved, 0)
NOW = datetime.fromtimestamp(T0 / 1000, UTC)


@dataclass
class Kafka:
    """A broker and an outbox in one: ends of partitions, and what was sent."""

    ends: dict[Any, int]
    sent: list[Message] = field(default_factory=list)

    async def end_offsets(self, partitions: Any) -> Mapping[Any, int]:
        return {tp: self.ends[tp] for tp in partitions}

    async def send(self, messages: list[Message]) -> list[int]:
        self.sent += messages
        return [0] * len(messages)


@dataclass
class Owner:
    """A worker with one partition of raw, taken in up to 10, and one of resolved, taken in up to 5."""

    store: PartitionStore
    kafka: Kafka
    now: datetime = NOW

    async def look(self, delay_s: float = 2.0) -> list[int]:
        """The times of the ticks that it writes."""
        shared: Any = SimpleNamespace(topics=TOPICS, outbox=self.kafka)
        worker: Any = SimpleNamespace(
            resolved={0: ResolvedPartition(0, self.store, shared, a_rulebook())}, raw={0: SimpleNamespace(position=10)}
        )
        clock: Any = SimpleNamespace(now=lambda: self.now)
        await Ticker(shared, worker, self.kafka, clock, WorkerSettings(worker_tick_delay_s=delay_s)).look([RAW, RESOLVED])
        return [decode_resolved(message.value).tick for message in self.kafka.sent]


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    store = PartitionStore(tmp_path, Purpose("resolved", "id", 0, 1, "1"), shared_cache(8))
    yield Owner(store, Kafka({RAW: 10, RESOLVED: 5}))
    store.close()


def waits(owner: Owner, at: int) -> None:
    owner.store.write({QUEUE + at.to_bytes(8, "big") + b"c" * 16 + b"group": b""}, Progress(owner.store.progress.purpose, 5))


async def test_where_nothing_waits_for_the_time_no_tick_is_written(owner: Owner) -> None:
    assert await owner.look() == []


async def test_what_is_due_gets_a_tick_of_now_less_the_delay(owner: Owner) -> None:
    waits(owner, T0 - HOUR)
    assert await owner.look() == [T0 - 2_000]
    assert [(m.topic, m.partition) for m in owner.kafka.sent] == [(TOPICS.resolved, 0)]


async def test_what_is_due_within_the_delay_waits_for_what_may_be_on_its_way(owner: Owner) -> None:
    waits(owner, T0 - 1_000)
    assert await owner.look() == []
    assert await owner.look(delay_s=0.5) == [T0 - 500]


@pytest.mark.parametrize("behind", [RAW, RESOLVED])
async def test_no_tick_while_the_partition_lags(owner: Owner, behind: TopicPartition) -> None:
    waits(owner, T0 - HOUR)
    owner.kafka.ends[behind] += 1
    assert await owner.look() == []


async def test_what_waits_before_the_partitions_time_is_found_as_well(owner: Owner) -> None:
    """A worker whose clock was set back: the partition's time is ahead of it, and what waits there waits on."""
    owner.store.write({TIME: (T0 + HOUR).to_bytes(8, "big")}, owner.store.progress)
    waits(owner, T0 + HOUR)
    assert await owner.look() == []
    owner.now = NOW + timedelta(hours=2)
    assert await owner.look() == [T0 + 2 * HOUR - 2_000]


async def test_of_a_clock_that_runs_ahead_only_kafkas_own_time_counts(owner: Owner) -> None:
    owner.now = NOW + timedelta(hours=1)
    waits(owner, T0)
    await owner.look()
    (message,) = owner.kafka.sent
    assert frame_of(SimpleNamespace(value=message.value, timestamp=T0)).tick == T0
    assert frame_of(SimpleNamespace(value=message.value, timestamp=T0 + 9 * HOUR)).tick == T0 + HOUR - 2_000
