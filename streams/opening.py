"""Opens the stores of a worker, each in a folder of its own, all with one block cache. Where a saved copy is farther, it comes in place."""

import shutil
from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from threading import Lock

import structlog

from schemas.rules import Rules
from streams.clock import SYSTEM_CLOCK
from streams.copies import Copies
from streams.copy_files import Copy, CopyDamaged, Halted
from streams.settings import WorkerSettings
from streams.stores import PartitionStore, Purpose, StoreDamaged, StoreFull, shared_cache, store_name

log = structlog.get_logger()
Key = tuple[str, int]


class Stores:
    """`open` may be called in threads, and again: a partition has one store."""

    def __init__(self, settings: WorkerSettings, rules: Rules, partitions: int, topic_ids: Mapping[str, str]) -> None:
        self._home, self._partitions, self._topic_ids = settings.home, partitions, topic_ids
        self._rules = f"{rules.version}:{rules.digest}"
        self._cache = shared_cache(settings.worker_cache_mib)
        self._locks: dict[Key, Lock] = defaultdict(Lock)
        self._open: dict[Key, PartitionStore] = {}
        self.copies = Copies(settings.copies, settings.worker_id) if settings.copies else None

    def open(self, topic: str, partition: int) -> PartitionStore:
        """The store of a partition; thrown away and begun anew, or from a copy, where it is damaged or was made for something else."""
        with self._locks[topic, partition]:
            if (topic, partition) not in self._open:
                purpose = Purpose(topic, self._topic_ids[topic], partition, self._partitions, self._rules)
                store = PartitionStore(self._home / store_name(topic, partition), purpose, self._cache)
                if self.copies is not None:
                    self._advance(store, purpose, self.copies)
                    store.forget_copies = partial(self.copies.forget, purpose)
                self._open[topic, partition] = store
            return self._open[topic, partition]

    def _advance(self, store: PartitionStore, purpose: Purpose, copies: Copies) -> None:
        """To the farthest copy that is whole, where that is farther than the store. Copies that are not are removed."""
        coming = self._home / f"{store.name}.coming"
        try:
            for copy in copies.found(purpose):
                shutil.rmtree(coming, ignore_errors=True)
                if copy.manifest.position <= store.progress.position or self._took(store, copy, coming, copies):
                    return
        except Halted:
            log.info("copy_left", store=store.name)  # the worker leaves, and the log has all that the copy has
        except OSError as why:
            log.warning("copies_out_of_reach", store=store.name, error=str(why))
        finally:
            shutil.rmtree(coming, ignore_errors=True)

    def _took(self, store: PartitionStore, copy: Copy, coming: Path, copies: Copies) -> bool:
        began, behind = SYSTEM_CLOCK.monotonic(), store.progress.position
        try:
            copies.fetch(copy, coming)
            self._prove(copy, coming, store.was_damaged)
        except (CopyDamaged, StoreDamaged) as why:
            log.warning("copy_passed_over", store=store.name, copy=copy.folder.name, reason=str(why))
            copies.remove(copy.folder)
            return False
        except (OSError, StoreFull) as why:
            log.warning("copy_passed_over", store=store.name, copy=copy.folder.name, reason=str(why))
            return False
        store.replace_with(coming)
        seconds = round(SYSTEM_CLOCK.monotonic() - began, 3)
        told = {"position": store.progress.position, "instead_of": behind, "bytes": copy.manifest.size, "seconds": seconds}
        log.info("copy_taken", store=store.name, copy=copy.folder.name, **told)
        return True

    def _prove(self, copy: Copy, coming: Path, thoroughly: bool) -> None:
        """That it opens as what it says. `thoroughly`: a store that was damaged may have been copied with its damage."""
        opened = PartitionStore(coming, copy.manifest.purpose, self._cache)
        try:
            if opened.was_damaged or opened.progress.position != copy.manifest.position:
                raise CopyDamaged(f"it opens at {opened.progress.position}")
            if thoroughly:
                opened.read_through()
        finally:
            opened.close()

    def halt(self) -> None:
        """Ends soon what is being copied."""
        if self.copies is not None:
            self.copies.halt()

    def close(self) -> None:
        """Closes all; waits for what is being opened."""
        self.halt()
        for key in list(self._locks):
            with self._locks[key]:
                if store := self._open.pop(key, None):
                    store.close()
