"""What is measured while a scenario runs: how soon all has landed again, how far memory grew, how often a group was rebalanced."""

import re
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, Self

import psutil

from deploy.chaos.line import Line
from deploy.chaos.place import Place
from deploy.chaos.programs import Program
from streams.clock import SYSTEM_CLOCK

SAMPLE_S: Final = 0.5
MIB: Final = 2**20
_STABLE: Final = re.compile(r"Stabilized group (\S+) generation (\d+)")


class Memory:
    """Resident memory of programs while inside, in MiB: `grown` is the most that any took above what it had at the beginning."""

    def __init__(self, programs: Mapping[str, Program]) -> None:
        self._programs = programs
        self._first = {name: resident_mib(program) for name, program in programs.items()}
        self._most = dict(self._first)
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(SAMPLE_S):
            for name, program in self._programs.items():
                self._most[name] = max(self._most[name], resident_mib(program))

    def grown(self, name: str) -> int:
        return self._most[name] - self._first[name]


def resident_mib(program: Program) -> int:
    """0 where it has ended."""
    with suppress(psutil.NoSuchProcess):
        return int(psutil.Process(program.pid).memory_info().rss // MIB)
    return 0


def rebalances(place: Place, group: str) -> int:
    """How often the broker gave the partitions of this group out, by its own log."""
    generations = [int(generation) for name, generation in _STABLE.findall(place.log_of("kafka")) if name == group]
    return max(generations, default=0)


class Recovery:
    """Seconds from each fault until all that was sent until then and during it had landed."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._since = 0.0

    def fault(self) -> None:
        self._since = SYSTEM_CLOCK.monotonic()

    def landed(self, line: Line, within_s: float) -> None:
        """Raises Unmet where it lasts longer."""
        line.settle(within_s)
        self.seconds.append(SYSTEM_CLOCK.monotonic() - self._since)

    @property
    def longest_s(self) -> float:
        return round(max(self.seconds, default=0.0), 1)
