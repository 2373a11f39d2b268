from sinks.batch import Batch, FlushPolicy, Place
from sinks.rows import project, unseal
from sinks.shapes import SHAPES
from tests.sinks.frames import a_frame, a_row, a_withdrawal, an_id

POLICY = FlushPolicy(max_rows=3, max_bytes=10_000, max_age_s=1.0, idle_age_s=0.1)


def a_batch(*frames: bytes, now: float = 0.0, first: int = 0, partition: int = 0) -> Batch:
    batch = Batch()
    for offset, raw in enumerate(frames, first):
        batch.add(Place("journeys.g1", partition, offset), project(unseal(raw)), len(raw), now)
    return batch


def journey(version: int, n: int = 1, net: int = 0) -> bytes:
    return a_frame({"journeys": [a_row("journeys", journey_id=an_id(n), version=version, net=net)]})


def only(batch: Batch) -> list[list[object]]:
    (block,) = batch.blocks()
    return [SHAPES[block.table].row(entry.body) for entry in block.entries]


def test_of_several_versions_the_greatest_stays_whatever_came_last() -> None:
    batch = a_batch(journey(5, net=5), journey(9, net=9), journey(7, net=7))
    ((*_, version, deleted),) = only(batch)
    assert (version, deleted, batch.rows) == (9, 0, 1)


def test_a_withdrawal_hides_an_older_upsert_and_yields_to_a_newer_one() -> None:
    gone = a_frame(withdrawals={"journeys": [a_withdrawal("journeys", 6)]})
    assert only(a_batch(journey(5), gone))[0][-2:] == [6, 1]
    assert only(a_batch(gone, journey(7)))[0][-2:] == [7, 0]
    assert only(a_batch(journey(7), gone))[0][-2:] == [7, 0]


def test_a_frame_read_again_changes_nothing_in_the_batch() -> None:
    once, twice = a_batch(journey(5), journey(6, n=2)), a_batch(journey(5), journey(6, n=2))
    twice.add(Place("journeys.g1", 0, 0), project(unseal(journey(5))), 1, 0.0)
    assert only(once) == only(twice)
    assert once.next_offsets == twice.next_offsets


def test_it_is_due_by_rows_by_bytes_by_age_and_sooner_when_idle() -> None:
    assert not a_batch().is_due(POLICY, 1e9)
    assert not a_batch(journey(1)).is_due(POLICY, 0.9)
    assert a_batch(journey(1)).is_due(POLICY, 1.0)
    assert not a_batch(journey(1)).is_due(POLICY, 0.05, idle=True)
    assert a_batch(journey(1)).is_due(POLICY, 0.1, idle=True)
    assert a_batch(*(journey(1, n) for n in range(3))).is_due(POLICY, 0.0)
    heavy = a_batch(a_frame({"journeys": [a_row("journeys", campaign="x" * 10_000)]}))
    assert heavy.is_due(POLICY, 0.0)


def test_its_age_counts_from_its_first_frame() -> None:
    batch = a_batch(journey(1), now=10.0)
    batch.add(Place("journeys.g1", 0, 1), project(unseal(journey(2))), 1, 10.9)
    assert batch.is_due(POLICY, 11.0)


def test_it_knows_the_next_offset_of_each_partition() -> None:
    batch = a_batch(journey(1), journey(2), first=40)
    batch.add(Place("journeys.g1", 3, 7), project(unseal(journey(3, n=2))), 1, 0.0)
    assert batch.next_offsets == {0: 42, 3: 8}


def test_the_same_offsets_make_the_same_token_and_others_another() -> None:
    def token(*frames: bytes, first: int = 0) -> str:
        (block,) = a_batch(*frames, first=first).blocks()
        return block.token

    assert token(journey(1), first=4) == token(journey(1), first=4) == "journeys/journeys.g1:0:4-4"
    assert token(journey(1), first=4) != token(journey(1), first=5)


def test_blocks_come_in_the_order_of_the_catalogue() -> None:
    batch = a_batch(a_frame({t: [a_row(t)] for t in ("ledger", "customers", "touchpoints", "orders")}))
    assert [b.table for b in batch.blocks()] == ["touchpoints", "customers", "orders", "ledger"]
