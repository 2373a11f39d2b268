"""One operation at a time on one data folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from deploy.local.errors import StackError


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Held by the kernel for as long as this program lives, so a killed `tracker up` leaves nothing to clean. Raises StackError."""
    with _lock_file(folder) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            lock.seek(0)
            raise StackError(
                f"another tracker command works on {folder} (pid {lock.read().strip() or 'unknown'})", "wait for it"
            ) from taken
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _lock_file(folder: Path) -> TextIO:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return (folder / "lock").open("a+")
    except OSError as refused:
        raise StackError(
            f"{folder} cannot be written to: {refused.strerror}", "put the data elsewhere: export TRACKER_LOCAL_DATA_DIR=/a/folder/of/yours"
        ) from refused
