"""The accounts on the real parts: clean where all is well, each planted fault found and mended; dead letters sent again, patched, given
up; and the stop of a partition in which too much is rejected. The tests follow on each other: one line serves them all."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import orjson
import pytest
from rocksdict import Rdict

from deploy.accounting.accounts import Accounts
from deploy.accounting.faults import Fault, Report
from deploy.accounting.mending import mend
from deploy.chaos.line import PARTITIONS, Line, own_kafka, started
from deploy.chaos.programs import until
from deploy.chaos.records import Record, disordered, record_of
from deploy.cli import main
from schemas.dead_letters import DeadLetter
from schemas.topics import topic_names
from sinks.clickhouse import ClickHouse
from streams.core.admission import Gate
from streams.kill_points import KILLED
from streams.rules_file import load_rules
from streams.settings import WorkerSettings
from streams.stores import META, Progress, options, shared_cache
from tests.integration.harness.mixed import records
from tests.integration.harness.teller import Document, Teller
from tests.stack import ClickHouseAddress

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]
TOPICS = topic_names()
EVENTS, FOREIGN = 2_500, 25
MENDABLE, BROKEN, RUN, FLOOD = 8, 3, 60, 90
BAD = MENDABLE + BROKEN


def views(count: int, tag: int) -> list[Document]:
    """Page views by one cookie each, so that they tell nothing new about who is who."""
    teller = Teller(f"w80000{tag}", first_day=20)
    return [teller.view(n / 100, teller.one("anonymous", str(n))) for n in range(count)]


def nameless() -> list[Document]:
    """Events that a merge patch can mend: they do not say who sent them."""
    return [{name: value for name, value in document.items() if name != "source"} for document in views(MENDABLE, 1)]


@pytest.fixture(scope="module")
def line(clickhouse: ClickHouseAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """The mixed set out of order, a twentieth of it twice, bad input and foreign keys between; all has landed."""
    folder = tmp_path_factory.mktemp("accounting")
    sent = disordered(records(EVENTS), 7)
    sent[500:500] = [Record(f"k{n}".encode(), f'{{"broken": {n}'.encode()) for n in range(BROKEN)]
    sent[900:900] = [record_of(document) for document in nameless()]
    sent[1000 : 1000 + FOREIGN] = [Record(b"foreign", record.value) for record in sent[1000 : 1000 + FOREIGN]]
    with own_kafka(folder / "stack") as kafka, started(Line(kafka, clickhouse, "accounting", folder)) as running:
        running.worker(worker_hole_after_s=600.0, worker_reject_run=RUN)
        running.sink()
        running.send(sent)
        running.settle()
        yield running


@pytest.fixture(autouse=True)
def _here(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands look at this line."""
    monkeypatch.setenv("TRACKER_KAFKA_BOOTSTRAP", line.kafka)
    monkeypatch.setenv("TRACKER_CLICKHOUSE_PORT", str(line.clickhouse.port))
    monkeypatch.setenv("TRACKER_CLICKHOUSE_DATABASE", line.database)


def accounts(line: Line) -> Accounts:
    key = WorkerSettings.model_fields["identity_key"].default.get_secret_value().encode()
    return Accounts(line.broker, line.connection, line.generation, Gate(load_rules(), key))


def look(line: Line, since: int = 0) -> Report:
    return accounts(line).make(None, since, 60.0)


def faults(report: Report) -> set[Fault]:
    return {each.fault for each in report.findings}


def test_a_line_on_which_all_is_well_is_clean_to_the_last_offset(line: Line) -> None:
    report = look(line)
    assert report.findings == []
    assert report.settled
    assert look(line, since=200).findings == [], "what lies below explains what seems wrong behind"
    assert {f.partition: f.accounted for f in report.figures} == line.ends(TOPICS.raw)
    assert sum(f.dead for f in report.figures) == BAD
    assert sum(f.dropped for f in report.figures) == FOREIGN
    ((rows, costs),) = line.ask("SELECT (SELECT count() FROM {tables}.touchpoints FINAL), (SELECT count() FROM {tables}.ad_costs FINAL)")
    assert sum(f.stored for f in report.figures) == rows + costs
    assert sum(f.rows for f in report.figures) == rows


