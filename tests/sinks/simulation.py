"""The sink's state machine in a world that breaks at every door: several sinks of one group, all chance from one seed.

Real: the loop, the batch, the flush, the rows. Simulated: Kafka with its group, ClickHouse by its twin. At every poll, insert and commit a
sink may fail before or after the effect, die, or fall asleep while the others take its partitions and go on; then it wakes with what it
held in hand.

    python -m tests.sinks.simulation 5000        # seeds 0..4999 without and with each flaw
"""

import gc
import logging
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from schemas.errors import Retryable, ServiceUnavailable
from schemas.tables import Table
from sinks.batch import Batch, FlushPolicy, Place
from sinks.consumer import RetryPolicy, Sink
from sinks.doors import Log, Record, Store
from sinks.errors import OwnershipLost
from sinks.flush import Flush, FlushStep
from sinks.kill_points import NAMES, KillPoints
from sinks.memory import MemoryStore
from sinks.rejects import insert_block
from sinks.rows import Body
from tests.sinks.frames import a_frame, a_row, a_withdrawal, an_id

MEMBERS, PARTITIONS, KEYS = 3, 3, 4
FAULTS, FAULT = 14, 0.25
"""How many faults a run has at most, so that it ends; the chance of one at each door."""
ROUNDS = 3_000
AWAY = ServiceUnavailable("away", service="it", address="here", remedy="wait")
TABLES = ("customer_redirects", "customers")
Key = tuple[str, int]


class Killed(Exception):
    """Plays the kill -9."""


class Wrong(AssertionError):
    """What must never be, was."""


@dataclass(frozen=True, slots=True)
class Frame:
    """`wrote`: by table and row the version of each write, withdrawals too."""

    value: bytes
    wrote: Mapping[Key, int]


@dataclass
class Group:
    """The broker's side: who owns what, what is committed. `epoch` rises with every rebalance."""

    owners: dict[int, int]
    committed: dict[int, int]
    epoch: int = 1
    reached: dict[int, int] = field(default_factory=dict)
    """The greatest that was ever committed: a late commit may bring `committed` back, which repeats work and does no harm."""

    def rebalance(self, rng: random.Random) -> None:
        self.epoch += 1
        self.owners = {partition: rng.randrange(MEMBERS) for partition in self.owners}


@dataclass
class World:
    """One run. `flaw` names a part of the design that is left out, to show that the check can fail."""

    rng: random.Random
    flaw: str = ""
    faults: int = FAULTS
    asleep: set[int] = field(default_factory=set)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.frames, self.expected = frames_of(self.rng)
        self.group = Group(dict.fromkeys(range(PARTITIONS), 0), dict.fromkeys(range(PARTITIONS), 0))
        self.rows = Rows(keeps_what_came_last=self.flaw == LAST_WINS)
        self.sinks = [self.new_sink(member) for member in range(MEMBERS)]

    def new_sink(self, member: int) -> Sink:
        rng = self.rng
        at = f"{rng.choice(NAMES)}:{rng.randint(1, 5)}" if self.may_fail(0.3) else ""
        policy = FlushPolicy(rng.randint(1, 7), 10**9, rng.random() * 2, rng.random())
        made = FLAWED.get(self.flaw, Sink)
        return made(
            LogDoor(self, member), StoreDoor(self, member), 1, lambda: self.now, policy, RetryPolicy(0.05, 0.2), KillPoints(at, die)
        )

    def may_fail(self, chance: float = FAULT) -> bool:
        if self.faults <= 0 or self.rng.random() >= chance:
            return False
        self.faults -= 1
        return True

    def door(self, member: int, effect: Callable[[], None]) -> None:
        """One I/O: the effect happens not at all, and then an error; or it happens, and the answer is lost; or death, or sleep."""
        if not self.may_fail():
            return effect()
        how = self.rng.choice(("fails", "answer lost", "dies before", "dies after", "sleeps before", "sleeps after"))
        if how == "dies before":
            raise Killed
        if how == "sleeps before":
            self.others_go_on(member)
        if how != "fails":
            effect()
        if how == "sleeps after":
            self.others_go_on(member)
        if how == "dies after":
            raise Killed
        if how in ("fails", "answer lost"):
            raise AWAY
        return None

    def others_go_on(self, sleeper: int) -> None:
        """Those that are awake work for a while; mostly the sleeper's partitions go to them."""
        if len(self.asleep) >= MEMBERS - 1:
            return
        self.asleep.add(sleeper)
        if self.rng.random() < 0.8:
            self.group.rebalance(self.rng)
        for _ in range(self.rng.randint(1, 25)):
            self.step_one()
        self.asleep.discard(sleeper)

    def step_one(self) -> None:
        member = self.rng.choice([m for m in range(MEMBERS) if m not in self.asleep])
        self.now += self.rng.random() * 0.5
        try:
            self.sinks[member].step(0.0)
        except Killed:
            self.sinks[member] = self.new_sink(member)
            if self.rng.random() < 0.5:
                self.group.rebalance(self.rng)

    def commit(self, next_offsets: Mapping[int, int]) -> None:
        """Nothing may be committed that is not stored."""
        for partition, offset in next_offsets.items():
            for number, frame in enumerate(self.frames[partition][:offset]):
                for key, version in frame.wrote.items():
                    if self.rows.version_of(key) < version:
                        raise Wrong(f"partition {partition} is committed up to {offset}, {key} of frame {number} is not stored")
            self.group.reached[partition] = max(offset, self.group.reached.get(partition, 0))
        self.group.committed.update(next_offsets)

    def run(self) -> None:
        for _ in range(ROUNDS):
            self.step_one()
            if all(self.group.reached.get(p) == len(frames) for p, frames in self.frames.items()):
                break
            if self.may_fail(0.03):
                self.group.rebalance(self.rng)
        else:
            raise Wrong("it never came to the end")
        if self.rows.versions() != self.expected:
            raise Wrong("the rows are not those of the frames")


