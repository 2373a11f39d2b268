"""What fires on a tick, what is said, and what is taken back: reasons by hand, one customer or many."""

from collections.abc import Callable

import pytest

from schemas.alerts import AlertState
from schemas.facts import Customer
from streams.core.alerts import desk as desks
from streams.core.alerts.desk import Desk, next_due, time_of
from streams.core.alerts.reasons import Reason
from streams.core.effects import Effects
from streams.core.overlay import MemoryBytes, Overlay
from tests.builders import HOUR, MINUTE, T0, a_rulebook

ME: Customer = b"m" * 16
GROUP = b"group"
SAID = tuple[str, str]


def a_reason(at: int = T0, over: int | None = None, rule: str = "sla.breached") -> Reason:
    return Reason(rule, "refund", "return", "shop", "R-1", at, over, {"due_at": at})


class Partition:
    """Each call is a record of its log; `said` and `rows` are what came out."""

    def __init__(self) -> None:
        self.store, self.offset = MemoryBytes(), 0
        self.said: list[SAID] = []
        self.rows: dict[object, dict[str, object]] = {}

    def settle(self, *reasons: Reason, customer: Customer = ME) -> None:
        self._record(lambda desk: desk.settle(customer, (), {GROUP: list(reasons)}, self.offset))

    def tick(self, time: int) -> None:
        self._record(lambda desk: desk.tick(time, self.offset))

    def _record(self, step: Callable[[Desk], None]) -> None:
        overlay, effects = Overlay(self.store), Effects()
        step(Desk(overlay, a_rulebook(), effects))
        self.store.write(overlay.changes)
        self.offset += 1
        self.said += [(alert.rule, alert.state.value) for alert in effects.alerts]
        for key, row in effects.upserts.get("alerts", {}).items():
            self.rows[key] = {"over_at": row[8], "fired_at": row[11], "is_late": row[12]}
        for key in effects.withdrawals.get("alerts", {}):
            self.rows.pop(key)


@pytest.fixture
def partition() -> Partition:
    return Partition()


def test_a_reason_fires_when_the_partitions_time_reaches_it_and_only_once(partition: Partition) -> None:
    partition.settle(a_reason())
    for time, said in ((T0 - 1, 0), (T0, 1), (T0 + HOUR, 1), (T0, 1)):
        partition.tick(time)
        assert len(partition.said) == len(partition.rows) == said
    assert list(partition.rows.values()) == [{"over_at": None, "fired_at": T0, "is_late": False}]


@pytest.mark.parametrize(("after", "late"), [(HOUR, False), (HOUR + 1, True)])
def test_what_fires_more_than_an_hour_late_is_a_row_and_no_message(partition: Partition, after: int, late: bool) -> None:
    partition.settle(a_reason())
    partition.tick(T0 + after)
    assert [row["is_late"] for row in partition.rows.values()] == [late]
    assert partition.said == ([] if late else [("sla.breached", "open")])
    partition.settle()
    assert partition.said == ([] if late else [("sla.breached", "open"), ("sla.breached", "withdrawn")]), "who was told is told again"
    assert partition.rows == {}


def test_what_is_over_before_it_fires_is_a_row_that_nobody_is_told_of(partition: Partition) -> None:
    partition.settle(a_reason(over=T0 + MINUTE))
    partition.tick(T0 + 2 * MINUTE)
    assert [row["over_at"] for row in partition.rows.values()] == [T0 + MINUTE]
    assert partition.said == []


def test_when_the_reason_ends_that_is_said_and_when_it_comes_back_too(partition: Partition) -> None:
    partition.settle(a_reason())
    partition.tick(T0 + MINUTE)
    partition.settle(a_reason(over=T0 + MINUTE))
    partition.settle(a_reason())
    assert [state for _, state in partition.said] == [AlertState.OPEN, AlertState.OVER, AlertState.OPEN]


def test_a_reason_that_moves_behind_the_partitions_time_is_taken_back_and_fires_then(partition: Partition) -> None:
    partition.settle(a_reason())
    partition.tick(T0)
    partition.settle(a_reason(T0 + HOUR))
    assert (partition.rows, partition.said[-1][1]) == ({}, "withdrawn")
    partition.tick(T0 + HOUR)
    assert [state for _, state in partition.said] == ["open", "withdrawn", "open"]


def test_what_goes_before_its_time_was_never_there(partition: Partition) -> None:
    partition.settle(a_reason())
    partition.settle()
    partition.tick(T0 + MINUTE)
    assert (partition.rows, partition.said) == ({}, [])
    assert set(partition.store.content) == {desks.TIME}, "nothing is left of it"


def test_what_arises_behind_the_partitions_time_fires_on_the_next_tick_even_one_that_is_behind(partition: Partition) -> None:
    partition.tick(T0 + HOUR)
    partition.settle(a_reason())
    assert next_due(partition.store) == T0 + HOUR
    partition.tick(T0)
    assert partition.said == [("sla.breached", "open")]
    assert time_of(partition.store) == T0 + HOUR, "time does not go back"


def test_a_tick_takes_so_many_and_the_partitions_time_stays_before_the_rest(partition: Partition, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks, "AT_ONCE", 2)
    for n, at in enumerate((T0, T0 + 1, T0 + 1, T0 + 1, T0 + 5)):
        partition.settle(a_reason(at), customer=bytes([n]) * 16)
    fired = []
    for _ in range(4):
        partition.tick(T0 + HOUR)
        fired.append((len(partition.said), time_of(partition.store)))
    assert fired == [(2, T0 + 1), (4, T0 + 1), (5, T0 + HOUR), (5, T0 + HOUR)]


def test_several_reasons_of_one_group_go_their_own_ways(partition: Partition) -> None:
    risk, breach = a_reason(T0, rule="sla.at_risk"), a_reason(T0 + MINUTE)
    partition.settle(risk, breach)
    partition.tick(T0)
    partition.tick(T0 + MINUTE)
    partition.settle(risk)
    assert partition.said == [("sla.at_risk", "open"), ("sla.breached", "open"), ("sla.breached", "withdrawn")]
    assert len(partition.rows) == 1
