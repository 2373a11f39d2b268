"""Watching rows land: how many events can be asked for by SQL, second by second."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import sleep
from typing import Protocol

from streams.clock import SYSTEM_CLOCK

POLL_S = 0.5


@dataclass(slots=True)
class Landing:
    """`samples`: (seconds since the start, events queryable)."""

    events: int
    samples: list[tuple[float, int]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """From the start until all had landed."""
        return self.samples[-1][0]

    @property
    def rate(self) -> float:
        """Events a second over the whole time, the start of the programs and the tail included: take sets that make both small."""
        return self.events / self.seconds


class Backlog(Protocol):
    """Events, the seconds from the start of the programs until all of them had landed, and events a second over that time."""

    @property
    def events(self) -> int: ...

    @property
    def seconds(self) -> float: ...

    @property
    def rate(self) -> float: ...


def flow(whole: Backlog, few: Backlog | None) -> float:
    """Events a second in full flow: of what a backlog has beyond one of a few events, in the time that it takes longer.

    Its rate where there is none of a few, or it took no longer. Rows land in lumps, as large as what is admitted and inserted at once, so
    the slope between two looks at one backlog says little.
    """
    if few is None or whole.seconds <= few.seconds:
        return whole.rate
    return (whole.events - few.events) / (whole.seconds - few.seconds)


class NotLanded(RuntimeError):
    """Some events were not queryable when the time was up, or a program ended."""


def watch(events: int, landed: Callable[[], int], timeout_s: float, check: Callable[[], None] = lambda: None) -> Landing:
    """Asks every half second until all are there; `check` raises where a program that should run has ended."""
    landing, began = Landing(events), SYSTEM_CLOCK.monotonic()
    while True:
        at = SYSTEM_CLOCK.monotonic() - began  # before the question, whose answer takes the longer the more there is
        found = landed()
        landing.samples.append((at, found))
        if found >= events:
            return landing
        if landing.seconds > timeout_s:
            raise NotLanded(f"{found} of {events} events landed within {timeout_s:.0f} s")
        check()
        sleep(POLL_S)
