"""Whatever is cut, repeated, delayed, killed or refused on the way, the same frames give the same live rows."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import ServiceUnavailable
from sinks.batch import FlushPolicy
from sinks.consumer import RetryPolicy, Sink
from sinks.errors import OwnershipLost
from sinks.kill_points import NAMES, KillPoints
from sinks.memory import MemoryLog, MemoryStore
from tests.sinks.frames import a_frame, a_row, a_withdrawal, an_id

Writes = list[tuple[int, bool]]
"""One entry a write of a row: (row, is it a withdrawal); the position in the list is the version."""


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Killed(Exception):
    """Plays the kill -9."""


def _die() -> None:
    raise Killed


def frames_of(writes: Writes, chance: random.Random) -> list[bytes]:
    """Frames of one partition in which versions grow; here and there an earlier frame is sent again, as a stale writer would."""
    rows = list(enumerate(writes, 1))
    frames: list[bytes] = []
    while rows:
        size = chance.randint(1, 4)
        frames.append(_frame(rows[:size]))
        rows = rows[size:]
        if chance.random() < 0.3:
            frames.append(chance.choice(frames))
    return frames


def _frame(rows: list[tuple[int, tuple[int, bool]]]) -> bytes:
    ups = [a_row("journeys", journey_id=an_id(n), net=v, version=v) for v, (n, gone) in rows if not gone]
    downs = [a_withdrawal("journeys", v, journey_id=an_id(n)) for v, (n, gone) in rows if gone]
    customers = [a_row("customers", customer_id=an_id(n % 2), net=v, version=v) for v, (n, _) in rows]
    return a_frame({"journeys": ups, "customers": customers}, {"journeys": downs})


def expected(writes: Writes) -> dict[int, int]:
    """By live journey its version: the last write decides."""
    last = {n: (v, gone) for v, (n, gone) in enumerate(writes, 1)}
    return {n: v for n, (v, gone) in last.items() if not gone}


def live(store: MemoryStore) -> dict[int, int]:
    return {int.from_bytes(row[1], "big"): row[-1] for row in store.live("journeys")}


def run(frames: list[bytes], chance: random.Random, fault: float) -> MemoryStore:
    def trouble(table: str) -> None:
        if chance.random() < fault:
            raise ServiceUnavailable("away", service="ClickHouse", address="here", remedy="wait")

    def lost() -> None:
        if chance.random() < fault:
            log.rebalance()
            raise OwnershipLost("rebalanced")

    store = MemoryStore(before_insert=trouble)
    log = MemoryLog("journeys.g1", {0: frames}, records_per_poll=chance.randint(1, 5))
    log.before_commit = lost
    clock = Hand()
    for _ in range(2_000):
        kill = KillPoints(f"{chance.choice(NAMES)}:{chance.randint(1, 6)}" if chance.random() < fault else "", _die)
        policy = FlushPolicy(chance.randint(1, 9), 10**9, chance.random() * 3, chance.random())
        sink = Sink(log, store, 1, clock, policy, RetryPolicy(0.1, 0.5), kill)
        try:
            while not log.is_drained:
                clock.now += chance.random()
                if chance.random() < fault / 2:
                    log.rebalance()
                sink.step(0.0)
            return store
        except Killed:
            continue
    raise AssertionError("never drained")


@settings(max_examples=150, deadline=None)
@given(writes=st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=40), seed=st.integers(0, 2**32))
def test_the_live_rows_follow_from_the_frames_alone(writes: Writes, seed: int) -> None:
    chance = random.Random(seed)
    frames = frames_of(writes, chance)
    store = run(frames, chance, fault=0.3)
    assert live(store) == expected(writes)


def test_a_commit_ahead_of_the_insert_would_be_seen() -> None:
    """Offsets that are committed without their rows must show as lost rows; else the property proves nothing."""
    writes = [(n, False) for n in range(40)]
    wrong = 0
    for seed in range(20):
        frames = frames_of(writes, random.Random(seed))
        log, store = MemoryLog("journeys.g1", {0: frames}, records_per_poll=3), MemoryStore()
        log.committed[0] = seed % len(frames)
        log.subscribe(lambda: None)
        sink = Sink(log, store, 1, lambda: 1e9, FlushPolicy(1, 10**9, 0.0, 0.0))
        while not log.is_drained:
            sink.step(0.0)
        wrong += live(store) != expected(writes)
    assert wrong > 10


def test_without_versions_a_repeated_stretch_would_bring_old_rows_back() -> None:
    store = MemoryStore()
    newest_first = [_frame([(2, (1, False))]), _frame([(1, (1, False))])]
    log = MemoryLog("journeys.g1", {0: newest_first}, records_per_poll=1)
    sink = Sink(log, store, 1, lambda: 0.0, FlushPolicy(1, 1, 0.0, 0.0))
    while not log.is_drained:
        sink.step(0.0)
    assert live(store) == {1: 2}


@pytest.mark.parametrize("point", NAMES)
def test_a_death_at_each_named_point_changes_nothing(point: str) -> None:
    frames = [_frame([(v, (v % 3, v == 5))]) for v in range(1, 9)]
    log, store = MemoryLog("journeys.g1", {0: frames}, records_per_poll=2), MemoryStore()
    deaths = 0
    while not log.is_drained:
        sink = Sink(log, store, 1, lambda: 0.0, FlushPolicy(1, 1, 0.0, 0.0), kill=KillPoints(f"{point}:{2 if deaths < 3 else 99}", _die))
        try:
            while not log.is_drained:
                sink.step(0.0)
        except Killed:
            deaths += 1
    assert deaths == 3
    assert live(store) == {0: 6, 1: 7, 2: 8}
