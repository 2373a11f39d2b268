"""The auditor: joins the ledger into intervals; a range below a covered one that stays missing is read again from raw and repaired.

It reads with consumers of its own. What it reads goes through the same steps as everything else, outside Faust. It repairs on the
worker that has the partition, whose store remembers the event ids.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.ledger import LedgerRecord, decode_ledger
from streams.admitting import Range, RawPartition, Shared
from streams.core.coverage import Coverage
from streams.outbox import new_consumer
from streams.settings import WorkerSettings
from streams.worker import Worker

log = structlog.get_logger()
LOOK_EVERY_S = 5.0


class Auditor:
    """One a worker; each repairs holes of the partitions that its worker has."""

    def __init__(self, shared: Shared, worker: Worker, settings: WorkerSettings) -> None:
        self._shared, self._worker, self._settings = shared, worker, settings
        self.coverage: dict[int, Coverage] = defaultdict(Coverage)
        self._since: dict[tuple[int, int, int], float] = {}

    async def run(self, assigned: Callable[[], Iterable[Any]]) -> None:
        """For ever."""
        ledger = new_consumer(self._settings.kafka, f"{self._settings.worker_id}-audit")
        await ledger.start()
        try:
            partitions = [TopicPartition(self._shared.topics.ledger, p) for p in range(self._shared.partitions)]
            ledger.assign(partitions)
            await ledger.seek_to_beginning(*partitions)
            while True:
                await self._read(ledger)
                mine = [tp.partition for tp in assigned() if tp.topic == self._shared.topics.raw]
                try:
                    await self._look(mine)
                except KafkaError as why:
                    log.warning("audit_waits", error=type(why).__name__)
        finally:
            await ledger.stop()

    async def _read(self, ledger: AIOKafkaConsumer) -> None:
        """Takes in what came; returns after a quiet while."""
        deadline = asyncio.get_running_loop().time() + LOOK_EVERY_S
        while asyncio.get_running_loop().time() < deadline:
            batches = await ledger.getmany(timeout_ms=1_000)
            for records in batches.values():
                for record in records:
                    told = decode_ledger(record.value)
                    if isinstance(told, LedgerRecord):
                        self.coverage[told.raw_partition].add(told.first, told.last)

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

    async def _repair(self, partition: int, first: int, last: int) -> None:
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
            records: list[Any] = []
            while not records or records[-1].offset < last:
                batch = (await consumer.getmany(tp, timeout_ms=5_000)).get(tp, [])
                if not batch:
                    break
                records += [record for record in batch if record.offset <= last]
                if batch[-1].offset > last:
                    break
            side = self._worker.partition_of(self._shared.topics.raw, partition)
            assert isinstance(side, RawPartition)
            await self._worker.admitter.take([Range(side, records, first, last, is_repair=True)])
            self._shared.telemetry.repaired()
            log.warning("hole_repaired", partition=partition, first=first, last=last, records=len(records))
        finally:
            await consumer.stop()
