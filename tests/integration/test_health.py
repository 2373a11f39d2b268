"""Health by progress on the real parts: an absent service restarts nobody, a partition that stands still ends its worker for a restart."""

import os
import signal
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from kafka import KafkaProducer

from deploy.chaos.line import Line, started
from deploy.chaos.programs import until
from deploy.cli import main
from deploy.health.asking import Asked, ask
from deploy.local.stages import Stage, parts_of
from deploy.settings import HOST, LocalSettings
from schemas.facts import ResolvedFrame, encode_resolved
from schemas.health import EXIT_STUCK
from schemas.metrics import METRICS, Program
from schemas.topics import topic_names
from tests.integration.harness.mixed import records
from tests.stack import ClickHouseAddress, free_ports, local_settings, running

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

STUCK_AFTER_S = 4.0
AWAY_S = 1.5 * STUCK_AFTER_S
NEVER = 10**9
"""An epoch that no log of links will reach: whoever waits for it waits for ever."""


@dataclass(frozen=True)
class Watched:
    """A stack of the test's own, and a line on it whose worker and sink serve their health on these ports."""

    settings: LocalSettings
    line: Line
    worker_port: int
    sink_port: int

    def asked(self) -> Sequence[Asked]:
        return [ask(f"{HOST}:{self.worker_port}", "worker"), ask(f"{HOST}:{self.sink_port}", "sink")]

    def freeze(self, stage: Stage, number: signal.Signals) -> None:
        part = parts_of(self.settings)[stage].daemon.running()
        assert part is not None
        os.killpg(part.pid, number)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    settings = local_settings(tmp_path / "stack")
    worker, sink = free_ports(2)
    with running(settings, Stage.KAFKA, Stage.CLICKHOUSE):
        line = Line(settings.kafka_bootstrap, ClickHouseAddress(HOST, settings.clickhouse_http_port), "watched", tmp_path)
        with started(line):
            yield Watched(settings, line, worker, sink)


def all_well(watched: Watched) -> bool:
    return all(asked.is_well for asked in watched.asked())


def missing(port: int, program: Program) -> set[str]:
    with urllib.request.urlopen(f"http://{HOST}:{port}/metrics", timeout=10) as page:
        text = page.read().decode()
    return {m.name for m in METRICS if program in m.programs and f"# TYPE {m.name.removesuffix('_total')}" not in text}


class Absence:
    """Begins when all that need the part have found it away."""

    def __init__(self, watched: Watched, stage: Stage) -> None:
        self._watched, self._stage, self._since = watched, stage, 0.0

    def is_long(self) -> bool:
        found = [verdicts(asked).get(self._stage.value, "failed") for asked in self._watched.asked()]
        if set(found) != {"failed"} and not (self._stage is Stage.CLICKHOUSE and found[1] == "failed"):
            self._since = time.monotonic()
        return self._since > 0 and time.monotonic() - self._since >= AWAY_S


def verdicts(asked: Asked) -> dict[str, str]:
    return {finding.name: finding.verdict for finding in asked.findings}


def test_absent_services_restart_nobody_and_a_standstill_restarts_its_worker(watched: Watched, capsys: pytest.CaptureFixture[str]) -> None:
    line = watched.line
    worker = line.worker(worker_health_port=watched.worker_port, worker_stuck_after_s=STUCK_AFTER_S)
    sink = line.sink(sink_health_port=watched.sink_port, sink_stuck_after_s=STUCK_AFTER_S)
    until("worker and sink are ready", lambda: all_well(watched))
    sent = records(1_000)
    line.send(sent[:800])
    line.settle()
    assert missing(watched.worker_port, "worker") == set()
    assert missing(watched.sink_port, "sink") == set()
    assert main(["health", "--at", f"{HOST}:{watched.worker_port}", "--at", f"{HOST}:{watched.sink_port}"]) == 0
    assert "received to queryable, p99" in capsys.readouterr().out

    for stage in (Stage.CLICKHOUSE, Stage.KAFKA):
        watched.freeze(stage, signal.SIGSTOP)
        if stage is Stage.CLICKHOUSE:
            line.send(sent[800:])
        until(f"{stage} was away for long", Absence(watched, stage).is_long)
        assert (worker.code, sink.code) == (None, None), "an absent service is no reason to end"
        watched.freeze(stage, signal.SIGCONT)
    until("worker and sink are ready again", lambda: all_well(watched))
    line.settle()

    stand_still(line)
    assert worker.ended() == EXIT_STUCK, worker.last_words()
    assert "progress_stands_still" in worker.said()
    assert sink.code is None
    line.programs.remove(worker)


def stand_still(line: Line) -> None:
    """A frame that can never be judged."""
    producer = KafkaProducer(bootstrap_servers=line.kafka, acks="all", metrics_enabled=False)
    try:
        producer.send(topic_names().resolved, encode_resolved(ResolvedFrame(NEVER, [], [], [])), partition=0)
        producer.flush(timeout=60)
    finally:
        producer.close()
