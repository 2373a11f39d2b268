"""Killed at each named point, twice: the tables hold what they would have held. Every point is a generation over the same raw."""

from collections.abc import Iterator
from itertools import count

import pytest

from deploy.chaos.line import Line, Prints, beside, own_kafka, started
from deploy.chaos.programs import KILLED
from deploy.chaos.records import disordered
from sinks.kill_points import NAMES as SINK_POINTS
from streams.kill_points import NAMES as WORKER_POINTS
from tests.integration.conftest import Told
from tests.integration.harness.trouble import SMALL_STEPS
from tests.stack import ClickHouseAddress

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

GENERATIONS = count(1)


@pytest.fixture(scope="module")
def full_raw(short_set: Told, clickhouse: ClickHouseAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A Kafka in whose raw the short set lies, shuffled and repeated, and nobody has read it."""
    folder = tmp_path_factory.mktemp("points")
    with own_kafka(folder / "stack") as kafka:
        line = Line(kafka, clickhouse, "points", folder, next(GENERATIONS), SMALL_STEPS)
        line.prepare()
        line.send(disordered(short_set.records, 71))
        yield line


@pytest.fixture
def generation(full_raw: Line) -> Iterator[Line]:
    """Topics, tables and stores of its own over the same events."""
    with started(beside(full_raw, next(GENERATIONS))) as line:
        yield line


@pytest.mark.parametrize("point", WORKER_POINTS)
def test_a_worker_killed_at(point: str, generation: Line, undisturbed: Prints) -> None:
    generation.sink()
    for times in (1, 3):
        dying = generation.worker(worker_kill_at=f"{point}:{times}")
        assert dying.ended() == KILLED, f"never passed {point} {times} times; {dying.last_words()}"
        generation.programs.remove(dying)
    generation.worker()
    generation.settle()
    assert generation.prints() == undisturbed


def test_a_sink_killed_at_each_point(generation: Line, undisturbed: Prints) -> None:
    generation.worker()
    for point in (*SINK_POINTS, *SINK_POINTS):
        dying = generation.sink(sink_kill_at=f"{point}:2")
        assert dying.ended() == KILLED, f"never passed {point} twice; {dying.last_words()}"
        generation.programs.remove(dying)
    generation.sink()
    generation.settle()
    assert generation.prints() == undisturbed


def test_a_worker_and_a_sink_killed_at_once(generation: Line, undisturbed: Prints) -> None:
    for times in (1, 2):
        dying = (generation.worker(worker_kill_at=f"after_rows:{times}"), generation.sink(sink_kill_at=f"after_insert:{times}"))
        assert [program.ended() for program in dying] == [KILLED, KILLED]
        generation.programs.clear()
    generation.worker()
    generation.sink()
    generation.settle()
    assert generation.prints() == undisturbed
