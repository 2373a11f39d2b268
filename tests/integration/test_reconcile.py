"""The accounts on the real parts: clean where all is well, and each planted fault found and mended."""

from collections.abc import Iterator

import orjson
import pytest
from kafka import KafkaProducer

from deploy.accounting.accounts import Accounts
from deploy.accounting.faults import Fault, Report
from deploy.accounting.mending import mend
from schemas.topics import topic_names
from streams.core.admission import Gate
from streams.rules_file import load_rules
from streams.settings import WorkerSettings
from tests.integration.conftest import Told
from tests.integration.harness.line import Line, own_kafka, started
from tests.integration.harness.records import Record, disordered
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
