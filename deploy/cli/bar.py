"""A bar on a terminal's stderr, nothing elsewhere."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress


class Bar:
    """Used as a context; `tell` says how many more are done, and how many there are."""

    def __init__(self, what: str, quiet: bool = False) -> None:
        self._what, self._quiet = what, quiet
        self._progress: Progress | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty() and not self._quiet:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
            self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
            self._progress.add_task(self._what, total=None)
            self._progress.start()
        return self

    def tell(self, done: int, of: int) -> None:
        if self._progress is not None:
            task = self._progress.tasks[0]
            self._progress.update(task.id, advance=done, total=of)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._progress is not None:
            self._progress.stop()


class Steps:
    """A bar for each step of something that has several; nothing where stderr is no terminal. Used as a context."""

    def __init__(self) -> None:
        self._bars = ExitStack()
        self._step, self._bar = "", Bar("")

    def __enter__(self) -> Self:
        return self

    def advance(self, step: str, done: int, of: int) -> None:
        """So many more of a step are done; the bar of the step before goes away."""
        if step != self._step:
            self._bars.close()
            self._step, self._bar = step, self._bars.enter_context(Bar(step))
        self._bar.tell(done, of)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bars.close()
