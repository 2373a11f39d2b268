"""The proof in its full form: 100,000 events of every kind, in order, shuffled and repeated, by one worker and by three.

`make test` runs it; `pytest -m "not slow"` leaves it out.
"""

from collections.abc import Iterator

import pytest

from deploy.chaos.line import Line, Prints, beside, own_kafka, started
from deploy.chaos.records import disordered
from schemas.touchpoints import EVENT_TYPES
from tests.integration.conftest import Told
from tests.integration.harness.expected import difference, reading, stored
from tests.integration.harness.mixed import mixed
from tests.integration.test_mixed_set import moved_share
from tests.stack import ClickHouseAddress

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

FULL = 100_000


@pytest.fixture(scope="module")
def full_set() -> Told:
    return Told(tuple(mixed(FULL)))


@pytest.fixture(scope="module")
def in_order(full_set: Told, clickhouse: ClickHouseAddress, tmp_path_factory: pytest.TempPathFactory) -> Line:
    """In order and once, through one worker; its Kafka is gone, its tables are there."""
    folder = tmp_path_factory.mktemp("full")
    with own_kafka(folder / "stack") as kafka, started(Line(kafka, clickhouse, "full_in_order", folder)) as line:
        line.worker()
        line.sink()
        line.send(full_set.records)
        line.settle(300)
    return line


@pytest.fixture(scope="module")
def full_prints(in_order: Line) -> Prints:
    return in_order.prints()


@pytest.fixture(scope="module")
def shuffled(full_set: Told, clickhouse: ClickHouseAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A Kafka in whose raw the set lies shuffled and repeated, and nobody has read it."""
    folder = tmp_path_factory.mktemp("shuffled")
    with own_kafka(folder / "stack") as kafka:
        line = Line(kafka, clickhouse, "full_shuffled", folder)
        line.prepare()
        line.send(disordered(full_set.records, 91))
        yield line


def test_the_set_is_as_large_and_as_mixed_as_it_says(full_set: Told) -> None:
    assert len(full_set.documents) >= FULL
    assert {document["event_type"] for document in full_set.documents} == set(EVENT_TYPES)
    assert moved_share(full_set.records) >= 0.05


def test_in_order_and_once_it_is_what_the_batch_reading_says(full_set: Told, in_order: Line) -> None:
    expected = reading(full_set.documents)
    assert difference(expected, stored(in_order, expected)) == ""


@pytest.mark.parametrize(("workers", "generation"), [(1, 2), (3, 3)])
def test_shuffled_and_repeated_it_is_the_same(workers: int, generation: int, shuffled: Line, full_prints: Prints) -> None:
    with started(beside(shuffled, generation)) as line:
        for n in range(workers):
            line.worker(f"w{n}")
        line.sink()
        line.settle(400)
        assert line.prints() == full_prints
        assert line.ask("SELECT count() FROM {tables}.dead_letters FINAL") == [(0,)]
