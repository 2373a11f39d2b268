"""How an import tells how far it is, on stderr: a bar on a terminal, a plain line now and then elsewhere."""

import sys
from collections.abc import Callable
from typing import Protocol

from streams.clock import Clock

PLAIN_EVERY_S = 10.0
BAR_EVERY_S = 0.2


class Progress(Protocol):
    def update(self, fraction: float, records: int, events: int) -> None:
        """Cheap: may be called for every record."""
        ...

    def close(self) -> None: ...


class PlainProgress:
    """A line every PLAIN_EVERY_S."""

    def __init__(self, name: str, clock: Clock, write: Callable[[str], None]) -> None:
        self._name, self._clock, self._write = name, clock, write
        self._began = self._last = clock.monotonic()

    def update(self, fraction: float, records: int, events: int) -> None:
        now = self._clock.monotonic()
        if now - self._last >= PLAIN_EVERY_S:
            self._last = now
            rate = events / (now - self._began)
            self._write(f"{self._name}: {fraction:.0%}, {records:,} records, {events:,} events, {rate:,.0f} a second")

    def close(self) -> None:
        """Nothing is left on the screen."""


class BarProgress:
    """A bar of rich, with rate and time left; it goes away at the end."""

    def __init__(self, name: str, clock: Clock) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        figures = TextColumn("{task.fields[records]:,} records, {task.fields[events]:,} events, {task.fields[rate]:,.0f} a second")
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            figures,
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task(name, total=1.0, records=0, events=0, rate=0.0)
        self._clock = clock
        self._began = clock.monotonic()
        self._last = float("-inf")
        self._bar.start()

    def update(self, fraction: float, records: int, events: int) -> None:
        now = self._clock.monotonic()
        if now - self._last >= BAR_EVERY_S:
            self._last = now
            self._bar.update(self._task, completed=fraction, records=records, events=events, rate=events / max(0.001, now - self._began))

    def close(self) -> None:
        self._bar.stop()


def progress_for(name: str, clock: Clock) -> Progress:
    if sys.stderr.isatty():
        return BarProgress(name, clock)
    return PlainProgress(name, clock, lambda line: print(line, file=sys.stderr, flush=True))
