"""A worker that lost its disk goes on from saved copies of its stores, older than what it had sent: the tables are the same."""

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from deploy.accounting.accounts import Accounts
from deploy.chaos.line import PARTITIONS, Line, Prints
from deploy.chaos.programs import Program, until
from deploy.chaos.records import disordered
from schemas.topics import topic_names
from streams.core.admission import Gate
from streams.rules_file import load_rules
from streams.settings import WorkerSettings
from tests.integration.conftest import Told
from tests.integration.harness.trouble import SMALL_STEPS, is_under_way, under_load

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]
TOPICS = topic_names()
OFTEN_S, NEVER_S = 1.0, 3_600.0


def events(worker: Program, name: str) -> list[dict[str, Any]]:
    """What the worker and its predecessors logged under this name."""
    told = (json.loads(line) for line in worker.said().splitlines() if line.startswith("{"))
    return [event for event in told if event["event"] == name]


def saved(folder: Path) -> dict[str, int]:
    """By store the position of its farthest copy."""
    return {home.name: max(int(copy.name.split("-")[0]) for copy in home.glob("[0-9]*")) for home in (folder / "g1").iterdir()}


def all_saved(line: Line, folder: Path) -> bool:
    logs = {f"{topic}-{p}": end for topic in (TOPICS.raw, TOPICS.resolved, TOPICS.links) for p, end in line.ends(topic).items()}
    return (folder / "g1").exists() and saved(folder).items() >= {name: end for name, end in logs.items() if end}.items()


def test_a_lost_disk_is_made_good_from_the_copies_and_the_rest_of_the_log(line: Line, short_set: Told, undisturbed: Prints) -> None:
    copies, sent = line.folder / "copies", disordered(short_set.records, 71)
    copies.mkdir()
    third = len(sent) // 3
    worker, _ = line.worker(**SMALL_STEPS, worker_copies_dir=copies, worker_copy_every_s=OFTEN_S), line.sink()
    line.send(sent[:third])
    line.settle()
    until("all stores are saved as they are", lambda: all_saved(line, copies))
    line.lose(worker)
    before = saved(copies)
    worker = line.worker(**SMALL_STEPS, worker_copies_dir=copies, worker_copy_every_s=NEVER_S)
    for _ in under_load(line, random.Random(71), sent[third : 2 * third], times=1):
        line.lose(worker)
        assert is_under_way(line), "the kill came when all was over"
        shutil.rmtree(line.folder / "stores")
    assert saved(copies) == before, "the copies were to be older than what the worker had sent"
    line.send(sent[2 * third :])
    worker = line.worker(**SMALL_STEPS, worker_copies_dir=copies, worker_copy_every_s=NEVER_S)
    line.settle()
    assert {event["store"]: event["position"] for event in events(worker, "copy_taken")} == before
    assert len(before) == 2 * PARTITIONS + 1
    assert events(worker, "copy_passed_over") + events(worker, "copy_failed") == []
    assert line.prints() == undisturbed
    report = Accounts(line.broker, line.connection, line.generation, Gate(load_rules(), secret())).make(None, 0, 60.0)
    assert report.findings == []
    assert {f.partition: f.accounted for f in report.figures} == line.ends(TOPICS.raw)


def secret() -> bytes:
    key: bytes = WorkerSettings.model_fields["identity_key"].default.get_secret_value().encode()
    return key
