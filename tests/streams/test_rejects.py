"""A partition stops with a loud reason, and goes on when somebody says so."""

from collections.abc import Iterable

from streams.core.overlay import MemoryBytes, Overlay
from streams.core.rejects import RejectLimits
from streams.rejects import RejectWatch

LIMITS = RejectLimits(run=3, share=0.0, window=10)


def flags(first: int, end: int) -> Iterable[tuple[int, bool]]:
    return ((offset, True) for offset in range(first, end))


def a_watch() -> tuple[RejectWatch, list[frozenset[int]]]:
    changes: list[frozenset[int]] = []
    return RejectWatch(LIMITS, changes.append), changes


def test_a_stop_is_told_once_and_nothing_of_its_chunk_is_remembered() -> None:
    watch, changes = a_watch()
    overlay = Overlay(MemoryBytes())
    excess = watch.judge(2, 10, flags(10, 15), overlay)
    assert excess is not None
    assert (excess.offset, watch.stopped[2][0], changes) == (12, 10, [frozenset({2})])
    assert not overlay.changes


def test_other_partitions_are_judged_for_themselves() -> None:
    watch, _ = a_watch()
    watch.judge(2, 10, flags(10, 15), Overlay(MemoryBytes()))
    assert watch.judge(3, 0, flags(0, 2), Overlay(MemoryBytes())) is None


def test_who_accepts_ends_the_stop_and_the_same_records_pass() -> None:
    watch, changes = a_watch()
    store = MemoryBytes()
    overlay = Overlay(store)
    watch.judge(2, 10, flags(8, 10), overlay)
    store.write(overlay.changes)
    watch.judge(2, 10, flags(10, 15), Overlay(store))
    assert not watch.accept(2, 9)
    assert watch.accept(2, 15)
    assert changes[-1] == frozenset()
    overlay = Overlay(store)
    assert watch.judge(2, 10, flags(10, 15), overlay) is None
    store.write(overlay.changes)
    assert watch.judge(2, 15, flags(15, 17), Overlay(store)) is None, "the run of before must not count any more"


def test_what_the_ledger_covers_already_ends_a_stop_by_itself() -> None:
    watch, _ = a_watch()
    watch.judge(2, 0, flags(0, 5), Overlay(MemoryBytes()))
    assert watch.cover(2, 5)
    assert watch.judge(2, 0, flags(0, 5), Overlay(MemoryBytes())) is None
