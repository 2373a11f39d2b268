"""The whole demo, small, on a stack of its own: every figure there, and a second run doubles nothing."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

import psutil
import pytest

from deploy.demo.figures import Figures
from deploy.demo.run import Demo, DemoOptions, DemoReport, before_commands, show
from deploy.demo.screens import console
from deploy.demo.shop import simulate
from deploy.local import stack
from deploy.local.errors import StackError
from deploy.local.stages import Stage, clickhouse_connection
from deploy.score.in_process import InProcess
from deploy.score.live import differing, live_customers
from deploy.settings import LocalSettings
from schemas.connections import KafkaConnection
from sinks.fingerprint import fingerprint
from streams.rules_file import load_rules
from streams.settings import WorkerSettings
from tests.stack import local_settings, running

from streams.producer import Producer  # isort: skip (`tests.stack` first imports kafka-python without its warnings)

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]
OPTIONS = DemoOptions(customers=60, days=30, drain_timeout_s=120)


@dataclass(frozen=True, slots=True)
class Runs:
    settings: LocalSettings
    first: DemoReport
    second: DemoReport
    prints: tuple[object, object]
    """after each run by table: live rows and their hash"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    settings = local_settings(tmp_path_factory.mktemp("demo"))
    with running(settings):
        first, after = Demo(OPTIONS, settings, print).run(), prints(settings)
        yield Runs(settings, first, Demo(OPTIONS, settings, print).run(), (after, prints(settings)))


def prints(settings: LocalSettings) -> object:
    return {name: (table.rows, table.hash) for name, table in fingerprint(clickhouse_connection(settings), 1).tables.items()}


def counts(figures: Figures) -> dict[str, int]:
    return {what: count for what, count, _ in figures.counts}


def test_what_was_sent_is_there_by_the_end(runs: Runs) -> None:
    found = counts(runs.first.figures)
    assert found["records accepted"] + found["records duplicate"] == found["sent: simulated shop"] + 1, "the round trip's event beside them"
    assert found["records dead"] == found["dead letters"] == found["records dropped"] == 0
    assert min(found[name] for name in ("customers", "sessions", "journeys", "orders placed", "tickets", "returns")) > 0


def test_the_stitching_is_measured_over_all_events_that_are_somebodys(runs: Runs) -> None:
    board = runs.first.board
    assert board.pairwise.events > 0.9 * counts(runs.first.figures)["touchpoints"]
    assert board.pairwise.precision > 0.99
    assert board.connected.recall > 0.99
    assert 0.5 < board.pairwise.recall <= board.connected.recall


def test_a_second_run_doubles_nothing(runs: Runs) -> None:
    before, after = counts(runs.first.figures), counts(runs.second.figures)
    sent = before["sent: simulated shop"]
    assert after == before | {"records duplicate": before["records duplicate"] + sent}
    assert runs.prints[0] == runs.prints[1]
    assert replace(runs.second.figures, counts=()) == replace(runs.first.figures, counts=())
    assert (runs.second.board, runs.second.by_difficulty) == (runs.first.board, runs.first.by_difficulty)


def test_by_the_rules_alone_every_event_is_at_the_customer_at_whom_the_line_has_it(runs: Runs) -> None:
    events = list(simulate(OPTIONS.customers, OPTIONS.days, OPTIONS.seed))
    alone = InProcess(load_rules(), WorkerSettings.model_fields["identity_key"].default.get_secret_value().encode())
    alone.take(event.document for event in events)
    kafka = KafkaConnection(bootstrap_servers=runs.settings.kafka_bootstrap)
    found = live_customers(events, kafka, clickhouse_connection(runs.settings), 1, 120.0, print)
    assert differing(found, alone.customers()) == 0
    assert found == alone.customers()


def test_all_screens_fit_into_100_columns(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    show(runs.first, console(sys.stdout), runs.settings)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    assert any(line.startswith("customer ") for line in lines)


def test_the_last_screen_says_where_a_stack_on_other_ports_is(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TRACKER_KAFKA_BOOTSTRAP", "TRACKER_CLICKHOUSE_PORT"):
        monkeypatch.delenv(name, raising=False)
    assert f"export TRACKER_KAFKA_BOOTSTRAP={runs.settings.kafka_bootstrap}" in before_commands(runs.settings)
    assert f"export TRACKER_CLICKHOUSE_PORT={runs.settings.clickhouse_http_port}" in before_commands(runs.settings)


def test_what_does_not_land_is_an_error_that_names_it(runs: Runs) -> None:
    stack.down(runs.settings, [Stage.SINK])
    with Producer(source="test", bootstrap_servers=runs.settings.kafka_bootstrap) as producer:
        producer.emit("page.viewed", identities={"anonymous": "c-1"}, payload={"url": "/late"})
    with pytest.raises(StackError, match=r"not landed: .* frames that the sink has not stored") as failed:
        Demo(replace(OPTIONS, drain_timeout_s=3.0), runs.settings, print)._drain()
    assert "tracker drain" in failed.value.remedy


def test_a_worker_that_died_ends_the_wait_at_once(runs: Runs) -> None:
    (worker,) = (part for part in stack.status(runs.settings, 0) if part.name == "worker")
    assert worker.pid is not None
    process = psutil.Process(worker.pid)
    process.kill()
    process.wait(timeout=10)
    with pytest.raises(StackError, match="worker ended by itself"):
        Demo(OPTIONS, runs.settings, print)._drain()
