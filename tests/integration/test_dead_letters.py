"""Dead letters on the real parts: sent again, patched, given up; and the stop of a partition in which too much is rejected."""

import json
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from deploy.accounting.accounts import Accounts
from deploy.accounting.faults import Fault
from deploy.chaos.programs import until
from deploy.cli import main
from schemas.dead_letters import DeadLetter
from schemas.topics import topic_names
from streams.core.admission import Gate
from streams.rules_file import load_rules
from streams.settings import WorkerSettings
from tests.integration.harness.line import PARTITIONS, Line, own_kafka, started
from tests.integration.harness.records import Record, record_of
from tests.integration.harness.teller import Document, Teller
from tests.stack import ClickHouseAddress

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]
TOPICS = topic_names()
RUN = 60
MENDABLE, BROKEN, FLOOD = 8, 3, 90


def views(count: int, tag: int) -> list[Document]:
    teller = Teller(f"w80000{tag}", first_day=20)
    return [teller.view(n / 100, teller.one("anonymous", str(n))) for n in range(count)]


def nameless() -> list[Document]:
    """Events that a merge patch can mend: they do not say who sent them."""
    return [{name: value for name, value in document.items() if name != "source"} for document in views(MENDABLE, 1)]


@pytest.fixture(scope="module")
def line(clickhouse: ClickHouseAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    folder = tmp_path_factory.mktemp("dead")
    with own_kafka(folder / "stack") as kafka, started(Line(kafka, clickhouse, "dead_letters", folder)) as running:
        running.worker(worker_reject_run=RUN)
        running.sink()
        broken = [Record(f"k{n}".encode(), f'{{"broken": {n}'.encode()) for n in range(BROKEN)]
        running.send([*(record_of(document) for document in (*nameless(), *views(20, 2))), *broken])
        running.settle()
        yield running


@pytest.fixture(autouse=True)
def _here(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_KAFKA_BOOTSTRAP", line.kafka)
    monkeypatch.setenv("TRACKER_CLICKHOUSE_PORT", str(line.clickhouse.port))
    monkeypatch.setenv("TRACKER_CLICKHOUSE_DATABASE", line.database)


def states(line: Line) -> dict[str, int]:
    return {state: int(n) for state, n in line.ask("SELECT state, count() FROM {tables}.dead_letters FINAL GROUP BY state")}


def accounts(line: Line) -> Accounts:
    key = WorkerSettings.model_fields["identity_key"].default.get_secret_value().encode()
    return Accounts(line.broker, line.connection, line.generation, Gate(load_rules(), key))


def test_a_letter_that_is_sent_again_as_it_is_dies_again_and_says_so(line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dead", "replay", "--reason", "missing_field", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"verdicts": {"refused again: missing_field source": MENDABLE}}
    assert main(["dead", "replay", "--reason", "missing_field"]) == 2
    assert main(["dead", "replay", "--reason", "missing_field", "--yes"]) == 0
    assert states(line) == {"dead": MENDABLE + BROKEN}
    rows = line.ask("SELECT tries, last_try_at > first_try_at, count() FROM {tables}.dead_letters FINAL GROUP BY 1, 2 ORDER BY 1")
    assert [tuple(map(int, row)) for row in rows] == [(1, 0, BROKEN), (2, 1, MENDABLE)]


def test_a_patched_letter_lands_and_its_first_place_says_replayed(line: Line, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    patch = tmp_path / "fix.json"
    patch.write_text('{"source": "shop-eu"}')
    assert main(["dead", "replay", "--reason", "missing_field", "--patch", str(patch), "--yes", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["sent"], told["before"], told["after"]) == (
        MENDABLE, {"dead": MENDABLE + BROKEN}, {"dead": BROKEN, "replayed": MENDABLE}
    )  # fmt: skip
    ids = ", ".join(f"'{document['event_id']}'" for document in nameless())
    ((stored,),) = line.ask(f"SELECT count() FROM {{tables}}.touchpoints FINAL WHERE event_id IN ({ids})")
    assert stored == MENDABLE
    letters = [DeadLetter.model_validate_json(record.value) for record in line.read(TOPICS.dead)]
    last = {(letter.partition, letter.offset): letter for letter in letters}
    assert sorted(str(letter.state) for letter in last.values()) == ["dead"] * BROKEN + ["replayed"] * MENDABLE
    assert {letter.tries for letter in last.values() if letter.state == "replayed"} == {3}


def test_letters_that_nobody_needs_are_discarded_and_keep_no_bytes(line: Line) -> None:
    assert main(["dead", "discard", "--reason", "not_json", "--yes"]) == 0
    assert states(line) == {"discarded": BROKEN, "replayed": MENDABLE}
    ((kept,),) = line.ask("SELECT sum(length(raw)) FROM {tables}.dead_letters FINAL")
    assert kept == 0


def test_the_accounts_are_clean_after_it_all(line: Line) -> None:
    assert accounts(line).make(None, 0, 60.0).findings == []


def test_a_run_of_rejects_stops_its_partition_alone_until_somebody_accepts_them(line: Line) -> None:
    worker = line.programs[0]
    good = views(60, 3)
    line.send([*(Record(b"one key", b"no event") for _ in range(FLOOD)), *(record_of(document) for document in good)])
    until("the stop", lambda: "partition_stopped" in worker.said())
    (stopped,) = [told for told in map(orjson.loads, worker.said().splitlines()) if told.get("event") == "partition_stopped"]
    partition = stopped["partition"]
    report = accounts(line).make(None, 0, 3.0)
    assert {(each.fault, each.partition) for each in report.findings} == {(Fault.STOPPED, partition)}
    assert "dead accept" in report.findings[0].remedy
    assert worker.code is None
    assert main(["dead", "accept", "--partition", str(partition)]) == 0
    line.settle()
    assert states(line)["dead"] == FLOOD
    ids = ", ".join(f"'{document['event_id']}'" for document in good)
    ((stored,),) = line.ask(f"SELECT count() FROM {{tables}}.touchpoints FINAL WHERE event_id IN ({ids})")
    assert (stored, PARTITIONS) == (len(good), 6)
