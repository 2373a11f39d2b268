"""A worker or sink that is started again whenever it ends as failed, as whatever runs it in production does."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from deploy.chaos.line import Line
from deploy.chaos.programs import Program

LOOK_S = 0.5


@dataclass
class Supervised:
    """While inside. `ends` counts how often it ended by itself; its log is one file over all of its lives."""

    line: Line
    start: Callable[[], Program]
    ends: int = 0
    program: Program = field(init=False)
    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        self._begin()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._over.set()
        self._thread.join()
        with self._lock:
            self.program.kill()

    def _begin(self) -> None:
        self.program = self.start()
        self.line.programs.remove(self.program)  # its end is no failure of the line

    def _watch(self) -> None:
        while not self._over.wait(LOOK_S):
            with self._lock:
                if self.program.code is not None:
                    self.ends += 1
                    self._begin()

    def has_said(self, words: str) -> bool:
        """In any of its lives."""
        return words in self.program.said()

    def down_while(self, act: Callable[[], None]) -> None:
        """Kills it, acts, starts it again; that end does not count."""
        with self._lock:
            self.program.kill()
            act()
            self._begin()
