"""A generation built from the log beside the live one, on the real parts: in one go, and killed wherever it hurts."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy.chaos.line import Line, beside, own_kafka, started
from deploy.chaos.programs import until
from deploy.local.apart import PROJECT, environment_with
from deploy.rebuild.programs import stop_all
from schemas.topics import topic_names
from sinks.publish import published_generation
from tests.integration.harness.mixed import records
from tests.stack import ClickHouseAddress

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]
EVENTS, LATER = 1_500, 400
"""In all, and how many of them come while a generation is built."""
WITHIN_S = 400


class Tracker:
    """The command as ops call it."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.state_dir, self.copies_dir = line.folder / "rebuilt", line.folder / "copies"
        self.copies_dir.mkdir(exist_ok=True)

    def _start(self, *words: str) -> "subprocess.Popen[str]":
        settings = {
            "kafka_bootstrap": self._line.kafka,
            "clickhouse_host": self._line.clickhouse.host,
            "clickhouse_port": self._line.clickhouse.port,
            "clickhouse_database": self._line.database,
            "worker_state_dir": self.state_dir,
            "worker_raw_chunk": 50,
            "worker_copies_dir": self.copies_dir,
            "worker_copy_every_s": 1,
        }
        command = [sys.executable, "-m", "deploy", *words]
        return subprocess.Popen(
            command, env=environment_with(settings), cwd=PROJECT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def says(self, *words: str, code: int = 0) -> Any:
        """Its JSON document."""
        told, talk = (running := self._start(*words, "--json")).communicate(timeout=WITHIN_S)
        assert running.returncode == code, talk
        return json.loads(told)

    def begins(self, *words: str) -> "subprocess.Popen[str]":
        return self._start(*words)

    def pid_of(self, generation: int, name: str) -> int:
        """Of a program that the rebuild started; 0 where it has not yet."""
        file = self.state_dir / f"g{generation}" / "rebuild" / f"{name}.pid"
        return int(json.loads(file.read_text())["pid"]) if file.exists() else 0


@pytest.fixture(scope="module")
def live(clickhouse: ClickHouseAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """Generation 1 with a worker and a sink, all landed."""
    folder: Path = tmp_path_factory.mktemp("live")
    with own_kafka(folder / "stack") as kafka, started(Line(kafka, clickhouse, "rebuilt", folder)) as line:
        line.worker()
        line.sink()
        line.send(records(EVENTS)[:-LATER])
        line.settle()
        yield line


@pytest.fixture
def tracker(live: Line) -> Iterator[Tracker]:
    """What it leaves running is stopped."""
    command = Tracker(live)
    yield command
    for generation in (2, 3):
        stop_all(command.state_dir, generation)


@contextmanager
def traffic(line: Line) -> Iterator[None]:
    """The rest of the events, a few at a time, for as long as it lasts; then what is left of them, and all has landed."""
    rest, enough = records(EVENTS)[-LATER:], threading.Event()

    def send() -> None:
        while rest and not enough.wait(0.1):
            line.send([rest.pop(0) for _ in range(min(5, len(rest)))])

    sending = threading.Thread(target=send)
    sending.start()
    try:
        yield
    finally:
        enough.set()
        sending.join()
        line.send(rest)
        line.settle()


def test_in_one_go_under_traffic_it_is_equal_and_the_views_are_switched(live: Line, tracker: Tracker) -> None:
    with traffic(live):
        report = tracker.says("rebuild", "--no-keep-running")
    assert (report["was"], report["generation"], report["published"]) == (1, 2, 2)
    assert {t["table"]: t["different"] for t in report["comparison"]["tables"] if t["different"]} == {}
    assert published_generation(live.connection) == 2
    again = tracker.says("rebuild", "--to-generation", "2", "--no-keep-running")
    assert (again["comparison"], beside(live, 2).prints()) == (None, live.prints()), "a later call brings it to the end of raw"
    refused = tracker.says("rebuild", "drop", "--generation", "2", "--yes", code=1)
    assert "the views show" in refused["error"]["message"]
    assert tracker.says("rebuild", "switch", "--generation", "1") == {"was": 2, "published": 1}
    assert [folder.name for folder in tracker.copies_dir.iterdir()] == ["g2"]
    deleted = tracker.says("rebuild", "drop", "--generation", "2", "--yes")["deleted"]
    assert {"database rebuilt_g2", f"folder {tracker.copies_dir / 'g2'}"} <= set(deleted)
    assert list(tracker.copies_dir.iterdir()) == []
    assert not live.ends(topic_names(2).resolved)


def test_killed_in_the_middle_it_goes_on_with_other_counts_of_workers_and_partitions(live: Line, tracker: Tracker) -> None:
    asked = ("rebuild", "--to-generation", "3", "--workers", "2", "--partitions", "4", "--no-switch")
    begun = tracker.begins(*asked)
    ledger = topic_names(3).ledger
    until("work on generation 3", lambda: sum(live.ends(ledger).values()) > 3)
    until("a worker of generation 3", lambda: tracker.pid_of(3, "rebuild-1") > 0)
    psutil.Process(worker := tracker.pid_of(3, "rebuild-1")).kill()
    until("another worker in its place", lambda: tracker.pid_of(3, "rebuild-1") not in (0, worker))
    begun.kill()
    begun.communicate()
    psutil.Process(tracker.pid_of(3, "sink")).kill()
    report = tracker.says(*asked)
    assert {t["table"]: t["different"] for t in report["comparison"]["tables"] if t["different"]} == {}
    assert report["published"] == 1
    assert beside(live, 3).prints() == live.prints()
    assert len(live.ends(topic_names(3).resolved)) == 4
    assert len(live.ends(topic_names().raw)) == 6


def test_an_archive_restored_into_a_fresh_broker_gives_the_same_tables(live: Line, tracker: Tracker, tmp_path: Path) -> None:
    folder = str(tmp_path / "archive")
    sent = sum(live.ends(topic_names().raw).values())
    assert tracker.says("archive", "--to", folder)["records"] == sent
    assert tracker.says("archive", "verify", folder)["problems"] == []
    assert [p["sent"] for p in tracker.says("restore", folder)["partitions"]] == [0] * 6, "the log itself has them all"
    with own_kafka(tmp_path / "stack") as kafka, started(Line(kafka, live.clickhouse, "restored", tmp_path)) as fresh:
        report = Tracker(fresh).says("restore", folder)
        assert (report["proven"], sum(p["sent"] for p in report["partitions"])) == (True, sent)
        again = Tracker(fresh).says("restore", folder)
        assert (again["proven"], sum(p["sent"] for p in again["partitions"])) == (True, 0)
        fresh.worker()
        fresh.sink()
        fresh.settle()
        assert fresh.prints() == live.prints()
        received = "SELECT count(), sum(toUnixTimestamp64Milli(received_at)) FROM {tables}.touchpoints FINAL"
        assert fresh.ask(received) == live.ask(received)


def test_a_customer_told_anew_gets_lost_and_changed_rows_back(live: Line, tracker: Tracker) -> None:
    before = live.prints()
    query = (  # of one customer alone: who shows a shared one need not be its owner
        "SELECT value, toString(any(customer_id)) FROM {tables}.identities FINAL WHERE kind = 'email' AND value != ''"
        " GROUP BY value HAVING uniqExact(customer_id) = 1 ORDER BY value LIMIT 1"
    )
    ((address, customer),) = live.ask(query)
    ((touches,),) = live.ask(f"SELECT count() FROM {{tables}}.touchpoints FINAL WHERE customer_id = '{customer}'")
    live.ask(f"DELETE FROM {{tables}}.touchpoints WHERE customer_id = '{customer}'")
    live.ask(f"ALTER TABLE {{tables}}.customers UPDATE touchpoint_count = 0 WHERE customer_id = '{customer}' SETTINGS mutations_sync = 1")
    assert live.prints() != before
    report = tracker.says("rebuild", "--customer", f"email:{address}")
    told = {table["table"]: table["told"] for table in report["tables"]}
    assert (report["customer_id"], told["touchpoints"], told["customers"]) == (customer, touches, 1)
    assert live.prints() == before
    refused = tracker.says("rebuild", "--customer", "email:nobody@mail.example", code=1)
    assert "no such customer" in refused["error"]["message"]
