"""One background program of the local stack: started in a session of its own, found again by its pid file.

A pid alone proves nothing, since the kernel hands numbers out again: the pid file also keeps when the program started.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import psutil

from deploy.local.errors import MissingProgram

START_TOLERANCE_S: Final = 1.0
"""How far two readings of one program's start time may lie apart: the kernel counts from a boot time that clock corrections move."""
KILLED_GONE_S = 120.0
"""A killed program may hang in the disk's queue of a busy machine before it is gone."""
LOG_ROTATE_BYTES: Final = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Running:
    """A program that is there now. `started_at` is in seconds since 1970."""

    pid: int
    started_at: float
    resident_bytes: int


@dataclass(frozen=True, slots=True)
class Daemon:
    """A command with its pid file and its log file. Nothing is remembered in memory: any later run of ours finds the program again."""

    name: str
    command: tuple[str, ...]
    pid_file: Path
    log_file: Path
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def start(self) -> Running:
        """Starts the command whether or not it runs already: ask `running` first. Raises MissingProgram where there is no such command."""
        program = shutil.which(self.command[0])
        if program is None:
            raise MissingProgram(f"{self.name}: there is no program {self.command[0]!r}", "install it, or put its folder on PATH")
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        log_from = rotate(self.log_file)
        pid = os.posix_spawn(
            program, self.command, {**os.environ, **self.environment}, file_actions=_streams_to(self.log_file), setsid=True, setsigmask=()
        )
        started_at = psutil.Process(pid).create_time()
        record = {"pid": pid, "started_at": started_at, "settings": self._settings(), "log_from": log_from}
        _write_whole(self.pid_file, json.dumps(record))
        return Running(pid, started_at, 0)

    def running(self) -> Running | None:
        """The program of the pid file, or None where it ended or its number now belongs to another program."""
        known = self._known()
        if known is None:
            return None
        with contextlib.suppress(psutil.NoSuchProcess):
            if known.status() != psutil.STATUS_ZOMBIE:
                return Running(known.pid, known.create_time(), known.memory_info().rss)
            with contextlib.suppress(psutil.TimeoutExpired):
                known.wait(timeout=0)  # reaps it where it is our child
        return None

    def started_alike(self) -> bool:
        """True where the last start had this very command and environment."""
        return self._record().get("settings") == self._settings()

    def died(self) -> bool:
        """True where a start is on record and no clean stop, and the program is gone all the same."""
        return self.pid_file.exists() and self.running() is None

    def stop(self, timeout_s: float) -> bool:
        """Asks the program to end, kills its whole session after `timeout_s`. False where it did not run. Waits until it is gone."""
        known = self._known()
        if known is None or self.running() is None:
            self.pid_file.unlink(missing_ok=True)
            return False
        with contextlib.suppress(psutil.NoSuchProcess):
            known.terminate()
            try:
                known.wait(timeout=timeout_s)
            except psutil.TimeoutExpired:
                os.killpg(known.pid, signal.SIGKILL)
                known.wait(timeout=max(timeout_s, KILLED_GONE_S))
        self.pid_file.unlink(missing_ok=True)
        return True

    def last_lines(self, count: int, since_start: bool = False) -> list[str]:
        """The end of the log, oldest line first; empty where there is none. `since_start`: nothing from before the last start."""
        start = self._record().get("log_from", 0) if since_start else 0
        with contextlib.suppress(FileNotFoundError), self.log_file.open("rb") as log:
            log.seek(max(start, log.seek(0, os.SEEK_END) - count * 1024))
            return log.read().decode("utf-8", "replace").splitlines()[-count:] if count else []
        return []

    def _known(self) -> psutil.Process | None:
        record = self._record()
        try:
            program = psutil.Process(record["pid"])
            same = abs(program.create_time() - record["started_at"]) <= START_TOLERANCE_S
        except (KeyError, TypeError, ValueError, psutil.NoSuchProcess):
            return None
        return program if same else None

    def _record(self) -> dict[str, Any]:
        """The pid file; empty where there is none, or where it is not one that we wrote."""
        try:
            record = json.loads(self.pid_file.read_text())
        except (OSError, ValueError):
            return {}
        return record if isinstance(record, dict) else {}

    def _settings(self) -> list[list[str]]:
        return [list(self.command), *([name, value] for name, value in sorted(self.environment.items()))]


def rotate(log: Path, at_bytes: int = LOG_ROTATE_BYTES) -> int:
    """Moves a log that has grown beyond `at_bytes` to `<name>.1`, over the one that is there. The size of what stays, bytes."""
    try:
        size = log.stat().st_size
    except FileNotFoundError:
        return 0
    if size <= at_bytes:
        return size
    log.replace(log.with_name(log.name + ".1"))
    return 0


def _streams_to(log: Path) -> list[tuple[int, int, str, int, int] | tuple[int, int, int]]:
    return [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]


def _write_whole(path: Path, text: str) -> None:
    """Writes beside the target and renames, so that a kill in between leaves the old file or the new one."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(text)
    beside.replace(path)
