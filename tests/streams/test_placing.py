"""Where partitions go on whose stores are there, and whose stores come late."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from streams.placing import Placing
from streams.stores import PartitionStore
from tests.streams.test_worker import EPOCH, RAW, RESOLVED, TP, Folder, a_worker, chunk, written

Asked = list[tuple[str, int, int]]


class FarFolder(Folder):
    """The store of `late` is there when `arrived` is set."""

    def __init__(self, path: Path, late: TP) -> None:
        super().__init__(path)
        self._late, self.arrived = late, threading.Event()

    def open(self, topic: str, partition: int) -> PartitionStore:
        if (topic, partition) == self._late and not self.arrived.wait(10):
            raise TimeoutError
        return super().open(topic, partition)


class Broker:
    """Every topic ends at `end`."""

    def __init__(self, end: int) -> None:
        self.end = end

    async def end_offsets(self, partitions: Any) -> Mapping[Any, int]:
        return dict.fromkeys(partitions, self.end)


class OneOpening:
    """As `Stores`: asked again it hands out the same store."""

    def __init__(self, folder: Folder) -> None:
        self._folder, self._open, self.asked = folder, dict[TP, PartitionStore](), list[TP]()

    def open(self, topic: str, partition: int) -> PartitionStore:
        tp = TP(topic, partition)
        self.asked.append(tp)
        return self._open.setdefault(tp, self._open.get(tp) or self._folder.open(*tp))


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Callable[[TP], FarFolder]]:
    made: list[FarFolder] = []

    def late(tp: TP) -> FarFolder:
        made.append(FarFolder(tmp_path, tp))
        return made[-1]

    yield late
    for folder in made:
        folder.arrived.set()
        folder.close()


def placed(folder: Folder, end: int, asked: Asked) -> tuple[Any, Placing]:
    async def seek(topic: str, partition: int, position: int) -> None:
        asked.append((topic, partition, position))

    stores: Any = OneOpening(folder)
    worker = a_worker(stores)
    return worker, Placing(worker, stores, Broker(end), seek, within_s=0.1)


@pytest.mark.parametrize(("step", "late"), [("admit", RAW), ("stitch", RESOLVED)])
async def test_what_comes_late_is_left_out_until_it_is_there_and_then_read_from_its_position(
    far: Callable[[TP], FarFolder], tmp_path: Path, step: str, late: TP
) -> None:
    for tp in (RAW, RESOLVED):
        written(Folder(tmp_path), tp, 100, EPOCH)
    folder, asked = far(late), Asked()
    worker, placing = placed(folder, 200, asked)
    (soon,) = {RAW, RESOLVED} - {late}
    async with asyncio.timeout(10):
        assert await placing.positions({RAW, RESOLVED}) == {soon: 100}
        await getattr(worker, step)([chunk(late, 105, 106)], None)
        assert (asked, worker.coming, worker.failed.is_set()) == ([], {late}, False)
        folder.arrived.set()
        while not asked:
            await asyncio.sleep(0.01)
    assert (asked, worker.coming) == ([(*late, 100)], set())
    assert await placing.positions({RAW, RESOLVED}) == {RAW: 100, RESOLVED: 100}
    assert len(asked) == 1


async def test_a_store_is_opened_once_however_often_partitions_are_given_out_meanwhile(far: Callable[[TP], FarFolder]) -> None:
    folder, asked = far(RAW), Asked()
    worker, placing = placed(folder, 0, asked)
    await asyncio.gather(placing.positions({RAW}), placing.positions({RAW, RESOLVED}))
    folder.arrived.set()
    while worker.coming:
        await asyncio.sleep(0.01)
    assert await placing.positions({RAW, RESOLVED}) == {RAW: 0, RESOLVED: 0}
    assert sorted(worker._stores.asked).count(RAW) == 1 + 1, "by the thread, and by the worker that takes it over"


async def test_a_late_store_beyond_the_end_of_its_topic_is_begun_anew(far: Callable[[TP], FarFolder], tmp_path: Path) -> None:
    written(Folder(tmp_path), RAW, 100, EPOCH)
    folder, asked = far(RAW), Asked()
    _, placing = placed(folder, 99, asked)
    await placing.positions({RAW})
    folder.arrived.set()
    while not asked:
        await asyncio.sleep(0.01)
    assert asked == [(*RAW, 0)]


async def test_a_late_store_that_cannot_be_used_ends_the_worker(far: Callable[[TP], FarFolder], tmp_path: Path) -> None:
    written(Folder(tmp_path), RAW, 100, EPOCH + 1)
    folder, asked = far(RAW), Asked()
    worker, placing = placed(folder, 200, asked)
    await placing.positions({RAW})
    folder.arrived.set()
    async with asyncio.timeout(10):
        await worker.failed.wait()
    assert asked == []


async def test_nothing_assigned_asks_nothing(far: Callable[[TP], FarFolder]) -> None:
    assert await placed(far(RAW), 0, Asked())[1].positions(set()) == {}