def test_rows_that_were_deleted_in_clickhouse_are_found_and_come_back_from_journeys(line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    ((row,),) = line.ask("SELECT toString(event_id) FROM {tables}.touchpoints FINAL ORDER BY event_id LIMIT 1")
    ((cost,),) = line.ask("SELECT toString(event_id) FROM {tables}.ad_costs FINAL LIMIT 1")
    ((partition, offset),) = line.ask("SELECT raw_partition, raw_offset FROM {tables}.dead_letters FINAL LIMIT 1")
    before = line.prints()
    command(line, f"DELETE FROM {{tables}}.touchpoints WHERE event_id = '{row}'")
    command(line, f"DELETE FROM {{tables}}.ad_costs WHERE event_id = '{cost}'")
    command(line, f"DELETE FROM {{tables}}.dead_letters WHERE raw_partition = {partition} AND raw_offset = {offset}")
    command(line, f"DELETE FROM {{tables}}.ledger WHERE raw_partition = {partition} AND first_offset = 0")
    found = look(line)
    assert faults(found) == {Fault.MISSING, Fault.LETTER, Fault.LEDGER_ROW}
    assert sorted(each.count for each in found.findings if each.fault is Fault.MISSING) == [1, 1]
    assert [(each.partition, each.first) for each in found.findings if each.fault is Fault.LETTER] == [(partition, offset)]
    assert row in {example for each in found.findings for example in each.examples}
    assert main(["reconcile", "--json"]) == 1
    assert len(json.loads(capsys.readouterr().out)["findings"]) == len(found.findings)
    assert main(["reconcile", "--repair"]) == 0
    told = capsys.readouterr().out
    assert f"mended: partition {partition}, offsets {offset} to {offset}: letter, 1" in told
    assert "every offset is accounted for" in told
    assert line.prints() == before


def test_a_row_too_many_is_found(line: Line) -> None:
    """A withdrawal that never reached ClickHouse leaves the touchpoint with two customers."""
    before = line.prints()
    command(
        line,
        "INSERT INTO {tables}.touchpoints SELECT * REPLACE (toUUID('00000000-0000-8000-8000-000000000001') AS customer_id, 1 AS version) "
        "FROM {tables}.touchpoints FINAL ORDER BY event_id LIMIT 1",
    )
    found = look(line)
    assert [each.fault for each in found.findings] == [Fault.DOUBLED]
    command(line, "DELETE FROM {tables}.touchpoints WHERE customer_id = '00000000-0000-8000-8000-000000000001'")
    assert look(line).findings == []
    assert line.prints() == before


def states(line: Line) -> dict[str, int]:
    return {state: int(n) for state, n in line.ask("SELECT state, count() FROM {tables}.dead_letters FINAL GROUP BY state")}


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
    assert look(line).findings == []


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


def test_what_a_worker_skipped_is_found_and_said_again_by_it(line: Line) -> None:
    """A hole in raw, and facts that were admitted and never stitched: journeys knows nothing of either."""
    line.programs[0].kill()
    del line.programs[0]
    lost, skipped = views(60, 4), views(90, 5)
    line.send([record_of(document) for document in lost])
    dying = line.worker(worker_kill_at="after_store:1")
    assert dying.ended() == KILLED
    line.programs.remove(dying)
    for partition in range(PARTITIONS):
        move(line, TOPICS.resolved, partition, line.ends(TOPICS.resolved)[partition])
    line.send([record_of(document) for document in skipped])
    for partition in range(PARTITIONS):
        move(line, TOPICS.raw, partition, line.ends(TOPICS.raw)[partition] - 3)
    line.worker(worker_hole_after_s=600.0)
    until("the ledger of the newest", lambda: told_until(line) == line.ends(TOPICS.raw))
    found = accounts(line).make(None, 0, 1.0)
    assert faults(found) == {Fault.GAP, Fault.MISSING}
    mend(accounts(line), found.findings, 20.0, lambda _: None)
    assert look(line).findings == []
    ids = ", ".join(f"'{document['event_id']}'" for document in (*lost, *skipped))
    ((stored,),) = line.ask(f"SELECT count() FROM {{tables}}.touchpoints FINAL WHERE event_id IN ({ids})")
    assert stored == len(lost) + len(skipped)


def told_until(line: Line) -> dict[int, int]:
    rows = line.ask("SELECT raw_partition, max(last_offset) + 1 FROM {tables}.ledger FINAL GROUP BY 1")
    return {int(partition): int(until) for partition, until in rows}


def move(line: Line, topic: str, partition: int, position: int) -> None:
    """Lets a store of the worker, which does not run, say that it is as far as this."""
    database = Rdict(str(line.folder / "stores" / "g1" / "w1" / f"{topic}-{partition}"), options(shared_cache(8)))
    progress = msgspec.msgpack.decode(database[META] or b"", type=Progress)
    progress.position = max(progress.position, position)
    database[META] = msgspec.msgpack.encode(progress)
    database.close()


def command(line: Line, sql: str) -> None:
    door = ClickHouse(line.connection, timeout_s=60)
    try:
        door.command(sql.format(tables=f"`{line.database}_g{line.generation}`"))
    finally:
        door.close()
