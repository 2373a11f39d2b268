from collections.abc import Callable

import pytest

from schemas.errors import ServiceUnavailable
from sinks.batch import FlushPolicy
from sinks.consumer import RetryPolicy, Sink
from sinks.errors import FrameUnreadable, OwnershipLost, TooManyRefused
from sinks.memory import MemoryLog, MemoryStore
from tests.sinks.frames import a_frame, a_row, an_id

AWAY = ServiceUnavailable("away", service="ClickHouse", address="here", remedy="wait")


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def journeys(*numbers: int, version: int = 1) -> bytes:
    return a_frame({"journeys": [a_row("journeys", journey_id=an_id(n), version=version) for n in numbers]})


def a_sink(log: MemoryLog, store: MemoryStore, clock: Callable[[], float] | None = None, **policy: float) -> Sink:
    given = {"max_age_s": 0.0, "idle_age_s": 0.0, **policy}
    return Sink(log, store, 1, clock or Hand(), FlushPolicy(**given), RetryPolicy(first_s=1.0, longest_s=4.0))  # type: ignore[arg-type]


def outages(count: int) -> Callable[[str], None]:
    left = [count]

    def before_insert(table: str) -> None:
        if left[0]:
            left[0] -= 1
            raise AWAY

    return before_insert


def test_what_was_read_is_stored_and_then_committed() -> None:
    log, store = MemoryLog("journeys.g1", {0: [journeys(1), journeys(2)]}), MemoryStore()
    a_sink(log, store).step(0)
    assert len(store.live("journeys")) == 2
    assert log.committed == {0: 2}


def test_nothing_is_written_before_the_batch_is_due() -> None:
    log, store, clock = MemoryLog("journeys.g1", {0: [journeys(1)]}), MemoryStore(), Hand()
    sink = a_sink(log, store, clock, max_age_s=1.0, idle_age_s=0.5)
    sink.step(0)
    sink.step(0)
    assert (store.inserts, log.committed) == ([], {0: 0})
    clock.now = 0.5
    sink.step(0)
    assert log.committed == {0: 1}


def test_while_the_store_is_away_nothing_more_is_read_and_nothing_is_committed() -> None:
    log, store, clock = MemoryLog("journeys.g1", {0: [journeys(1)]}), MemoryStore(before_insert=outages(3)), Hand()
    sink = a_sink(log, store, clock)
    sink.step(0)
    log.append(0, journeys(2))
    for _ in range(5):
        sink.step(0)
    assert sink.is_waiting
    assert log.is_paused
    assert log.committed == {0: 0}


def test_it_tries_again_after_growing_waits_and_then_goes_on() -> None:
    log, store, clock = MemoryLog("journeys.g1", {0: [journeys(1)]}), MemoryStore(before_insert=outages(3)), Hand()
    sink = a_sink(log, store, clock)
    waited = []
    for clock.now in (0.0, 0.9, 1.0, 2.9, 3.0, 6.9, 7.0):
        sink.step(0)
        waited.append(sink.is_waiting)
    assert waited == [True] * 6 + [False]
    assert not log.is_paused
    assert log.committed == {0: 1}


def test_after_an_outage_between_two_tables_only_the_rest_is_sent() -> None:
    frame = a_frame({"touchpoints": [a_row("touchpoints")], "journeys": [a_row("journeys")], "orders": [a_row("orders")]})
    tries = iter([None, AWAY, None, None, None])

    def before_insert(table: str) -> None:
        if error := next(tries):
            raise error

    log, store, clock = MemoryLog("journeys.g1", {0: [frame]}), MemoryStore(before_insert=before_insert), Hand()
    sink = a_sink(log, store, clock)
    sink.step(0)
    clock.now = 10.0
    sink.step(0)
    assert [table for table, _, _ in store.inserts] == ["touchpoints", "journeys", "orders"]
    assert log.committed == {0: 1}


