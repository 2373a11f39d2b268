"""What a part of the local stack is, and how any part is brought up, taken down and looked at."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from deploy.local.daemon import Daemon, Running
from deploy.local.errors import PartFailed
from deploy.local.ports import NamedPort, require_free

POLL_S: Final = 0.1
SHOWN_LOG_LINES: Final = 20

Notify = Callable[[str], None]
"""Takes one line on what is going on, for people."""


class State(StrEnum):
    READY = "ready"
    NOT_READY = "not ready"
    STOPPED = "stopped"
    DIED = "died"


@dataclass(frozen=True, slots=True)
class Part:
    """One background program with its ports. `prepare` may take minutes the first time; `is_ready` is quick and never raises."""

    name: str
    daemon: Daemon
    ports: tuple[NamedPort, ...]
    prepare: Callable[[Notify], None]
    is_ready: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class PartStatus:
    """A line of `tracker status`. Units are in the names; None where the part does not run or has no port."""

    name: str
    state: State
    pid: int | None
    port: int | None
    resident_mib: int | None
    uptime_s: int | None


@dataclass(frozen=True, slots=True)
class Brought:
    """The outcome of `bring_up`: `already` is True where the part was up before."""

    already: bool
    seconds: float


def bring_up(part: Part, timeout_s: float, notify: Notify) -> Brought:
    """Starts the part unless it runs, and waits until it answers. Raises StackError with the reason otherwise."""
    started = time.monotonic()
    running = part.daemon.running()
    if running and not part.daemon.started_alike():
        raise PartFailed(
            f"{part.name} (pid {running.pid}) was started with other settings than those of now",
            f"tracker down --only {part.name}, then tracker up; or take back what you changed",
        )
    if running and part.is_ready():
        return Brought(already=True, seconds=0.0)
    if running is None:
        if part.daemon.died():
            notify(f"{part.name}: ended without being told to; starting it again")
        require_free(part.name, part.ports)
        part.prepare(notify)
        started = time.monotonic()
        part.daemon.start()
    _wait_until_ready(part, timeout_s)
    return Brought(already=False, seconds=time.monotonic() - started)


def death_of(part: Part) -> str:
    """What to say of a part that ended without being told to, with the end of its log; empty where it did not."""
    return f"{part.name} ended by itself; {_log_end(part)}" if part.daemon.died() else ""


def status_of(part: Part, now_s: float) -> PartStatus:
    """`now_s` in seconds since 1970, to tell how long the part has been up."""
    port = part.ports[0].number if part.ports else None
    running = part.daemon.running()
    if running is None:
        state = State.DIED if part.daemon.died() else State.STOPPED
        return PartStatus(part.name, state, None, port, None, None)
    return PartStatus(part.name, _state_of(part), running.pid, port, running.resident_bytes >> 20, _uptime_s(running, now_s))


def _state_of(part: Part) -> State:
    return State.READY if part.is_ready() else State.NOT_READY


def _uptime_s(running: Running, now_s: float) -> int:
    return max(0, int(now_s - running.started_at))


def _wait_until_ready(part: Part, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while not part.is_ready():
        if part.daemon.running() is None:
            raise PartFailed(f"{part.name} ended right after its start; {_log_end(part)}", f"tracker logs {part.name} shows all of it")
        if time.monotonic() > deadline:
            raise PartFailed(
                f"{part.name} did not answer within {timeout_s:g} s; {_log_end(part)}",
                f"tracker logs {part.name}; on a slow machine export TRACKER_LOCAL_START_TIMEOUT_S={int(timeout_s * 3)}",
            )
        time.sleep(POLL_S)
    if part.daemon.running() is None:
        raise PartFailed(f"{part.name} ended while it started; {_log_end(part)}", f"tracker logs {part.name} shows all of it")


def _log_end(part: Part) -> str:
    lines = part.daemon.last_lines(SHOWN_LOG_LINES, since_start=True)
    return "its log ends:\n" + "\n".join(f"    {line}" for line in lines) if lines else "its log is empty"