class Rows(MemoryStore):
    """The twin of ClickHouse, which also tells versions."""

    def __init__(self, keeps_what_came_last: bool) -> None:
        super().__init__()
        self._keeps_what_came_last = keeps_what_came_last

    def _keep(self, table: Table, row: list[Any]) -> None:
        if self._keeps_what_came_last:
            self._rows[table.name].pop((row[0],), None)
        super()._keep(table, row)

    def version_of(self, key: Key) -> int:
        row = self._rows[key[0]].get((an_id(key[1]),))
        return -1 if row is None else int(row[-2])

    def versions(self) -> dict[Key, int]:
        """By row its version, withdrawn ones too."""
        return {(table, int.from_bytes(row[0], "big")): int(row[-2]) for table, rows in self._rows.items() for row in rows.values()}


@dataclass
class StoreDoor:
    """The way of one sink into the rows that all share."""

    world: World
    member: int

    def insert(self, table: Table, bodies: Sequence[Body], token: str) -> None:
        self.world.door(self.member, lambda: self.world.rows.insert(table, bodies, token))


@dataclass
class LogDoor:
    """The way of one sink to Kafka. A rebalance is noticed at the next poll; a commit from before it is refused, mostly."""

    world: World
    member: int
    topic: str = "journeys.g1"
    epoch: int = 0
    is_paused: bool = False
    positions: dict[int, int] = field(default_factory=dict)
    on_revoked: Callable[[], None] = lambda: None

    def subscribe(self, on_revoked: Callable[[], None]) -> None:
        self.on_revoked = on_revoked

    def poll(self, timeout_s: float) -> Sequence[Record]:
        self.world.door(self.member, lambda: None)
        group = self.world.group
        if self.epoch != group.epoch:
            self.epoch, self.is_paused = group.epoch, False
            self.on_revoked()
            self.positions = {p: group.committed[p] for p, owner in group.owners.items() if owner == self.member}
            return []
        return [] if self.is_paused else [record for partition in self.positions for record in self._fetch(partition)]

    def _fetch(self, partition: int) -> list[Record]:
        start, most = self.positions[partition], self.world.rng.randint(1, 4)
        frames = self.world.frames[partition][start : start + most]
        self.positions[partition] = start + len(frames)
        return [Record(partition, start + n, frame.value) for n, frame in enumerate(frames)]

    def commit(self, next_offsets: Mapping[int, int]) -> None:
        self.world.door(self.member, lambda: self._commit(next_offsets))

    def _commit(self, next_offsets: Mapping[int, int]) -> None:
        """kafka-python joins again on a thread of its own, so a commit may also come through under the new assignment."""
        if self.epoch != self.world.group.epoch and self.world.rng.random() < 0.7:
            raise OwnershipLost("rebalanced")
        self.world.commit(next_offsets)

    def pause(self) -> None:
        self.is_paused = True

    def resume(self) -> None:
        self.is_paused = False

    def close(self) -> None:
        """Nothing is held."""


def die() -> None:
    raise Killed


