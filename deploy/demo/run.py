"""The demo from up to the last screen. Derived ids and a resumable import: a second run sends the same again and doubles nothing."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.demo import questions, screens
from deploy.demo.figures import Count, Figures, Step
from deploy.demo.sets import DataSet, known_sets
from deploy.demo.shop import START, simulate
from deploy.demo.truth import Scoreboard, by_difficulty, scoreboard
from deploy.demo.world import SHOP, SimulatedEvent
from deploy.drain import drain
from deploy.importer.mapping import load_mapping
from deploy.importer.run import ImportOptions, Sending, import_file
from deploy.local.errors import StackError
from deploy.local.parts import death_of
from deploy.local.stack import status, up
from deploy.local.stages import client_environment, parts_of
from deploy.settings import HOST, LocalSettings
from schemas.connections import ClickHouseConnection, KafkaConnection
from schemas.topics import topic_names
from sinks.clickhouse import ClickHouse
from streams.clock import SYSTEM_CLOCK, Clock
from streams.producer import Producer

if TYPE_CHECKING:
    from rich.console import Console

Notify = Callable[[str], None]
FLUSH_TIMEOUT_S = 120.0
IMPORT_STATE = "demo-import"
"""folder in which it is noted how far each import came"""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    customers: int = 1000
    days: int = 60
    seed: int = 1
    data: Path | None = None
    """folder in which the public data sets lie; they are left out where it is not there"""
    drain_timeout_s: float = 300.0


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What `--json` prints."""

    figures: Figures
    board: Scoreboard
    by_difficulty: Mapping[str, Scoreboard]
    steps: tuple[Step, ...]
    memory_mib: Mapping[str, int | None]


