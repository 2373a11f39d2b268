"""How far a rebuild is, on stderr: a bar on a terminal, a plain line now and then elsewhere."""

import sys
from collections.abc import Callable
from typing import Protocol

from streams.clock import Clock

PLAIN_EVERY_S = 10.0


class Progress(Protocol):
    def update(self, step: str, done: int, total: int) -> None:
        """May be called at any rate."""
        ...

    def close(self) -> None: ...


class PlainProgress:
    """A line at each step, and every PLAIN_EVERY_S."""

    def __init__(self, clock: Clock, write: Callable[[str], None]) -> None:
        self._clock, self._write = clock, write
        self._last, self._step = clock.monotonic(), ""

    def update(self, step: str, done: int, total: int) -> None:
        now = self._clock.monotonic()
        if step != self._step or now - self._last >= PLAIN_EVERY_S:
            self._last, self._step = now, step
            self._write(f"{step}: {done:,} of {total:,}")

    def close(self) -> None:
        """Nothing is left on the screen."""


class BarProgress:
    """A bar of rich with rate and time left; it goes away at the end."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("", total=None)
        self._bar.start()

    def update(self, step: str, done: int, total: int) -> None:
        self._bar.update(self._task, description=step, completed=done, total=total)

    def close(self) -> None:
        self._bar.stop()


def progress_for(clock: Clock) -> Progress:
    if sys.stderr.isatty():
        return BarProgress()
    return PlainProgress(clock, lambda line: print(line, file=sys.stderr, flush=True))