def test_a_rebalance_forgets_what_is_not_committed_and_reads_it_again() -> None:
    log, store, clock = MemoryLog("journeys.g1", {0: [journeys(1)]}), MemoryStore(), Hand()
    sink = a_sink(log, store, clock, max_age_s=1.0, idle_age_s=1.0)
    sink.step(0)
    log.rebalance()
    sink.step(0)
    clock.now = 5.0
    sink.step(0)
    assert store.inserts == []
    clock.now = 6.0
    sink.step(0)
    assert len(store.live("journeys")) == 1
    assert log.committed == {0: 1}


def test_a_rebalance_during_an_outage_loses_nothing() -> None:
    log, store, clock = MemoryLog("journeys.g1", {0: [journeys(1)]}), MemoryStore(before_insert=outages(1)), Hand()
    sink = a_sink(log, store, clock)
    sink.step(0)
    log.rebalance()
    sink.step(0)
    assert not sink.is_waiting
    sink.step(0)
    assert log.committed == {0: 1}
    assert len(store.live("journeys")) == 1


def test_a_commit_that_is_no_longer_ours_is_no_error() -> None:
    log, store = MemoryLog("journeys.g1", {0: [journeys(1)]}), MemoryStore()

    def lost() -> None:
        log.before_commit = lambda: None
        raise OwnershipLost("rebalanced")

    log.before_commit = lost
    sink = a_sink(log, store)
    sink.step(0)
    assert log.committed == {0: 0}
    log.rebalance()
    for _ in range(2):
        sink.step(0)
    assert log.committed == {0: 1}
    assert len(store.live("journeys")) == 1


def test_one_bad_row_among_ten_thousand_goes_aside_with_its_reason_and_place() -> None:
    frame = journeys(*range(1, 10_001))
    store = MemoryStore(refuses=lambda table, row: table == "journeys" and row[1] == an_id(7_777))
    log = MemoryLog("journeys.g1", {0: [journeys(20_000), frame]})
    sink = a_sink(log, store)
    sink.step(0)
    assert len(store.live("journeys")) == 10_000
    ((table, topic, partition, offset, _, reason, row, _),) = store.live("rejected_rows")
    assert (table, topic, partition, offset) == ("journeys", "journeys.g1", 0, 1)
    assert "refused" in reason
    assert row.startswith("[")
    assert log.committed == {0: 2}
    assert sink.rows_rejected == 1


def test_a_row_of_another_shape_goes_aside_and_its_neighbours_are_stored() -> None:
    frame = a_frame({"journeys": [a_row("journeys"), a_row("journeys")[:-1]]})
    log, store = MemoryLog("journeys.g1", {0: [frame]}), MemoryStore()
    a_sink(log, store).step(0)
    assert len(store.live("journeys")) == 1
    assert [row[0] for row in store.live("rejected_rows")] == ["journeys"]


def test_a_block_that_is_refused_as_a_whole_stops_the_sink_without_a_commit() -> None:
    log = MemoryLog("journeys.g1", {0: [journeys(*range(1, 300))]})
    with pytest.raises(TooManyRefused):
        a_sink(log, MemoryStore(refuses=lambda table, row: True)).step(0)
    assert log.committed == {0: 0}


@pytest.mark.parametrize("raw", [b"", b"\xc1", b"{}", a_frame(generation=2)])
def test_a_message_that_is_no_frame_of_this_generation_stops_the_sink(raw: bytes) -> None:
    log = MemoryLog("journeys.g1", {0: [raw]})
    with pytest.raises(FrameUnreadable, match="partition 0 offset 0"):
        a_sink(log, MemoryStore()).step(0)
    assert log.committed == {0: 0}


def test_at_the_stop_what_was_read_is_stored() -> None:
    log, store = MemoryLog("journeys.g1", {0: [journeys(1)]}), MemoryStore()
    sink = a_sink(log, store, max_age_s=100.0, idle_age_s=100.0)
    sink.step(0)
    assert sink.finish()
    assert log.committed == {0: 1}


def test_at_a_stop_during_an_outage_the_rest_is_left_for_the_next_start() -> None:
    log, store = MemoryLog("journeys.g1", {0: [journeys(1)]}), MemoryStore(before_insert=outages(9))
    sink = a_sink(log, store)
    sink.step(0)
    assert not sink.finish()
    assert log.committed == {0: 0}