@dataclass(slots=True)
class Demo:
    """One run; `steps`, `emitted` and `imported` (sources of the public sets) fill as it goes on."""

    options: DemoOptions
    settings: LocalSettings
    notify: Notify
    clock: Clock = SYSTEM_CLOCK
    steps: list[Step] = field(default_factory=list)
    emitted: list[Count] = field(default_factory=list)
    imported: list[str] = field(default_factory=list)

    def step(self, name: str, work: Callable[[], str]) -> None:
        """Runs one step, takes its time, and tells what came of it."""
        self.notify(f"{name} ...")
        began = self.clock.monotonic()
        told = work()
        self.steps.append(Step(name, self.clock.monotonic() - began, told))
        self.notify(f"{name}: {told}, {self.steps[-1].seconds:.1f} s")

    def run(self) -> DemoReport:
        """Raises StackError with the remedy at the first step that fails; what is up stays up."""
        self.step("up", self._up)
        for data_set in known_sets(self.options.data):
            self.step(f"import {data_set.name}", lambda data_set=data_set: self._import(data_set))  # type: ignore[misc]
        events: list[SimulatedEvent] = []
        self.step("simulate", lambda: self._simulate(events))
        self.step("emit", lambda: self._emit(events))
        self.step("drain", self._drain)
        answers: list[tuple[Figures, dict[str, str]]] = []
        self.step("ask", lambda: self._ask(answers, events))
        figures, found = answers[0]
        boards = scoreboard(found, events), by_difficulty(found, events)
        memory = {part.name: part.resident_mib for part in status(self.settings, self.clock.now().timestamp())}
        return DemoReport(figures, *boards, tuple(self.steps), memory)

    def _up(self) -> str:
        results = up(self.settings, notify=self.notify)
        return "was up already" if all(result.already for result in results) else f"{len(results)} parts"

    def _import(self, data_set: DataSet) -> str:
        """As `tracker import` does it. How far it came is noted where `tracker reset` clears it away together with Kafka's data."""
        mapping, target = load_mapping(data_set.mapping), f"{self.settings.kafka_bootstrap}/{topic_names().raw}"
        with Producer(source=mapping.source, bootstrap_servers=self.settings.kafka_bootstrap) as producer:
            sending = Sending(producer, self.settings.pids_folder / IMPORT_STATE, target)
            tally = import_file(data_set.file, mapping, ImportOptions(), sending)
        refused = tally.refusals.total()
        earlier = f"{tally.skipped:,} records sent by an earlier run" if tally.skipped else ""
        self.emitted.append((f"sent: {data_set.name}", tally.events.total(), earlier or data_set.file.name))
        self.imported.append(mapping.source)
        skipped = f", {earlier}" if earlier else ""
        return f"{tally.events.total():,} events{skipped}{f', {refused:,} rows refused' if refused else ''}"

    def _simulate(self, events: list[SimulatedEvent]) -> str:
        options = self.options
        events += simulate(options.customers, options.days, options.seed, START)
        return f"{options.customers:,} people, {options.days} days, seed {options.seed}"

    def _emit(self, events: list[SimulatedEvent]) -> str:
        with Producer(source=SHOP, bootstrap_servers=self.settings.kafka_bootstrap) as producer:
            for event in _with_progress(events):
                producer.emit_document(event.document)
            report = producer.flush(timeout_s=FLUSH_TIMEOUT_S)
        if report.delivered != len(events):
            raise StackError(
                f"Kafka took {report.delivered} of {len(events)} events: {report.problem}", "tracker status; tracker logs kafka"
            )
        self.emitted.append(("sent: simulated shop", len(events), "touchpoints.raw"))
        return f"{len(events):,} events"

    def _drain(self) -> str:
        where = KafkaConnection(bootstrap_servers=self.settings.kafka_bootstrap)
        report = drain(self.options.drain_timeout_s, where, clock=self.clock, notify=self.notify, check=self._none_died)
        if not report.is_drained:
            raise StackError(
                f"after {report.seconds:.0f} s {report}",
                "tracker status; tracker logs worker sink; where they are only slow: tracker drain, then the demo once more",
            )
        return str(report)

    def _none_died(self) -> None:
        for part in parts_of(self.settings).values():
            if died := death_of(part):
                raise StackError(died, f"tracker logs {part.name}; tracker up starts it again")

    def _ask(self, answers: list[tuple[Figures, dict[str, str]]], events: Iterable[SimulatedEvent]) -> str:
        connection = ClickHouseConnection(host=HOST, port=self.settings.clickhouse_http_port)
        door = ClickHouse(connection, database=connection.database)
        try:
            sources = {str(event.document["source"]) for event in events}
            figures = questions.figures(lambda sql: door.ask(sql).rows, self.emitted, sources, self.imported)
            answers.append((figures, questions.stitched(lambda sql: door.ask(sql).rows, sources)))
        finally:
            door.close()
        return "every figure by SQL"


def show(report: DemoReport, to: Console, settings: LocalSettings) -> None:
    """All screens in order; the last one is what to do next."""
    screens.show(report.figures, to)
    screens.show_stitching(report.board, report.by_difficulty, to)
    screens.show_steps(report.steps, report.memory_mib, to)
    screens.show_what_next(report.figures.story.customer_id if report.figures.story else "", to, before_commands(settings))


def before_commands(settings: LocalSettings) -> list[str]:
    """What a shell needs so that `tracker` is found and finds this stack; empty where it is so already."""
    folder = Path(sys.executable).parent
    lines = (
        [] if shutil.which("tracker") else [f". {_beside(folder)}/activate" if (folder / "activate").exists() else f"PATH={folder}:$PATH"]
    )
    usual = client_environment(LocalSettings.model_construct())
    return lines + [
        f"export {name}={value}" for name, value in client_environment(settings).items() if os.environ.get(name, usual[name]) != value
    ]


def _beside(folder: Path) -> Path:
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder


def _with_progress(events: list[SimulatedEvent]) -> Iterable[SimulatedEvent]:
    """A bar on stderr; none where that is no terminal."""
    from rich.console import Console
    from rich.progress import track

    return track(events, description="emit", console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)
