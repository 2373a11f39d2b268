"""A worker: its stores, its replica, and what the agents hand to each partition."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiokafka.errors import KafkaError

from schemas.errors import ConfigurationError
from schemas.ledger import StoreProgress, encode_ledger
from schemas.rules import Rules
from streams.admitting import Admitter, Range, RawPartition, Shared
from streams.core.continuity import Continuity
from streams.core.rulebook import rulebook_from
from streams.opening import Stores
from streams.outbox import Message
from streams.stitching import ResolvedPartition

log = structlog.get_logger()
CONTROL_EVERY_S, CONTROL_PAUSE_S = 0.5, 0.05
"""Longest and shortest time between two looks for epochs to tell."""
PUBLISH_EVERY_S = 1.0
RETRY_S, RETRY_MOST_S = 0.5, 10.0
Partition = RawPartition | ResolvedPartition
Seek = Callable[[str, int, int], Awaitable[None]]


class Worker:
    """Chunks come in by `admit` and `stitch`. A partition that moved away keeps its store for its return."""

    def __init__(self, shared: Shared, stores: Stores, rules: Rules) -> None:
        self._shared, self._stores = shared, stores
        self._rulebook = rulebook_from(rules)
        self.admitter = Admitter(shared)
        self.raw: dict[int, RawPartition] = {}
        self.resolved: dict[int, ResolvedPartition] = {}
        self.failed = asyncio.Event()
        self.stopped: frozenset[int] = frozenset()
        """Partitions of raw that stand still on purpose, with a loud reason: health tells them, and no restart would mend them."""
        self.admitter.rejects.on_change = self._stand
        self._seek: Seek | None = None
        self.coming: set[tuple[str, int]] = set()
        """Topic and partition of stores that are not open yet although records flow"""
        self._continuity: dict[tuple[str, int], Continuity[Any]] = defaultdict(Continuity)

    def partition_of(self, topic: str, partition: int) -> Partition:
        """The worker's side of a partition, its store open."""
        if topic == self._shared.topics.raw:
            if partition not in self.raw:
                self.raw[partition] = RawPartition(partition, self._stores.open(topic, partition), self._shared.gate, self._shared.replica)
            return self.raw[partition]
        if partition not in self.resolved:
            store = self._stores.open(topic, partition)
            self.resolved[partition] = ResolvedPartition(partition, store, self._shared, self._rulebook)
        return self.resolved[partition]

    def leave(self) -> None:
        """The worker ends: copies that are on their way are let go of, so that nobody waits for them."""
        self._stores.halt()

    def positions(self, assigned: Iterable[Any], ends: Mapping[Any, int]) -> dict[Any, int]:
        """Where each assigned partition goes on. A store beyond the end of its topic belongs to another topic of that name: thrown away.

        ConfigurationError where a store knows epochs that `identity.links` does not have: nobody could ever judge as of them.
        """
        found: dict[Any, int] = {}
        for tp in assigned:
            side = self.partition_of(tp.topic, tp.partition)
            if side.position > ends.get(tp, side.position):
                log.warning("store_thrown_away", topic=tp.topic, partition=tp.partition, position=side.position, end=ends[tp])
                side.store.start_over()
            if side.store.progress.epoch > self._shared.replica.epoch:
                remedy = "identity.links was lost or made anew: begin a new generation, which reads all of raw again"
                message = f"{tp.topic}, partition {tp.partition}: what it holds was judged by links that are not there"
                raise ConfigurationError(message, setting="TRACKER_GENERATION", remedy=remedy)
            found[tp] = side.position
        return found

    async def admit(self, chunks: Sequence[Sequence[Any]], seek: Seek) -> None:
        """Chunks of raw as Faust brings them, of any partitions."""
        await self._or_end(self._admit(chunks, seek), chunks[0][0])

    async def _admit(self, chunks: Sequence[Sequence[Any]], seek: Seek) -> None:
        ranges: list[Range] = []
        self._seek = seek
        for partition, mine in _by_partition(chunks).items():
            if partition in self.stopped or (self._shared.topics.raw, partition) in self.coming:
                continue  # read again from the store's position when it goes on
            side = self.partition_of(self._shared.topics.raw, partition)
            fresh = await self._following(side, self._shared.topics.raw, mine, seek)
            if fresh and isinstance(side, RawPartition):
                ranges.append(Range(side, fresh, side.position, fresh[-1].offset))
        if ranges:
            await self._patiently(lambda: self.admitter.take(ranges), ranges[0].records[0])

    async def accept_rejects(self, partition: int, until: int) -> None:
        """Somebody looked at the rejects of a partition of raw below this offset."""
        if self.admitter.rejects.accept(partition, until):
            await self._go_on(partition)

    async def cover(self, partition: int, until: int) -> None:
        """The ledger tells of all offsets of a partition of raw below this one."""
        if self.admitter.rejects.cover(partition, until):
            await self._go_on(partition)

    async def _go_on(self, partition: int) -> None:
        if self._seek is not None:
            await self._seek(self._shared.topics.raw, partition, self.partition_of(self._shared.topics.raw, partition).position)

    def _stand(self, stopped: frozenset[int]) -> None:
        self.stopped = stopped

    async def stitch(self, chunks: Sequence[Sequence[Any]], seek: Seek) -> None:
        """Chunks of frames as Faust brings them: the partitions wait for their acknowledgements at the same time."""
        together = asyncio.gather(*(self._stitch(partition, mine, seek) for partition, mine in _by_partition(chunks).items()))
        await self._or_end(together, chunks[0][0])

    async def _stitch(self, partition: int, chunks: Sequence[Sequence[Any]], seek: Seek) -> None:
        if (self._shared.topics.resolved, partition) in self.coming:
            return  # read again from the store's position when it is there
        side = self.partition_of(self._shared.topics.resolved, partition)
        fresh = await self._following(side, self._shared.topics.resolved, chunks, seek)
        if fresh and isinstance(side, ResolvedPartition):
            await self._patiently(lambda: side.take(fresh), fresh[0])

    async def _following(self, side: Partition, topic: str, chunks: Sequence[Sequence[Any]], seek: Seek) -> list[Any]:
        """What was read before is left out; what does not follow on the position is refused, and read again from where the gap begins."""
        fresh, again = self._continuity[topic, side.partition].following(side.position, chunks)
        if again is not None:
            self._shared.telemetry.refused(topic)
            await seek(topic, side.partition, again)
        return fresh

    async def _patiently(self, take: Callable[[], Awaitable[None]], first: Any) -> None:
        """Tries until Kafka takes the effects; repeating them does no harm."""
        wait_s = RETRY_S
        while True:
            try:
                await self._or_end(take(), first)
                return
            except KafkaError as why:
                log.warning("kafka_refused", error=type(why).__name__, topic=first.topic, retry_s=wait_s)
                with self._shared.telemetry.waiting("kafka"):
                    await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, RETRY_MOST_S)

    async def _or_end(self, step: Awaitable[Any], first: Any) -> None:
        """What fails otherwise than by Kafka is a defect: stop rather than skip, for Faust would begin the agent anew behind the chunk."""
        try:
            await step
        except KafkaError:
            raise
        except Exception:  # a defect of ours: told whole, then the process ends
            log.critical("chunk_failed", topic=first.topic, partition=first.partition, first=first.offset, exc_info=True)
            self.failed.set()
            await asyncio.Event().wait()  # the chunk is never let go of

    async def _publish(self, partition: int, published: dict[int, tuple[StoreProgress, float]]) -> None:
        """Says how far the store is, for `tracker drain`; the ledger is kept for ever, so not too often."""
        now, side = asyncio.get_running_loop().time(), self.resolved[partition]
        progress, due = side.store.progress, side.next_due
        record = StoreProgress(
            resolved_partition=partition,
            position=progress.position,
            controlled=progress.controlled,
            next_due=-1 if due is None else due,
            written_by=self._shared.worker_id,
        )
        told, when = published.get(partition, (None, -PUBLISH_EVERY_S))
        if told != record and now - when >= PUBLISH_EVERY_S:
            await self._shared.outbox.send([Message(self._shared.topics.ledger, encode_ledger(record), partition)])
            published[partition] = record, now

    async def tell_controls(self, assigned: Callable[[], Iterable[Any]]) -> None:
        """For ever: each assigned partition of resolved is told what the epochs changed."""
        told = -2
        published: dict[int, tuple[StoreProgress, float]] = {}
        while True:
            try:
                epoch = self._shared.replica.epoch
                for tp in assigned():
                    if tp.topic == self._shared.topics.resolved and tp.partition in self.resolved:
                        await self.resolved[tp.partition].control()
                        await self._publish(tp.partition, published)
                told = epoch
                self._shared.telemetry.folded(epoch)
            except KafkaError as why:
                log.warning("kafka_refused", error=type(why).__name__, retry_s=RETRY_S)
                await asyncio.sleep(RETRY_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(CONTROL_EVERY_S):  # wait_for of Python 3.11 loses a cancellation that comes with the result
                    await self._shared.replica.moved_beyond(told)
            await asyncio.sleep(CONTROL_PAUSE_S)


def _by_partition(chunks: Sequence[Sequence[Any]]) -> dict[int, list[Sequence[Any]]]:
    together: dict[int, list[Sequence[Any]]] = {}
    for records in chunks:
        together.setdefault(records[0].partition, []).append(records)
    return together
