"""What a sink says of its own health, and when it counts as standing still."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest

from schemas.health import Position
from sinks.health import Watch
from sinks.probe import Probe
from sinks.settings import SinkSettings
from sinks.telemetry import Telemetry

AGE_S = 12.0


@dataclass
class Answers:
    """What the services say when they are asked."""

    positions_told: Sequence[Position] | None = (Position("insert", 0, 40, 47), Position("insert", 1, 9, 9))
    clickhouse: bool = True

    def positions(self, partitions: object) -> Sequence[Position] | None:
        return self.positions_told

    def clickhouse_answers(self) -> bool:
        return self.clickhouse

    def ages_s(self, positions: Sequence[Position], now_ms: float) -> dict[int, float]:
        return {position.partition: AGE_S for position in positions if position.lag}


@dataclass
class Looked:
    """A sink with partitions 0 and 1; looks come five seconds apart."""

    is_waiting: bool = False
    assigned: frozenset[int] = frozenset({0, 1})
    telemetry: Telemetry = field(default_factory=Telemetry)
    now: float = 0.0

    def __post_init__(self) -> None:
        settings = SinkSettings(sink_stuck_after_s=60)
        self.watch = Watch(settings, self.telemetry, lambda: self.assigned, lambda: self.is_waiting)

    def look(self, answers: Answers, times: int = 1, beats: bool = True) -> None:
        for _ in range(times):
            if beats:
                self.watch.beat()
            self.watch.look(cast(Probe, answers), self.now)
            self.now += 5.0

    @property
    def failed(self) -> set[str]:
        return {f.name for report in (self.watch.healthz(), self.watch.readyz()) for f in report.findings if f.verdict == "failed"}


@pytest.fixture
def sink() -> Iterator[Looked]:
    looked = Looked()
    yield looked
    looked.watch.close()


def test_before_the_first_look_it_is_not_ready(sink: Looked) -> None:
    assert sink.failed == {"start"}


def test_lag_is_the_brokers_end_less_the_commit(sink: Looked) -> None:
    sink.look(Answers())
    assert sink.failed == set()
    assert sink.telemetry.value("tracker_lag_records", step="insert", partition="0") == 7
    assert sink.telemetry.value("tracker_lag_seconds", step="insert", partition="0") == AGE_S
    assert sink.telemetry.value("tracker_lag_seconds", step="insert", partition="1") == 0
    assert sink.telemetry.value("tracker_ready") == 1


def test_without_a_commit_under_lag_it_stands_still(sink: Looked) -> None:
    sink.look(Answers(), times=12)
    assert sink.failed == set()
    sink.look(Answers())
    assert sink.failed == {"progress"}


def test_a_loop_that_does_not_come_round_stands_still_even_without_lag(sink: Looked) -> None:
    sink.look(Answers(positions_told=()), times=13, beats=False)
    assert sink.failed == {"progress"}


def test_while_a_service_is_away_it_waits_and_never_stands_still(sink: Looked) -> None:
    sink.look(Answers(clickhouse=False), times=20)
    assert sink.failed == {"clickhouse"}
    sink.look(Answers(positions_told=None), times=20, beats=False)
    assert sink.failed == {"kafka"}
    assert sink.telemetry.value("tracker_service_answers", service="kafka") == 0


def test_while_clickhouse_answers_but_takes_nothing_it_waits_too(sink: Looked) -> None:
    sink.is_waiting = True
    sink.look(Answers(), times=20)
    assert sink.failed == {"batch"}
    assert sink.telemetry.value("tracker_sink_waiting") == 1


def test_without_partitions_it_is_not_ready(sink: Looked) -> None:
    sink.assigned = frozenset()
    sink.look(Answers(positions_told=()))
    assert sink.failed == {"partitions"}
