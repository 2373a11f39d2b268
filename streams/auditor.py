"""The auditor: joins the ledger into intervals; a range below a covered one that stays missing is read again from raw and repaired, and
one that `tracker reconcile --repair` asks for is said again.

It reads with consumers of its own. What it reads goes through the same steps as everything else, outside Faust. It repairs on the
worker that has the partition, whose store remembers the event ids.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, Protocol

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.ledger import LedgerRecord, RejectsAccepted, RepairDone, RepairRequest, Told, decode_ledger
from streams.admitting import Range, RawPartition, Shared
from streams.core.coverage import Coverage
from streams.outbox import new_consumer
from streams.settings import WorkerSettings
from streams.worker import Worker

log = structlog.get_logger()
LOOK_EVERY_S = 5.0
READ_RECORDS, READ_WAIT_MS = 2_000, 5_000
"""Records that are repaired at once, and how long Kafka may take to bring them."""


class Auditor:
    """One a worker; each repairs holes of the partitions that its worker has."""

    def __init__(self, shared: Shared, worker: Worker, settings: WorkerSettings) -> None:
        self._shared, self._worker, self._settings = shared, worker, settings
        self.coverage: dict[int, Coverage] = defaultdict(Coverage)
        self._asked: dict[RepairRequest, None] = {}
        self._since: dict[tuple[int, int, int], float] = {}
        self._assigned: Callable[[], Iterable[Any]] = tuple

    async def run(self, assigned: Callable[[], Iterable[Any]]) -> None:
        """For ever."""
        self._assigned = assigned
        ledger = new_consumer(self._settings.kafka, f"{self._settings.worker_id}-audit")
        await ledger.start()
        try:
            partitions = [TopicPartition(self._shared.topics.ledger, p) for p in range(self._shared.partitions)]
            ledger.assign(partitions)
            await ledger.seek_to_beginning(*partitions)
            while True:
                await self._read(ledger)
                try:
                    await self._answer()
                    await self._look(self._mine())
                except KafkaError as why:
                    log.warning("audit_waits", error=type(why).__name__)
        finally:
            await ledger.stop()

    def _mine(self) -> list[int]:
        """The partitions of raw that the worker has now, and whose stores are open: that may take long where a saved copy comes first."""
        raw, opened = self._shared.topics.raw, self._worker.raw
        return [tp.partition for tp in self._assigned() if tp.topic == raw and tp.partition in opened]

    async def _read(self, ledger: AIOKafkaConsumer) -> None:
        """Takes in what came; returns after a quiet while."""
        deadline = asyncio.get_running_loop().time() + LOOK_EVERY_S
        while asyncio.get_running_loop().time() < deadline:
            batches = await ledger.getmany(timeout_ms=1_000)
            for records in batches.values():
                for record in records:
                    await self._take(decode_ledger(record.value))

    async def _take(self, told: Told) -> None:
        if isinstance(told, LedgerRecord):
            self.coverage[told.raw_partition].add(told.first, told.last)
        elif isinstance(told, RepairRequest):
            self._asked[told] = None
        elif isinstance(told, RepairDone):
            self._asked.pop(RepairRequest(raw_partition=told.raw_partition, first=told.first, last=told.last), None)
        elif isinstance(told, RejectsAccepted):
            await self._worker.accept_rejects(told.raw_partition, told.until)

    async def _answer(self) -> None:
        """Says again what was asked for, of the partitions that the worker has; the request itself ends it, whoever answered."""
        for partition in self._mine():
            await self._worker.cover(partition, self.coverage[partition].end(0))
        for asked in [asked for asked in self._asked if asked.raw_partition in self._mine()]:
            side = self._worker.partition_of(self._shared.topics.raw, asked.raw_partition)
            await self._repair(asked.raw_partition, asked.first, min(asked.last, side.position - 1), says_again=True)
            if asked.raw_partition in self._mine():
                done = RepairDone(**asked.model_dump(exclude={"kind"}), written_by=self._settings.worker_id)
                await self._worker.admitter.answer(done, asked.raw_partition)
                del self._asked[asked]

    async def _look(self, mine: Iterable[int]) -> None:
        now = asyncio.get_running_loop().time()
        found: dict[tuple[int, int, int], float] = {}
        for partition in mine:
            for first, last in self.coverage[partition].holes(0):
                key = (partition, first, last)
                found[key] = self._since.get(key, now)
                if now - found[key] >= self._settings.worker_hole_after_s:
                    await self._repair(partition, first, last)
        self._since = found
        self._shared.telemetry.holes(len(found), max((now - since for since in found.values()), default=0.0))

    async def _repair(self, partition: int, first: int, last: int, says_again: bool = False) -> None:
        """Reads the range again and takes it through admit and resolve; what the log no longer has is told as absent, loudly."""
        consumer = new_consumer(self._settings.kafka, f"{self._settings.worker_id}-repair")
        await consumer.start()
        try:
            tp = TopicPartition(self._shared.topics.raw, partition)
            consumer.assign([tp])
            begin = (await consumer.beginning_offsets([tp]))[tp]
            if begin > first:
                log.error("hole_below_the_log", partition=partition, first=first, last=min(last, begin - 1))
            consumer.seek(tp, max(first, begin))
            async for records, begins, ends in read_again(consumer, tp, first, last):
                if partition not in self._mine():
                    return  # its new owner's store knows what came since, so the new owner repairs it
                side = self._worker.partition_of(self._shared.topics.raw, partition)
                assert isinstance(side, RawPartition)
                await self._worker.admitter.take([Range(side, records, begins, ends, is_repair=True, says_again=says_again)])
                self._shared.telemetry.repaired()
                log.warning("hole_repaired", partition=partition, first=begins, last=ends, records=len(records))
        finally:
            await consumer.stop()


class Rereading(Protocol):
    """What `read_again` needs of a consumer that stands where it is to begin."""

    async def getmany(self, *partitions: Any, timeout_ms: int, max_records: int) -> Mapping[Any, list[Any]]: ...

    async def position(self, partition: Any) -> int: ...


async def read_again(consumer: Rereading, tp: Any, first: int, last: int) -> AsyncIterator[tuple[list[Any], int, int]]:
    """Pieces of a range as (records, first offset, last offset) that follow on each other; an offset without a record is one that Kafka
    does not have. Ends early where Kafka brings nothing: what is left stays a hole, to be looked at again.
    """
    while first <= last:
        batch = (await consumer.getmany(tp, timeout_ms=READ_WAIT_MS, max_records=READ_RECORDS)).get(tp, [])
        reached = min(last, await consumer.position(tp) - 1)
        if reached < first:
            log.warning("hole_waits", partition=tp.partition, first=first, last=last)
            return
        yield [record for record in batch if record.offset <= last], first, reached
        first = reached + 1
