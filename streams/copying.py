"""Saves a copy of each store of the worker every so often. Only the checkpoint, some milliseconds, is made in the event loop."""

import asyncio
import shutil
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import structlog

from schemas.metrics import Step
from streams.admitting import Shared
from streams.clock import EPOCH, MICROSECOND, Clock
from streams.copies import Copies, is_due
from streams.copy_files import Copy, Halted
from streams.settings import WorkerSettings
from streams.stores import PartitionStore
from streams.worker import Worker

log = structlog.get_logger()
LOOKS = 10
"""Looks for what is due, in the time between two copies."""
Saved = tuple[Step, PartitionStore]


class Copier:
    """One a worker. Whatever goes wrong with copies is told and counted, and tried again at the next look: the log has it all."""

    def __init__(self, shared: Shared, worker: Worker, copies: Copies, settings: WorkerSettings, clock: Clock) -> None:
        self._shared, self._worker, self._copies, self._clock = shared, worker, copies, clock
        self._every_s, self._here = settings.worker_copy_every_s, settings.home / "checkpoint"
        self._began_ms = self._now_ms()

    async def run(self, assigned: Callable[[], Iterable[Any]]) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(self._every_s / LOOKS)
            await self.look(list(assigned()))

    async def look(self, assigned: Iterable[Any]) -> None:
        """Saves what is due, one store after the other."""
        ages_s: dict[tuple[str, int], float] = {}
        for step, store in list(self._stores(assigned)):
            partition = store.progress.purpose.partition
            try:
                ages_s[step, partition] = self._age_s(store, await self._newest(store))
            except Halted:
                log.info("copy_left", store=store.name)
            except Exception as why:  # whatever it is: a copy is a cache, and the worker goes on without
                log.warning("copy_failed", store=store.name, error=f"{type(why).__name__}: {why}"[:300])
                self._shared.telemetry.copy_failed()
        self._shared.telemetry.copies(ages_s)

    def _stores(self, assigned: Iterable[Any]) -> Iterator[Saved]:
        """Of the partitions that the worker has now, and of who is who, which every worker has: one copy of that serves all."""
        for tp in assigned:
            if tp.topic == self._shared.topics.raw and tp.partition in self._worker.raw:
                yield "admit", self._worker.raw[tp.partition].store
            elif tp.topic == self._shared.topics.resolved and tp.partition in self._worker.resolved:
                yield "stitch", self._worker.resolved[tp.partition].store
        yield "unify", self._shared.replica.store

    async def _newest(self, store: PartitionStore) -> Copy | None:
        """The farthest copy, saved now where one is due."""
        found = await asyncio.to_thread(self._copies.found, store.progress.purpose)
        newest = found[0] if found else None
        return await self._saved(store) if is_due(newest, store.progress.position, self._now_ms(), self._every_s) else newest

    async def _saved(self, store: PartitionStore) -> Copy:
        """No write comes between checkpoint and position."""
        began, purpose = self._clock.monotonic(), store.progress.purpose
        if store is self._shared.replica.store:
            self._shared.replica.flush()
        shutil.rmtree(self._here, ignore_errors=True)  # of a worker that was killed over it
        store.checkpoint(self._here)
        position, sight = store.progress.position, self._copies.sight(purpose)
        held_s = self._clock.monotonic() - began
        copy = await asyncio.to_thread(self._copies.save, self._here, purpose, position, self._now_ms(), sight)
        seconds = {"held_s": round(held_s, 3), "seconds": round(self._clock.monotonic() - began, 3)}
        log.info("copy_saved", store=store.name, position=position, bytes=copy.manifest.size, **seconds)
        return copy

    def _age_s(self, store: PartitionStore, newest: Copy | None) -> float:
        """For how long the store has gone on without a copy: what a lost disk would cost."""
        if newest is not None and newest.manifest.position >= store.progress.position:
            return 0.0
        return max(0.0, (self._now_ms() - (self._began_ms if newest is None else newest.manifest.saved_at_ms)) / 1000)

    def _now_ms(self) -> int:
        return (self._clock.now() - EPOCH) // MICROSECOND // 1000