def frames_of(rng: random.Random) -> tuple[dict[int, list[Frame]], dict[Key, int]]:
    """Frames by partition, with the greatest version of each row; here and there an earlier frame again, as a stale worker sends it."""
    frames: dict[int, list[Frame]] = {}
    newest: dict[Key, int] = {}
    for partition in range(PARTITIONS):
        told: list[Frame] = []
        for offset in range(rng.randint(2, 8)):
            told.append(frame_of(rng, partition, 10 * offset))
            if rng.random() < 0.2:
                told.append(rng.choice(told))
        frames[partition] = told
        for frame in told:
            newest |= {key: version for key, version in frame.wrote.items() if version > newest.get(key, -1)}
    return frames, newest


def frame_of(rng: random.Random, partition: int, version: int) -> Frame:
    """A customer lives in one partition, so its rows are written by this one alone."""
    ups: dict[str, list[tuple[Any, ...]]] = {table: [] for table in TABLES}
    downs: dict[str, list[tuple[Any, ...]]] = {table: [] for table in TABLES}
    wrote: dict[Key, int] = {}
    for n in range(rng.randint(1, 4)):
        table, row = rng.choice(TABLES), partition * KEYS + rng.randrange(KEYS)
        if (table, row) in wrote:
            continue
        wrote[table, row] = version + n
        named = {"customer_id": an_id(row)}
        if rng.random() < 0.25:
            downs[table].append(a_withdrawal(table, version + n, **named))
        else:
            ups[table].append(a_row(table, version=version + n, **named))
    return Frame(a_frame(ups, downs), wrote)


class CommitsFirst(Flush):
    def advance(self, store: Store, log: Log) -> None:
        if self.step is FlushStep.INSERT:
            log.commit(self._next_offsets)
        super().advance(store, log)


class LetsGoTooEarly(Flush):
    """A block counts as stored before the store has answered."""

    def _insert(self, store: Store) -> None:
        while self._blocks:
            insert_block(store, self._blocks.pop(0))


class CommitsOneTooMany(Flush):
    def __init__(self, batch: Batch, kill: KillPoints) -> None:
        super().__init__(batch, kill)
        self._next_offsets = {partition: offset + 1 for partition, offset in self._next_offsets.items()}


class KeepsTheOldest(Batch):
    def _keep_newest(self, table: str, rows: list[tuple[Any, Body]], place: Place) -> None:
        kept = self._tables.setdefault(table, {})
        super()._keep_newest(table, [(key, body) for key, body in rows if key not in kept], place)


class ThrowsAwayWhatIsLeft(Sink):
    def _begin_flush(self) -> None:
        super()._begin_flush()
        self._unread.clear()


class GivesUp(Sink):
    """After an insert that failed it goes on with the commit."""

    def _wait(self, error: Retryable) -> None:
        if self._flush is not None:
            self._flush.step = FlushStep.COMMIT
        super()._wait(error)


def _with(flush: type[Flush] = Flush, batch: type[Batch] = Batch) -> type[Sink]:
    class Flawed(Sink):
        def _take(self, record: Record, now: float) -> None:
            if type(self._batch) is not batch:
                self._batch = batch()
            super()._take(record, now)

        def _begin_flush(self) -> None:
            if self._flush is None and not self._batch.is_empty:
                self._flush = flush(self._batch, self._kill)
                self._batch = batch()

    return Flawed


FLAWED: Mapping[str, type[Sink]] = {
    "commit before insert": _with(CommitsFirst),
    "a block is let go before it is stored": _with(LetsGoTooEarly),
    "one offset too many is committed": _with(CommitsOneTooMany),
    "the oldest version in a batch stays": _with(batch=KeepsTheOldest),
    "what does not fit into a batch is forgotten": ThrowsAwayWhatIsLeft,
    "a failed insert is followed by the commit": GivesUp,
}
LAST_WINS = "the store keeps what came last"
FLAWS = (*FLAWED, LAST_WINS)


def quietly() -> None:
    """The sink says each failure, and collects garbage after it: 13 of 15 ms of a run."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    gc.collect = lambda generation=2: 0


def trouble(seed: int, flaw: str = "") -> str:
    """What went wrong in the run of this seed; empty where nothing did."""
    try:
        World(random.Random(seed), flaw).run()
    except Wrong as wrong:
        return str(wrong)
    return ""


def main() -> int:
    quietly()
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
    wrong = [(seed, said) for seed in seeds if (said := trouble(seed))]
    print(f"the design: {len(wrong)} of {len(seeds)} runs wrong, the first {wrong[:3]}")
    for flaw in FLAWS:
        print(f"with the flaw '{flaw}': {sum(bool(trouble(seed, flaw)) for seed in seeds)} of {len(seeds)} runs wrong")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
