"""Kafka or ClickHouse absent: at the start a message with the remedy after a bounded wait, later patience without a restart."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.chaos.line import Line, Prints, killed, started
from deploy.chaos.programs import Program, until
from deploy.chaos.records import disordered
from deploy.local import stack
from deploy.local.stages import Stage
from deploy.settings import HOST, LocalSettings
from tests.integration.conftest import Told
from tests.integration.harness.trouble import SMALL_STEPS, under_load
from tests.stack import ClickHouseAddress, free_ports, local_settings, running

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

SHORT_WAITS = {"worker_start_timeout_s": 2, "sink_start_timeout_s": 2}
BOUND_S = 30.0


def refusal(program: Program) -> str:
    """Its last words; it must have ended by itself, as failed."""
    assert program.ended(BOUND_S) == 1, program.last_words()
    assert "Traceback" not in program.said(), program.last_words()
    return program.said()


@pytest.fixture
def nowhere(tmp_path: Path) -> Iterator[Line]:
    """Where nobody listens."""
    kafka, clickhouse = free_ports(2)
    line = Line(f"{HOST}:{kafka}", ClickHouseAddress(HOST, clickhouse), "nowhere", tmp_path, settings=SHORT_WAITS)
    yield line
    line.stop()


def test_a_worker_without_kafka_says_so_and_ends(nowhere: Line) -> None:
    words = refusal(nowhere.worker())
    assert f"Kafka does not answer at {nowhere.kafka}" in words
    assert "remedy: start it (`tracker up`)" in words


def test_a_sink_without_clickhouse_says_so_and_ends(nowhere: Line) -> None:
    words = refusal(nowhere.sink())
    assert "ClickHouse" in words
    assert "tracker up" in words


def test_a_sink_without_kafka_says_so_and_ends(nowhere: Line, clickhouse: ClickHouseAddress) -> None:
    words = refusal(replace(nowhere, clickhouse=clickhouse).sink())
    assert f"Kafka does not answer at {nowhere.kafka}" in words
    assert "tracker up" in words


def test_without_topics_both_name_the_command_that_makes_them(nowhere: Line, kafka: str, clickhouse: ClickHouseAddress) -> None:
    bare = replace(nowhere, kafka=kafka, clickhouse=clickhouse, generation=999)
    assert "tracker topics" in refusal(bare.worker())
    assert "tracker topics" in refusal(bare.sink())


@pytest.fixture
def frail(tmp_path: Path) -> Iterator[tuple[LocalSettings, Line]]:
    """A Kafka and a ClickHouse of the test's own."""
    settings = local_settings(tmp_path / "stack")
    with running(settings, Stage.KAFKA, Stage.CLICKHOUSE):
        line = Line(settings.kafka_bootstrap, ClickHouseAddress(HOST, settings.clickhouse_http_port), "frail", tmp_path)
        with started(line):
            yield settings, line


def test_both_wait_while_kafka_is_away_and_go_on(frail: tuple[LocalSettings, Line], short_set: Told, undisturbed: Prints) -> None:
    settings, line = frail
    programs = {"worker": line.worker(**SMALL_STEPS), "sink": line.sink(**SMALL_STEPS)}
    for _ in under_load(line, random.Random(81), disordered(short_set.records, 81), times=2):
        before = [(name, program, len(program.said())) for name, program in programs.items()]
        killed(settings, Stage.KAFKA)
        for name, program, said in before:
            until(f"the {name} has noticed", lambda program=program, said=said: len(program.said()) > said)  # type: ignore[misc]
        stack.up(settings, [Stage.KAFKA])
    line.settle()
    assert [program.code for program in programs.values()] == [None, None], "one of them was not patient"
    assert line.prints() == undisturbed


def test_the_sink_waits_while_clickhouse_is_away_and_goes_on(
    frail: tuple[LocalSettings, Line], short_set: Told, undisturbed: Prints
) -> None:
    settings, line = frail
    worker, sink = line.worker(**SMALL_STEPS), line.sink(**SMALL_STEPS)
    for _ in under_load(line, random.Random(82), disordered(short_set.records, 82), times=2):
        said = len(sink.said())
        killed(settings, Stage.CLICKHOUSE)
        until("the sink has noticed", lambda said=said: len(sink.said()) > said)  # type: ignore[misc]
        stack.up(settings, [Stage.CLICKHOUSE])
    line.settle()
    assert (worker.code, sink.code) == (None, None), "one of them was not patient"
    assert line.prints() == undisturbed
