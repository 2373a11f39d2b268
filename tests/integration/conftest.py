"""What the end-to-end proofs share: the mixed set in its short form, and what comes of it where nothing disturbs the line."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.chaos.line import Line, Prints, own_kafka, started
from deploy.chaos.records import Record, record_of
from tests.integration.harness.mixed import mixed
from tests.integration.harness.teller import Document
from tests.stack import ClickHouseAddress

SHORT = 6_000


@dataclass(frozen=True)
class Told:
    """A set of events, in order of occurred_at."""

    documents: tuple[Document, ...]

    @property
    def records(self) -> list[Record]:
        return [record_of(document) for document in self.documents]


@pytest.fixture(scope="session")
def short_set() -> Told:
    return Told(tuple(mixed(SHORT)))


@pytest.fixture(scope="session")
def undisturbed_line(short_set: Told, clickhouse: ClickHouseAddress, tmp_path_factory: pytest.TempPathFactory) -> Line:
    """The short set in order and once, through one worker and one sink, all landed; its Kafka is gone, its tables are there."""
    folder = tmp_path_factory.mktemp("undisturbed")
    line = Line("", clickhouse, "undisturbed", folder)
    with own_kafka(folder / "stack") as kafka, started(line.at(kafka)) as running:
        running.worker()
        running.sink()
        running.send(short_set.records)
        running.settle()
    return running


@pytest.fixture(scope="session")
def undisturbed(undisturbed_line: Line) -> Prints:
    """What the tables hold then."""
    return undisturbed_line.prints()


@pytest.fixture
def line(request: pytest.FixtureRequest, clickhouse: ClickHouseAddress, tmp_path: Path) -> Iterator[Line]:
    """A line of the test's own, nothing in it yet."""
    database = "".join(c if c.isalnum() else "_" for c in request.node.name)[:48].strip("_")
    with own_kafka(tmp_path / "stack") as kafka, started(Line(kafka, clickhouse, database, tmp_path)) as running:
        yield running
