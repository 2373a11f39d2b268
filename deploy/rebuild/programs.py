"""The worker(s) and the sink of a rebuild: the same programs as everywhere, in the background, with the generation's own stores.

They have pid files, so whoever comes after a command that was killed finds them again. They outlive the command on purpose: after the
switch they keep the new generation going until ops have started their own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from deploy.local.daemon import Daemon
from deploy.rebuild.errors import RebuildStuck
from streams.clock import Clock
from streams.settings import generation_folder

STOP_S: Final = 30.0
MOST_DEATHS: Final = 5
"""In a row, each within SOON_S of its start: then it is no accident."""
SOON_S: Final = 15.0
SHOWN_LINES: Final = 5


def programs_of(state_dir: Path, generation: int, workers: int, rules_path: Path | None = None) -> tuple[Daemon, ...]:
    """Building them starts nothing. `rules_path` None: as the environment says."""
    folder = folder_of(state_dir, generation)
    common = {"TRACKER_GENERATION": str(generation), "TRACKER_WORKER_HEALTH_PORT": "0", "TRACKER_SINK_HEALTH_PORT": "0"}
    if rules_path is not None:
        common["TRACKER_RULES_PATH"] = str(rules_path.absolute())
    named = {worker_name(n): (("streams", "worker"), {"TRACKER_WORKER_ID": worker_name(n)}) for n in range(1, workers + 1)}
    named["sink"] = (("sinks", "consume"), {"TRACKER_SINK_MEMBER_ID": "rebuild-sink"})
    state = {"TRACKER_WORKER_STATE_DIR": str(state_dir.absolute())}
    return tuple(
        Daemon(
            name,
            (sys.executable, "-m", *module),
            folder / f"{name}.pid",
            folder / f"{name}.log",
            {**common, **own, **(state if name != "sink" else {})},
        )
        for name, (module, own) in named.items()
    )


def worker_name(number: int) -> str:
    """TRACKER_WORKER_ID of a rebuild's worker: under it an ordinary worker goes on with its stores."""
    return f"rebuild-{number}"


def folder_of(state_dir: Path, generation: int) -> Path:
    """Pid files, logs and the mark of a rebuild, beside the stores of the generation's workers."""
    return generation_folder(state_dir.absolute(), generation) / "rebuild"


def left_over(state_dir: Path, generation: int) -> Iterator[Daemon]:
    """Programs of an earlier call that run now, however many it had."""
    folder = folder_of(state_dir, generation)
    for file in sorted(folder.glob("*.pid")):
        program = Daemon(file.stem, (sys.executable,), file, folder / f"{file.stem}.log")
        if program.running():
            yield program


def stop_all(state_dir: Path, generation: int) -> tuple[str, ...]:
    """The names of those that ran; returns when they are gone."""
    return tuple(program.name for program in list(left_over(state_dir, generation)) if program.stop(STOP_S))


class Keeper:
    """Starts what does not run; `look` starts again what died."""

    def __init__(self, programs: tuple[Daemon, ...], clock: Clock, notify: Callable[[str], None]) -> None:
        self._programs, self._clock, self._notify = programs, clock, notify
        self._started: dict[str, float] = {}
        self._deaths: dict[str, int] = {}
        self.restarts = 0

    def start(self) -> None:
        """A program that runs with these very settings is left alone; one with others is stopped first."""
        for program in self._programs:
            if program.running() and not program.started_alike():
                program.stop(STOP_S)
            if not program.running():
                self._start(program)

    def _start(self, program: Daemon) -> None:
        program.start()
        self._started[program.name] = self._clock.monotonic()

    def look(self) -> None:
        """Raises RebuildStuck where one dies again and again right after its start."""
        for program in self._programs:
            if program.running():
                continue
            lived = self._clock.monotonic() - self._started.get(program.name, 0.0)
            deaths = self._deaths[program.name] = self._deaths.get(program.name, 0) + 1 if lived < SOON_S else 1
            if deaths >= MOST_DEATHS:
                last = " | ".join(program.last_lines(SHOWN_LINES, since_start=True))
                raise RebuildStuck(f"{program.name} ends right after each start: {last}", f"see {program.log_file}")
            self.restarts += 1
            self._notify(f"{program.name} has died and is started again; its log: {program.log_file}")
            self._start(program)
