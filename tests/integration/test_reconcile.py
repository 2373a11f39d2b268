"""The accounts on the real parts: clean where all is well, and each planted fault found and mended."""

from collections.abc import Iterator

import msgspec
import orjson
import pytest
from rocksdict import Rdict

from deploy.accounting.accounts import Accounts
from deploy.accounting.faults import Fault, Report
from deploy.accounting.mending import mend
from schemas.topics import topic_names
from sinks.clickhouse import ClickHouse
from streams.core.admission import Gate
from streams.kill_points import KILLED
from streams.rules_file import load_rules
from streams.settings import WorkerSettings
from streams.stores import META, Progress, options, shared_cache
from tests.integration.conftest import Told
from tests.integration.harness.line import PARTITIONS, Line, own_kafka, started
from tests.integration.harness.records import Record, disordered, record_of
from tests.integration.harness.teller import Document, Teller
from tests.stack import ClickHouseAddress

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]
BAD, FOREIGN = 30, 25
TOPICS = topic_names()


@pytest.fixture(scope="module")
def line(short_set: Told, clickhouse: ClickHouseAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """The mixed set out of order, a twentieth of it twice, bad input and foreign keys between; all has landed."""
    folder = tmp_path_factory.mktemp("reconcile")
    sent = disordered(short_set.records, 7)
    sent[500:500] = [Record(f"bad-{n}".encode(), b"{" if n % 2 else orjson.dumps({"event_type": f"no.{n}"})) for n in range(BAD)]
    sent[900 : 900 + FOREIGN] = [Record(b"foreign", record.value) for record in sent[900 : 900 + FOREIGN]]
    with own_kafka(folder / "stack") as kafka, started(Line(kafka, clickhouse, "reconcile", folder)) as running:
        running.worker(worker_hole_after_s=600.0)
        running.sink()
        running.send(sent)
        running.settle()
        yield running


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
    assert {f.partition: f.accounted for f in report.figures} == line.ends(TOPICS.raw)
    assert sum(f.dead for f in report.figures) == BAD
    assert sum(f.dropped for f in report.figures) == FOREIGN
    ((rows, costs),) = line.ask("SELECT (SELECT count() FROM {tables}.touchpoints FINAL), (SELECT count() FROM {tables}.ad_costs FINAL)")
    assert sum(f.stored for f in report.figures) == rows + costs
    assert sum(f.rows for f in report.figures) == rows


def test_rows_that_were_deleted_in_clickhouse_are_found_and_come_back_from_journeys(line: Line) -> None:
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
    mend(accounts(line), found.findings, 30.0, lambda _: None)
    assert look(line).findings == []
    assert line.prints() == before


def test_a_row_too_many_is_found_and_mended(line: Line) -> None:
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


def test_what_a_worker_skipped_is_found_and_said_again_by_it(line: Line) -> None:
    """A hole in raw, and facts that were admitted and never stitched: journeys knows nothing of either."""
    line.programs[0].kill()
    del line.programs[0]
    lost, skipped = views(60, 1), views(90, 2)
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
    found = accounts(line).make(None, 0, 3.0)
    assert faults(found) == {Fault.GAP, Fault.MISSING}
    mend(accounts(line), found.findings, 20.0, lambda _: None)
    assert look(line).findings == []
    ids = ", ".join(f"'{document['event_id']}'" for document in (*lost, *skipped))
    ((stored,),) = line.ask(f"SELECT count() FROM {{tables}}.touchpoints FINAL WHERE event_id IN ({ids})")
    assert stored == len(lost) + len(skipped)


def views(count: int, tag: int) -> list[Document]:
    """Page views by one cookie each, so that they tell nothing new about who is who."""
    teller = Teller(f"w70000{tag}", first_day=30)
    return [teller.view(n / 100, teller.one("anonymous", str(n))) for n in range(count)]


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
