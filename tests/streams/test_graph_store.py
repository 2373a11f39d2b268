"""The graph of identities on disk against its twin in memory, with little memory, flushes and restarts at any moment."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec import structs

from schemas.facts import Control, partition_of
from schemas.links import LinkEntry, LinkFrame, encode_links
from streams.core.identity.fold import Fold
from streams.core.identity.graph import MemoryGraph
from streams.graph_store import DiskGraph
from streams.replica import Replica
from streams.stores import PartitionStore, Progress, Purpose, shared_cache
from tests.builders import T0, a_pair, a_policy, a_token
from tests.properties.scenario import entries_of, random_records

PARTITIONS = 3
PURPOSE = Purpose("identity.links", "id", 0, PARTITIONS, "1")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PartitionStore]:
    opened = PartitionStore(tmp_path / "links", PURPOSE, shared_cache(8))
    yield opened
    opened.close()


def frames_of(seed: int) -> list[list[LinkEntry]]:
    rng = random.Random(seed)
    entries = [entry for _ in range(4) for entry in entries_of(random_records(rng))]
    rng.shuffle(entries)
    return [entries[n : n + 3] for n in range(0, len(entries), 3)]


def as_sets(controls: list[Control]) -> list[Control]:
    """What a control record names has no order."""
    named = [zip(*sorted(zip(c.nodes, c.evidence, strict=True)), strict=True) if c.nodes else ([], []) for c in controls]
    return [
        structs.replace(c, nodes=list(nodes), evidence=list(evidence), pairs=sorted(c.pairs), conflicts=sorted(c.conflicts))
        for c, (nodes, evidence) in zip(controls, named, strict=True)
    ]


def told(fold: Fold, graph: DiskGraph, epoch: int, entries: list[LinkEntry]) -> list[Control]:
    controls = fold.apply(epoch, entries)
    for partition in range(PARTITIONS):
        mine = [c for c in controls if partition_of(c.customer, PARTITIONS) == partition]
        if mine:
            graph.add_controls(partition, epoch, mine)
    return as_sets(controls)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_evicted_flushed_or_lost_the_fold_tells_the_same_controls(store: PartitionStore, seed: int) -> None:
    rng, frames = random.Random(seed), frames_of(seed)
    twin = Fold(a_policy(), MemoryGraph())
    expected = [as_sets(twin.apply(epoch, entries)) for epoch, entries in enumerate(frames)]
    graph = DiskGraph(store, 2)
    epoch = crashes = 0
    while epoch < len(frames):
        fold = Fold(a_policy(), graph)
        assert told(fold, graph, epoch, frames[epoch]) == expected[epoch]
        epoch += 1
        if rng.random() < 0.3:
            graph.flush(Progress(PURPOSE, epoch, epoch - 1))
        if rng.random() < 0.5:
            graph.evict()
        if rng.random() < 0.1 and crashes < 10:
            crashes, graph, epoch = crashes + 1, DiskGraph(store, 2), store.progress.position
    for partition in range(PARTITIONS):
        mine = [(n, [c for c in controls if partition_of(c.customer, PARTITIONS) == partition]) for n, controls in enumerate(expected)]
        kept = [(n, as_sets(controls)) for n, controls in graph.controls_after(partition, -1, len(frames))]
        assert kept == [(n, controls) for n, controls in mine if controls]


def test_what_was_asked_for_is_not_held_for_ever_though_nothing_is_folded(store: PartitionStore) -> None:
    graph = DiskGraph(store, 10)
    for n in range(100):
        assert graph.node(a_token("anonymous", n)) is None
    graph.evict()
    assert len(graph._nodes) == 0


def test_evicting_keeps_what_is_not_on_disk_yet(store: PartitionStore) -> None:
    graph = DiskGraph(store, 1)
    tokens = [a_token("email", n) for n in range(4)]
    fold = Fold(a_policy(), graph)
    fold.apply(0, [a_pair(tokens[0], other) for other in tokens[1:]])
    before = {fold.who.owner_of(t, 0) for t in tokens}
    graph.evict()
    assert {Fold(a_policy(), graph).who.owner_of(t, 0) for t in tokens} == before
    assert len(before) == 1


def record(epoch: int, *entries: LinkEntry) -> SimpleNamespace:
    return SimpleNamespace(offset=epoch, timestamp=epoch, value=encode_links(LinkFrame(list(entries))))


class Broken(Exception):
    """A defect in the middle of a fold."""


def test_a_frame_that_broke_off_in_the_middle_is_not_written(store: PartitionStore) -> None:
    replica = Replica(store, a_policy(), PARTITIONS, 100)
    email, account, device = a_token("email", 1), a_token("account", 1), a_token("device", 1)
    asyncio.run(replica._fold([record(0, a_pair(email, account))]))
    replica.flush()
    asyncio.run(replica._fold([record(1, a_pair(email, device))]))

    def breaks(partition: int, epoch: int, controls: list[Control]) -> None:
        raise Broken

    replica.graph.add_controls = breaks  # type: ignore[method-assign]
    with pytest.raises(Broken):
        asyncio.run(replica._fold([record(2, a_pair(account, device, T0 + 1))]))
    replica.flush()
    again = Replica(store, a_policy(), PARTITIONS, 100)
    assert again.epoch == 0
    assert again.who.owner_of(device, 9) != again.who.owner_of(email, 9)


def test_a_replica_that_comes_back_goes_on_behind_what_it_wrote(store: PartitionStore) -> None:
    replica = Replica(store, a_policy(), PARTITIONS, 100)
    email, account = a_token("email", 1), a_token("account", 1)
    asyncio.run(replica._fold([record(0, a_pair(email, account)), record(5)]))
    replica.flush()
    again = Replica(store, a_policy(), PARTITIONS, 100)
    assert again.epoch == 5
    assert again.who.owner_of(email, 5) == again.who.owner_of(account, 5)
    assert again.knows(a_pair(email, account))
    again.start_over()
    assert again.epoch == -1
    assert not again.knows(a_pair(email, account))
