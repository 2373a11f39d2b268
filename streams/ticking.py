"""Ticks: the owner of a partition of `touchpoints.resolved` writes the time into its log, so that clocks end there and nowhere else.

Only where something waits for the time, and only while nothing lags: what was received before the tick must lie before it. A tick is the
worker's clock less TRACKER_WORKER_TICK_DELAY_S; whoever reads it takes no more of it than the time at which Kafka appended it
(`streams.stitching`), so a worker whose clock runs ahead fires nothing early. Ticks of two owners at once, of one that was stopped and woke
up, and of a clock that was set back do no harm: the partition's time is the greatest so far.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, Protocol

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from schemas.facts import ResolvedFrame, encode_resolved
from streams.admitting import Shared
from streams.clock import EPOCH, Clock
from streams.outbox import Message
from streams.settings import WorkerSettings
from streams.stitching import ResolvedPartition
from streams.worker import Worker

log = structlog.get_logger()
NO_EPOCH = -1


class Broker(Protocol):
    """What a tick asks of Kafka."""

    async def end_offsets(self, partitions: Any) -> Mapping[Any, int]:
        """The next offset of each partition."""
        ...


class Ticker:
    """One a worker."""

    def __init__(self, shared: Shared, worker: Worker, broker: Broker, clock: Clock, settings: WorkerSettings) -> None:
        self._shared, self._worker, self._broker, self._clock = shared, worker, broker, clock
        self._every_s, self._delay = settings.worker_tick_s, timedelta(seconds=settings.worker_tick_delay_s)

    async def run(self, assigned: Callable[[], Iterable[Any]]) -> None:
        """For ever."""
        while True:
            try:
                await self.look(list(assigned()))
            except KafkaError as why:
                log.warning("tick_waits", error=type(why).__name__, retry_s=self._every_s)
            await asyncio.sleep(self._every_s)

    async def look(self, assigned: Iterable[Any]) -> int:
        """Writes a tick wherever something is due and nothing lags; how many."""
        time = (self._clock.now() - self._delay - EPOCH) // timedelta(milliseconds=1)
        due = [side for side in self._resolved(assigned) if (at := side.next_due) is not None and at <= time]
        ready = await self._without_lag(due, self._raw(assigned)) if due else []
        tick = encode_resolved(ResolvedFrame(NO_EPOCH, [], [], [], [], time))
        if ready:
            await self._shared.outbox.send([Message(self._shared.topics.resolved, tick, side.partition) for side in ready])
        return len(ready)

    def _resolved(self, assigned: Iterable[Any]) -> list[ResolvedPartition]:
        known, topic = self._worker.resolved, self._shared.topics.resolved
        return [known[tp.partition] for tp in assigned if tp.topic == topic and tp.partition in known]

    def _raw(self, assigned: Iterable[Any]) -> dict[TopicPartition, int]:
        known, topic = self._worker.raw, self._shared.topics.raw
        mine = [tp.partition for tp in assigned if tp.topic == topic and tp.partition in known]
        return {TopicPartition(topic, p): known[p].position for p in mine}

    async def _without_lag(self, sides: list[ResolvedPartition], raw: dict[TopicPartition, int]) -> list[ResolvedPartition]:
        """The partitions whose records were all taken in; none while the worker has events that are not admitted."""
        at = {TopicPartition(self._shared.topics.resolved, side.partition): side for side in sides}
        ends = await self._broker.end_offsets([*at, *raw])
        if any(ends[tp] > position for tp, position in raw.items()):
            return []
        return [side for tp, side in at.items() if ends[tp] <= side.position]
