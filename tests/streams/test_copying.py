"""A running worker saves its stores: what is due, without holding the event loop, and whatever happens to the folder it goes on."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from structlog.testing import capture_logs

from schemas.topics import topic_names
from streams.admitting import Admitter, Range, RawPartition, Shared
from streams.clock import SYSTEM_CLOCK
from streams.copies import Copies
from streams.copy_files import Copy
from streams.copying import Copier
from streams.core.admission import Gate
from streams.kill_points import KillPoints
from streams.opening import Stores
from streams.rules_file import load_rules
from streams.settings import WorkerSettings
from streams.stores import PartitionStore, Progress
from streams.telemetry import Telemetry

TOPICS = topic_names()
EVERY_S = 600.0


class TP(NamedTuple):
    topic: str
    partition: int


RAW, RESOLVED, AWAY = TP(TOPICS.raw, 2), TP(TOPICS.resolved, 3), TP(TOPICS.raw, 5)


def write(store: PartitionStore, position: int) -> None:
    store.write({b"position": b"%d" % position}, Progress(store.progress.purpose, position))


class Slow(Copies):
    """A volume far away."""

    def save(self, *given: Any) -> Copy:
        time.sleep(0.6)
        return super().save(*given)


class World:
    """A worker with the stores of two partitions and of who is who; of the latter a frame is folded and not written."""

    def __init__(self, folder: Path, copies: type[Copies] = Copies) -> None:
        self.volume, self.now_s = folder / "volume", 0.0
        self.volume.mkdir()
        settings = WorkerSettings(worker_state_dir=folder / "disk", worker_copies_dir=self.volume, worker_copy_every_s=EVERY_S)
        self.stores = Stores(settings, load_rules(), 6, {TOPICS.raw: "a", TOPICS.resolved: "b", TOPICS.links: "c"})
        self.raw, self.resolved, self.links = (self.stores.open(*tp) for tp in (RAW, RESOLVED, TP(TOPICS.links, 0)))
        self.telemetry = Telemetry()
        replica = SimpleNamespace(store=self.links, flush=lambda: write(self.links, self.links.progress.position + 1))
        shared: Any = SimpleNamespace(topics=TOPICS, replica=replica, telemetry=self.telemetry)
        worker: Any = SimpleNamespace(raw={2: SimpleNamespace(store=self.raw)}, resolved={3: SimpleNamespace(store=self.resolved)})
        clock: Any = SimpleNamespace(now=lambda: datetime.fromtimestamp(1_790_000_000 + self.now_s, UTC), monotonic=SYSTEM_CLOCK.monotonic)
        self.copies = copies(self.volume / "g1", "worker-1")
        self.copier = Copier(shared, worker, self.copies, settings, clock)
        for n, store in enumerate((self.raw, self.resolved, self.links)):
            write(store, 10 * n + 10)

    async def look(self) -> list[tuple[str, str]]:
        """(event, store) of what was logged."""
        with capture_logs() as told:
            await self.copier.look([RAW, RESOLVED, AWAY])
        return [(event["event"], event["store"]) for event in told]

    def positions(self, store: PartitionStore) -> list[int]:
        return [copy.manifest.position for copy in self.copies.found(store.progress.purpose)]

    def age_s(self, step: str, partition: int) -> float | None:
        return self.telemetry.registry.get_sample_value("tracker_copy_age_seconds", {"step": step, "partition": str(partition)})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.stores.close()


async def test_each_store_is_saved_and_who_is_who_with_what_was_only_in_memory(world: World) -> None:
    assert await world.look() == [("copy_saved", store.name) for store in (world.raw, world.resolved, world.links)]
    assert [world.positions(store) for store in (world.raw, world.resolved, world.links)] == [[10], [20], [31]]


async def test_only_what_moved_is_saved_again_and_only_when_the_time_has_come(world: World) -> None:
    await world.look()
    write(world.raw, 11)
    world.now_s = EVERY_S - 1
    assert await world.look() == []
    assert (world.age_s("admit", 2), world.age_s("stitch", 3)) == (EVERY_S - 1, 0.0)
    world.now_s = EVERY_S
    assert await world.look() == [("copy_saved", world.raw.name)]
    assert world.age_s("admit", 2) == 0.0
    assert world.positions(world.raw) == [11, 10]


async def test_a_folder_that_cannot_be_written_ends_nobody(world: World) -> None:
    world.volume.rmdir()
    assert await world.look() == [("copy_failed", store.name) for store in (world.raw, world.resolved, world.links)]
    assert world.telemetry.value("tracker_copies_failed_total") == 3
    world.volume.mkdir()
    (world.volume / "g1").write_text("a file where a folder should be")
    assert {event for event, _ in await world.look()} == {"copy_failed"}
    (world.volume / "g1").unlink()
    assert {event for event, _ in await world.look()} == {"copy_saved"}


async def test_a_store_that_is_closed_under_it_ends_nobody(world: World) -> None:
    world.raw.close()
    assert await world.look() == [("copy_failed", world.raw.name), ("copy_saved", world.resolved.name), ("copy_saved", world.links.name)]


async def test_a_checkpoint_that_a_killed_worker_left_is_in_nobodys_way(world: World, tmp_path: Path) -> None:
    world.links.checkpoint(tmp_path / "disk" / "g1" / "worker-1" / "checkpoint")
    assert {event for event, _ in await world.look()} == {"copy_saved"}
    assert world.positions(world.raw) == [10]


async def test_the_event_loop_goes_on_while_bytes_are_copied(tmp_path: Path) -> None:
    slow = World(tmp_path, Slow)
    longest_s, last, looking = 0.0, time.monotonic(), asyncio.create_task(slow.look())
    while not looking.done():
        await asyncio.sleep(0.005)
        longest_s, last = max(longest_s, time.monotonic() - last), time.monotonic()
    assert {event for event, _ in await looking} == {"copy_saved"}
    assert longest_s < 0.5
    slow.stores.close()


async def test_what_is_written_while_bytes_are_copied_is_not_in_the_copy(tmp_path: Path) -> None:
    slow = World(tmp_path, Slow)
    looking = asyncio.create_task(slow.look())
    await asyncio.sleep(0.1)
    write(slow.raw, 99)
    await looking
    assert slow.positions(slow.raw) == [10]
    slow.copies.fetch(slow.copies.found(slow.raw.progress.purpose)[0], tmp_path / "disk" / "fetched")
    opened = PartitionStore(tmp_path / "disk" / "fetched", slow.raw.progress.purpose, slow.stores._cache)
    assert (opened.progress.position, opened.get(b"position")) == (10, b"10")
    opened.close()
    slow.stores.close()


async def test_a_stop_in_the_middle_leaves_no_copy_and_waits_for_nobody(tmp_path: Path) -> None:
    slow = World(tmp_path, Slow)
    running = asyncio.create_task(slow.copier.look([RAW]))
    await asyncio.sleep(0.1)
    slow.copies.halt()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await asyncio.get_running_loop().shutdown_default_executor()
    assert list((slow.volume / "g1" / slow.raw.name).iterdir()) == []
    assert not (tmp_path / "disk" / "g1" / "worker-1" / "checkpoint").exists()
    slow.stores.close()


async def test_a_repair_makes_the_copies_beyond_it_wrong_so_they_go_before_it_has_any_effect(world: World) -> None:
    """It brings to the store what no copy will come to by reading on from its position."""
    seen: list[list[int]] = []

    async def send(messages: Any) -> list[int]:
        seen.append(world.positions(world.raw))
        return [1 for _ in messages]

    async def reached(epoch: int) -> None:
        return

    await world.look()
    gate, telemetry = Gate(load_rules(), b"key"), Telemetry()
    replica: Any = SimpleNamespace(epoch=-1, who=None, knows=None, reached=reached)
    outbox: Any = SimpleNamespace(send=send)
    admitter = Admitter(Shared(TOPICS, 6, 1, "worker-1", gate, replica, outbox, KillPoints(""), telemetry))
    side = RawPartition(2, world.raw, gate, replica)
    await admitter.take([Range(side, [], 10, 12)])
    assert seen.pop() == [10], "what follows on the position harms no copy"
    seen.clear()
    await admitter.take([Range(side, [], 3, 4, is_repair=True)])
    assert seen[0] == []
    assert world.positions(world.resolved) == [20]
