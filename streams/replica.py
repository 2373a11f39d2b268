"""The worker's replica of who is who: folds `identity.links` by itself, with a consumer of its own and no group.

Through Faust it could deadlock with a stitch that waits for it. Everything runs in the worker's one event loop, so readers between two
awaits see one state.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.facts import Control, partition_of
from schemas.links import LinkEntry, decode_links
from schemas.metrics import Step
from streams.core.identity.fold import Fold
from streams.core.identity.policy import Policy
from streams.core.observations import is_known
from streams.graph_store import DiskGraph
from streams.stores import PartitionStore, Progress

log = structlog.get_logger()
FLUSH_FRAMES = 500
Timed = Callable[[Step], AbstractContextManager[None]]
SLICE = 50
"""Frames folded before others get a turn."""


class Replica:
    """`epoch` is the last one folded; ask `who` only about epochs up to it."""

    def __init__(
        self, store: PartitionStore, policy: Policy, partitions: int, most_nodes: int, timed: Timed = lambda step: nullcontext()
    ) -> None:
        self._store, self._partitions, self._timed = store, partitions, timed
        self.graph = DiskGraph(store, most_nodes)
        self.fold = Fold(policy, self.graph)
        self.who = self.fold.who
        self.epoch = store.progress.position - 1
        self._moved = asyncio.Condition()
        self._unflushed = 0
        self._is_torn = False

    @property
    def store(self) -> PartitionStore:
        """Behind what is folded until `flush`."""
        return self._store

    async def run(self, consumer: AIOKafkaConsumer, topic: str) -> None:
        """Folds for ever; `consumer` is started and has no group."""
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        consumer.seek(partition, self.epoch + 1)
        while True:
            batches = await consumer.getmany(partition, timeout_ms=500, max_records=1_000)
            records = batches.get(partition, [])
            for n in range(0, len(records), SLICE):
                await self._fold(records[n : n + SLICE])
            if self._unflushed >= FLUSH_FRAMES or (self._unflushed and not records):
                self.flush()
            self.graph.evict()

    async def _fold(self, records: list[Any]) -> None:
        with self._timed("unify"):
            for record in records:
                self._is_torn = True
                self._take(record.offset, decode_links(record.value).entries, record.timestamp)
                self._is_torn = False
        async with self._moved:
            self._moved.notify_all()
        await asyncio.sleep(0)

    def _take(self, epoch: int, entries: list[LinkEntry], known_at: int) -> None:
        by_partition: dict[int, list[Control]] = defaultdict(list)
        for control in self.fold.apply(epoch, entries, known_at):
            by_partition[partition_of(control.customer, self._partitions)].append(control)
        for partition, controls in by_partition.items():
            self.graph.add_controls(partition, epoch, controls)
        self.epoch = epoch
        self._unflushed += 1

    async def reached(self, epoch: int) -> None:
        """Waits until the fold is as far as `epoch`."""
        if self.epoch >= epoch:
            return
        async with self._moved:
            await self._moved.wait_for(lambda: self.epoch >= epoch)

    async def moved_beyond(self, epoch: int) -> None:
        """Waits until the fold is farther than `epoch`."""
        await self.reached(epoch + 1)

    def knows(self, entry: LinkEntry) -> bool:
        """Whether the log told it before, so that it need not be sent again."""
        return is_known(entry, self.graph, self.who.policy)

    def start_over(self) -> None:
        """The store belongs to another log: it is thrown away, and all is folded again."""
        self._store.start_over()
        self.graph.forget()
        self.epoch = -1

    def flush(self) -> None:
        """Writes what was folded, with the position; nothing where a frame broke off in the middle: it is folded again, and whole."""
        if self._unflushed and not self._is_torn:
            self.graph.flush(Progress(self._store.progress.purpose, self.epoch + 1, self.epoch))
            self._unflushed = 0
