"""Several processes, one spool folder: each takes a slot (a sub-folder) for itself, and empties those that nobody holds any more."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from streams.backlog import SpoolUnusable
from streams.segments import SUFFIX

SLOTS = 64
_LOCK = "lock"


class Slot:
    """A sub-folder that this process holds as long as it lives or until `release`; the kernel lets go of it when a process is killed."""

    def __init__(self, folder: Path, descriptor: int) -> None:
        self.folder = folder
        self._descriptor = descriptor

    def segment_files(self) -> list[Path]:
        """Oldest first."""
        return sorted(self.folder.glob(f"*{SUFFIX}"))

    def release(self) -> None:
        os.close(self._descriptor)


def take_slot(spool_dir: Path) -> Slot:
    """The lowest one that is free; raises SpoolUnusable where the folder cannot be written or all are held."""
    try:
        spool_dir.mkdir(parents=True, exist_ok=True)
        for number in range(SLOTS):
            slot = _held(spool_dir / f"slot-{number}")
            if slot is not None:
                return slot
    except OSError as why:
        remedy = "choose a spool_dir that this process may write"
        raise SpoolUnusable(f"the spool folder {spool_dir} cannot be used: {why.strerror}", path=str(spool_dir), remedy=remedy) from why
    raise SpoolUnusable(
        f"{SLOTS} processes use the spool folder {spool_dir}", path=str(spool_dir), remedy="give this process another spool_dir"
    )


def left_slots(spool_dir: Path, own: Slot) -> Iterator[Slot]:
    """Slots with events in them whose process is gone; each is released after its turn."""
    for folder in sorted(spool_dir.glob("slot-*")):
        if folder == own.folder or not any(folder.glob(f"*{SUFFIX}")):
            continue
        slot = _held(folder)
        if slot is not None:
            try:
                yield slot
            finally:
                slot.release()


def _held(folder: Path) -> Slot | None:
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return Slot(folder, descriptor)
    os.close(descriptor)
    return None
