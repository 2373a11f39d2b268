"""Where the partitions of a worker go on."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from schemas.errors import ConfigurationError
from schemas.topics import topic_names
from streams.core.rejects import RejectLimits
from streams.rules_file import load_rules
from streams.stores import PartitionStore, Progress, Purpose, shared_cache
from streams.worker import Worker

TOPICS = topic_names()
EPOCH = 40
"""The last one folded."""


class TP(NamedTuple):
    topic: str
    partition: int


RAW, RESOLVED = TP(TOPICS.raw, 2), TP(TOPICS.resolved, 3)


class Folder:
    """Opens stores in one folder."""

    def __init__(self, path: Path) -> None:
        self._path, self._cache, self.opened = path, shared_cache(8), list[PartitionStore]()

    def open(self, topic: str, partition: int) -> PartitionStore:
        store = PartitionStore(self._path / f"{topic}-{partition}", Purpose(topic, "id", partition, 6, "1"), self._cache)
        self.opened.append(store)
        return store

    def close(self) -> None:
        for store in self.opened:
            store.close()
        self.opened.clear()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    stores = Folder(tmp_path)
    yield stores
    stores.close()


def a_worker(stores: Any) -> Worker:
    telemetry = SimpleNamespace(refused=lambda topic: None)
    replica, limits = SimpleNamespace(epoch=EPOCH), RejectLimits()
    shared: Any = SimpleNamespace(topics=TOPICS, gate=None, replica=replica, telemetry=telemetry, reject_limits=limits)
    return Worker(shared, stores, load_rules())


def written(folder: Folder, tp: TP, position: int, epoch: int) -> None:
    store = folder.open(*tp)
    store.write({b"a": b"1"}, Progress(store.progress.purpose, position, epoch))
    folder.close()


def test_a_partition_goes_on_where_its_store_stands(folder: Folder) -> None:
    written(folder, RAW, 100, EPOCH)
    assert a_worker(folder).positions([RAW, RESOLVED], {RAW: 100, RESOLVED: 7}) == {RAW: 100, RESOLVED: 0}


def test_a_store_beyond_the_end_of_its_topic_is_thrown_away(folder: Folder) -> None:
    written(folder, RAW, 100, EPOCH)
    assert a_worker(folder).positions([RAW], {RAW: 99}) == {RAW: 0}


@pytest.mark.parametrize("tp", [RAW, RESOLVED])
def test_a_store_that_was_judged_by_links_that_are_not_there_is_no_store_to_wait_with(folder: Folder, tp: TP) -> None:
    written(folder, tp, 100, EPOCH + 1)
    with pytest.raises(ConfigurationError, match="links that are not there") as refused:
        a_worker(folder).positions([tp], {tp: 200})
    assert "new generation" in refused.value.remedy


class Rec(NamedTuple):
    """What Faust brings."""

    topic: str
    partition: int
    offset: int


def chunk(tp: TP, *offsets: int) -> list[Rec]:
    return [Rec(*tp, offset) for offset in offsets]


@pytest.mark.parametrize(("step", "tp"), [("admit", RAW), ("stitch", RESOLVED)])
async def test_what_does_not_follow_is_read_again_from_where_the_store_stands(folder: Folder, step: str, tp: TP) -> None:
    written(folder, tp, 100, EPOCH)
    worker, asked = a_worker(folder), list[tuple[str, int, int]]()

    async def seek(topic: str, partition: int, position: int) -> None:
        asked.append((topic, partition, position))

    await getattr(worker, step)([chunk(tp, 98, 99), chunk(tp, 105, 106)], seek)
    assert asked == [(*tp, 100)]
    assert not worker.failed.is_set()


@pytest.mark.parametrize(("step", "tp"), [("admit", RAW), ("stitch", RESOLVED)])
async def test_a_defect_ends_the_worker_and_never_lets_go_of_the_chunk(folder: Folder, step: str, tp: TP) -> None:
    """Faust would log it, begin the agent anew and go on behind the chunk."""

    async def breaks(topic: str, partition: int, position: int) -> None:
        raise ZeroDivisionError

    worker = a_worker(folder)
    at_work = asyncio.create_task(getattr(worker, step)([chunk(tp, 5)], breaks))
    await worker.failed.wait()
    assert not at_work.done()
    at_work.cancel()


def test_telling_controls_ends_when_it_is_cancelled_whatever_comes_at_the_same_time(folder: Folder) -> None:
    """A cancellation that met the next epoch was lost once, and the worker never stopped."""

    async def cancelled() -> bool:
        moved: asyncio.Queue[None] = asyncio.Queue()
        worker = a_worker(folder)
        shared: Any = worker._shared
        shared.replica.moved_beyond, shared.telemetry.folded = lambda _: moved.get(), lambda _: None
        telling = asyncio.create_task(worker.tell_controls(lambda: ()))
        for passes in range(2, 12):
            await asyncio.sleep(0.06)  # it waits for the next epoch
            moved.put_nowait(None)
            for _ in range(passes // 2):
                await asyncio.sleep(0)
            telling.cancel()
            await asyncio.wait([telling], timeout=0.2)
            if not telling.cancelled():
                return False
            telling = asyncio.create_task(worker.tell_controls(lambda: ()))
        telling.cancel()
        return True

    assert asyncio.run(cancelled())
