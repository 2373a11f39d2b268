"""Watching rows land: how many events can be asked for by SQL, second by second."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import sleep

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

    @property
    def flow(self) -> float:
        """Events a second in full flow: from the look at which a tenth had landed to that at which nine tenths had.

        As `rate` where one look saw both.
        """
        (since, before), (until, after) = (next(s for s in self.samples if s[1] >= share * self.events) for share in (0.1, 0.9))
        return (after - before) / (until - since) if after > before else self.rate


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
