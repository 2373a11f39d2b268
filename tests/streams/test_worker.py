"""Where the partitions of a worker go on."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from schemas.errors import ConfigurationError
from schemas.topics import topic_names
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
    shared: Any = SimpleNamespace(topics=TOPICS, gate=None, replica=SimpleNamespace(epoch=EPOCH))
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
