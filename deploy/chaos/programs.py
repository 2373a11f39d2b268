"""A worker or a sink as a process of its own, which a scenario may kill, freeze or interrupt by its pid."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.local.apart import PROJECT, environment_with

KILLED = 137
"""How a process ends at its kill point."""
SHOWN_CHARACTERS = 3_000


class Unmet(AssertionError):
    """Something that had to come did not; the message says what."""


class Program:
    """`python -m ...` with the settings as `TRACKER_*`, and nothing else of that prefix."""

    def __init__(self, arguments: Sequence[str], settings: Mapping[str, object], log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *arguments], env=environment_with(settings), cwd=PROJECT, stdout=output, stderr=output
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def code(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.poll()

    def ended(self, within_s: float = 60.0) -> int:
        """Waits for its end; the exit code."""
        try:
            return self._process.wait(timeout=within_s)
        except subprocess.TimeoutExpired:
            raise Unmet(f"it still runs after {within_s:g} s; {self.last_words()}") from None

    def kill(self) -> None:
        """As kill -9. No harm where it has ended."""
        if self.code is None:
            self._process.kill()
            self._process.wait(timeout=60)

    def signal(self, number: signal.Signals) -> None:
        """SIGINT, SIGTERM, SIGSTOP, SIGCONT."""
        self._process.send_signal(number)

    def said(self) -> str:
        """All that it and its predecessors with this log wrote."""
        return self.log.read_text("utf-8", "replace")

    def last_words(self) -> str:
        return f"{self.log.name} ends:\n{self.said()[-SHOWN_CHARACTERS:]}"


def until(what: str, is_so: Callable[[], bool], within_s: float = 60.0) -> None:
    """Polls until it is so; fails with `what` after the deadline."""
    deadline = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() >= deadline:
            raise Unmet(f"waited {within_s:g} s for: {what}")
        time.sleep(0.05)
