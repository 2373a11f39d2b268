"""Where the partitions of a new assignment go on, with their stores open: of a lost disk saved copies come first, which takes as long as
they are large.

Faust waits 90 s for positions, then its recovery ends without a word and no record flows any more. So what is not there within 30 s comes
late: its records are left out meanwhile (`Worker.coming`), and read again from the store's position once that is known.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from streams.opening import Stores
from streams.worker import RETRY_S, Seek, Worker

log = structlog.get_logger()
WITHIN_S = 30.0
Key = tuple[str, int]


class Broker(Protocol):
    """What is asked of Kafka."""

    async def end_offsets(self, partitions: Any) -> Mapping[Any, int]:
        """The next offset of each partition."""
        ...


class Placing:
    """One a worker. Stores are opened in threads, each once, whoever waits for it or gives up."""

    def __init__(self, worker: Worker, stores: Stores, broker: Broker, seek: Seek, within_s: float = WITHIN_S) -> None:
        self._worker, self._stores, self._broker, self._seek, self._within_s = worker, stores, broker, seek, within_s
        self._opening: dict[Key, asyncio.Future[Any]] = {}
        self._late: dict[Key, asyncio.Task[None]] = {}

    async def positions(self, assigned: set[Any]) -> dict[Any, int]:
        """Of the partitions whose stores are open in time."""
        opening = {tp: self._opened(tp.topic, tp.partition) for tp in assigned}
        if opening:
            await asyncio.wait(opening.values(), timeout=self._within_s)
        for tp in (tp for tp in assigned if not opening[tp].done()):
            self._worker.coming.add((tp.topic, tp.partition))
            if (tp.topic, tp.partition) not in self._late:
                self._late[tp.topic, tp.partition] = asyncio.create_task(self._place_late(tp), name="placing")
        return await self._placed([tp for tp in assigned if opening[tp].done()])

    def _opened(self, topic: str, partition: int) -> "asyncio.Future[Any]":
        if (topic, partition) not in self._opening:
            opening = asyncio.to_thread(self._stores.open, topic, partition)
            self._opening[topic, partition] = asyncio.ensure_future(opening)
        return self._opening[topic, partition]

    async def _placed(self, assigned: list[Any]) -> dict[Any, int]:
        """The ends are asked for last: a copy may be newer than an answer that came before it."""
        for tp in assigned:
            await self._opened(tp.topic, tp.partition)
        ends = await self._broker.end_offsets([TopicPartition(tp.topic, tp.partition) for tp in assigned]) if assigned else {}
        return self._worker.positions(assigned, {tp: ends[TopicPartition(tp.topic, tp.partition)] for tp in assigned})

    async def _place_late(self, tp: Any) -> None:
        """Whatever is left out is left out before the partition counts as there, so it is read again."""
        key = tp.topic, tp.partition
        try:
            await asyncio.wait([self._opened(*key)])
            position = await self._patiently_placed(tp)
            self._worker.coming.discard(key)
            await self._seek(*key, position)
            log.info("store_came_late", topic=tp.topic, partition=tp.partition, position=position)
        except Exception:  # a defect, or a setting that cannot be: told whole, then the process ends
            log.critical("placing_failed", topic=tp.topic, partition=tp.partition, exc_info=True)
            self._worker.failed.set()

    async def _patiently_placed(self, tp: Any) -> int:
        while True:
            try:
                return (await self._placed([tp]))[tp]
            except KafkaError as why:
                log.warning("kafka_refused", error=type(why).__name__, topic=tp.topic, retry_s=RETRY_S)
                await asyncio.sleep(RETRY_S)
