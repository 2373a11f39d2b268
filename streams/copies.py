"""Saved copies of the partition stores, in a folder that all workers share. A copy is a cache of the log: throw it away at any time.

    g1/touchpoints.raw-3/00000000000000012345-1790000000000-worker-1/    files of RocksDB, and their manifest
    g1/touchpoints.raw-3/.worker-1~...                                   not whole yet, or on its way out

A copy is there with one rename, when all its bytes are on disk. Whoever takes it believes sizes and checksums, never the folder.
All methods but `halt` read or write files, so they are called in threads.
"""

import os
import shutil
import threading
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog

from streams.copy_files import Copy, CopyDamaged, File, Halted, Manifest, linked, poured, read_copy, sync, write_manifest
from streams.stores import Purpose, store_name

log = structlog.get_logger()
KEPT = 2
"""Copies of a store: the newest, and one for where that is damaged."""
TORN_AFTER_S = 3_600
"""Silence after which what another worker began is taken for torn."""
Same = tuple[str, int, int, int]
"""Name, inode, bytes, time of change: one file of a store, as long as its content is the same."""


class Copies:
    """`root` belongs to one generation. The volume itself is never made: where it is not there, that is an OSError."""

    def __init__(self, root: Path, worker: str) -> None:
        self._root, self._worker = root, worker
        self._lock, self._halted = threading.Lock(), threading.Event()
        self._forgotten: dict[Path, int] = defaultdict(int)
        self._saved: dict[Path, tuple[Path, dict[Same, File]]] = {}

    def halt(self) -> None:
        """Ends soon what is being copied, either way; for good."""
        self._halted.set()

    def _home(self, purpose: Purpose) -> Path:
        return self._root / store_name(purpose.topic, purpose.partition)

    def found(self, purpose: Purpose) -> list[Copy]:
        """Those made for the same, the farthest first."""
        os.stat(self._root.parent)
        fitting = [copy for copy in map(_seen, _whole(self._home(purpose))) if copy is not None and copy.manifest.purpose == purpose]
        return sorted(fitting, key=lambda copy: (copy.manifest.position, copy.manifest.saved_at_ms), reverse=True)

    def sight(self, purpose: Purpose) -> int:
        """Asked for when the checkpoint is made, and handed to `save`."""
        return self._forgotten[self._home(purpose)]

    def save(self, checkpoint: Path, purpose: Purpose, position: int, now_ms: int, sight: int) -> Copy:
        """Copies a checkpoint, which is gone afterwards, and lets go of copies beyond the kept ones.

        Halted where the worker leaves, or where the copies of the partition were forgotten since `sight`.
        """
        home = self._home(purpose)
        torn = home / f".{self._worker}~{now_ms}"
        try:
            os.stat(self._root.parent)
            self._sweep(home, now_ms)
            torn.mkdir(parents=True)
            files = self._filled(torn, sorted(checkpoint.iterdir()), home)
            manifest = Manifest(purpose, position, now_ms, self._worker, {same[0]: file for same, file in files.items()})
            copy = Copy(home / f"{position:020d}-{now_ms}-{self._worker}", manifest)
            write_manifest(torn, manifest)
            self._publish(torn, copy, files, sight)
            sync(home)
        finally:
            shutil.rmtree(torn, ignore_errors=True)
            shutil.rmtree(checkpoint, ignore_errors=True)
        self._prune(purpose)
        return copy

    def _filled(self, torn: Path, sources: Iterable[Path], home: Path) -> dict[Same, File]:
        """Files of rows never change, so one that this worker copied before is linked: each byte of a store travels once."""
        before, known = self._saved.get(home, (home, {}))
        files: dict[Same, File] = {}
        for source in sources:
            found = source.stat()
            same = source.name, found.st_ino, found.st_size, found.st_mtime_ns
            if source.suffix == ".sst" and same in known and linked(before / source.name, torn / source.name):
                files[same] = known[same]
            else:
                files[same] = poured(source, torn / source.name, self._halted.is_set, durable=True)
        return files

    def _publish(self, torn: Path, copy: Copy, files: dict[Same, File], sight: int) -> None:
        home = torn.parent
        with self._lock:
            if self._forgotten[home] != sight:
                raise Halted
            torn.rename(copy.folder)
            self._saved[home] = copy.folder, files

    def fetch(self, copy: Copy, into: Path) -> None:
        """Copies a copy into a folder that is not there yet. CopyDamaged, OSError, Halted: the folder is to be thrown away then."""
        into.mkdir(parents=True)
        for name, wanted in copy.manifest.files.items():
            if Path(name).name != name:
                raise CopyDamaged(f"{name} is no name of a file")
            try:
                found = poured(copy.folder / name, into / name, self._halted.is_set)
            except FileNotFoundError:
                raise CopyDamaged(f"{name} is missing") from None
            if found != wanted:
                raise CopyDamaged(f"{name} is not what was saved")

    def forget(self, purpose: Purpose) -> None:
        """Removes all copies of a partition, whatever they were made for; one that is being saved now will not appear."""
        home = self._home(purpose)
        with self._lock:
            self._forgotten[home] += 1
            self._saved.pop(home, None)
        try:
            gone = _whole(home)
        except OSError as why:
            log.warning("copies_out_of_reach", store=home.name, error=str(why))
            return
        for folder in gone:
            self.remove(folder)
        if gone:
            log.warning("copies_forgotten", store=home.name, copies=len(gone))

    def remove(self, folder: Path) -> None:
        """Out of sight with one rename, so that nobody finds the half of a copy."""
        leaving = folder.with_name(f".{self._worker}~{folder.name}")
        with suppress(OSError):
            folder.rename(leaving)
        shutil.rmtree(leaving, ignore_errors=True)

    def _prune(self, purpose: Purpose) -> None:
        kept = {copy.folder for copy in self.found(purpose)[:KEPT]}
        if len(kept) == KEPT:
            for folder in _whole(self._home(purpose)):
                if folder not in kept:
                    self.remove(folder)

    def _sweep(self, home: Path, now_ms: int) -> None:
        """What was begun and never finished: this worker's own, and what others have not touched for long."""
        for torn in home.glob(".*"):
            with suppress(OSError):
                if torn.name.startswith(f".{self._worker}~") or now_ms / 1000 - torn.stat().st_mtime > TORN_AFTER_S:
                    shutil.rmtree(torn)


def is_due(newest: Copy | None, position: int, now_ms: int, every_s: float) -> bool:
    """Whether a store is to be saved: it moved, and nobody saved it a short while ago."""
    if newest is None:
        return position > 0
    age_s = (now_ms - newest.manifest.saved_at_ms) / 1000
    return position > newest.manifest.position and not 0 <= age_s < every_s


def _whole(home: Path) -> list[Path]:
    """What has its last name."""
    try:
        return sorted(folder for folder in home.iterdir() if not folder.name.startswith("."))
    except FileNotFoundError:
        return []


def _seen(folder: Path) -> Copy | None:
    try:
        return read_copy(folder)
    except (OSError, msgspec.MsgspecError) as why:
        log.warning("copy_passed_over", store=folder.parent.name, copy=folder.name, reason=str(why)[:200])
        return None
