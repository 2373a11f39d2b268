"""Runs scenarios, each in a process of its own so that Ctrl-C and a crash clean up one by one; those that may, beside each other."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deploy.chaos.place import Scene
from deploy.chaos.registry import SCENARIOS
from deploy.chaos.results import Result, commit
from deploy.chaos.scenario import Scenario
from deploy.local.apart import PROJECT
from streams.clock import SYSTEM_CLOCK

BESIDE = 3
"""So many of those that mostly wait at the same time."""
Tell = Callable[[str, str], None]
"""Takes a scenario's name and a line for people."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`folder` holds the places of all scenarios; what passed leaves nothing in it."""

    folder: Path
    seed: int
    short: bool

    def scene(self, name: str, tell: Callable[[str], None]) -> Scene:
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return Scene(folder, self.folder / "truths", self.seed, tell)


def play_here(name: str, plan: Plan, tell: Callable[[str], None]) -> dict[str, Any]:
    """In this process; counts and problems."""
    verdict = SCENARIOS[name].play(plan.scene(name, tell), plan.short)
    return {"counts": verdict.counts, "problems": verdict.problems}


def play_all(names: Sequence[str], plan: Plan, tell: Tell) -> Iterator[Result]:
    """First those that may run beside each other, then the others one by one; yields each as it ends."""
    chosen = [SCENARIOS[name] for name in names]
    with ThreadPoolExecutor(BESIDE) as pool:
        together = [pool.submit(_play_apart, one, plan, tell) for one in chosen if one.beside]
        try:
            yield from (ended.result() for ended in as_completed(together))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # after Ctrl-C none is begun any more
    for one in chosen:
        if not one.beside:
            yield _play_apart(one, plan, tell)
    shutil.rmtree(plan.folder / "truths", ignore_errors=True)


def _play_apart(scenario: Scenario[Any], plan: Plan, tell: Tell) -> Result:
    tell(scenario.name, "begins")
    began, name = SYSTEM_CLOCK.monotonic(), scenario.name
    short = ["--short"] if plan.short else []
    command = [sys.executable, "-m", "deploy.chaos", "one", name, "--seed", str(plan.seed), "--folder", str(plan.folder), *short]
    child = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    told, last = _heard(child, name, tell)
    found = json.loads(told) if child.returncode == 0 else {"counts": {}, "problems": [f"ended with {child.returncode}: {last}"]}
    seconds = SYSTEM_CLOCK.monotonic() - began
    if not found["problems"]:
        shutil.rmtree(plan.folder / name, ignore_errors=True)
    repeat = " ".join(["python -m deploy.chaos --only", name, "--seed", str(plan.seed), *short])
    at = SYSTEM_CLOCK.now().isoformat(timespec="seconds").replace("+00:00", "Z")
    return Result(name, "short" if plan.short else "full", plan.seed, commit(), repeat, at, round(seconds, 1), **found)


def _heard(child: "subprocess.Popen[str]", name: str, tell: Tell) -> tuple[str, str]:
    """What it wrote to stdout, and its last line for people; Ctrl-C reaches it too, so it is given the time to clean up."""
    assert child.stdout is not None
    last = [""]
    talk = threading.Thread(target=_listen, args=(child, name, tell, last), daemon=True)
    talk.start()
    with child:  # closes the pipes, and alone would wait a quarter of a second only after Ctrl-C
        try:
            told = child.stdout.read()
        finally:
            child.wait()
            talk.join()
    return told, last[0]


def _listen(child: "subprocess.Popen[str]", name: str, tell: Tell, last: list[str]) -> None:
    for line in child.stderr or ():
        last[0] = line.strip() or last[0]
        tell(name, last[0])


@contextmanager
def shown(count: int) -> Iterator[tuple[Tell, Callable[[Result], None]]]:
    """How far all is: on a terminal a line for each scenario that runs, else a line for each thing told. On stderr."""
    console = Console(stderr=True, highlight=False)
    columns = (SpinnerColumn(), TextColumn("[bold]{task.fields[scenario]}[/] {task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        tasks: dict[str, Any] = {}

        def tell(name: str, line: str) -> None:
            if not console.is_terminal:
                console.print(f"{name}: {line}", markup=False)
                return
            if name not in tasks:
                tasks[name] = progress.add_task("", total=None, scenario=name)
            progress.update(tasks[name], description=line[:100].replace("[", "("))

        def done(result: Result) -> None:
            if result.scenario in tasks:
                progress.remove_task(tasks.pop(result.scenario))
            console.print(f"{result.scenario}: {'passed' if result.has_passed else 'FAILED'} in {result.seconds:,.0f} s", markup=False)

        console.print(f"{count} scenarios")
        yield tell, done
