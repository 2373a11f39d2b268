"""The store of a partition on disk: one write, one position, and what becomes of a store that was made for something else."""

import random
from pathlib import Path

import pytest

from streams.core.overlay import Overlay
from streams.stores import CONDEMNED, META, PartitionStore, Progress, Purpose, StoreDamaged, shared_cache
from tests.streams.purposes import OTHERS, PURPOSE


def opened(folder: Path, purpose: Purpose = PURPOSE) -> PartitionStore:
    return PartitionStore(folder / "store", purpose, shared_cache(8))


def test_a_new_store_stands_at_the_beginning(tmp_path: Path) -> None:
    store = opened(tmp_path)
    assert (store.progress.position, store.progress.epoch, store.progress.controlled) == (0, -1, -1)
    store.close()


def test_what_was_written_is_there_after_a_restart_with_its_position(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.write({b"a": b"1", b"b": b"2"}, Progress(PURPOSE, 10, 3, 2))
    store.write({b"a": None, b"c": b"3"}, Progress(PURPOSE, 20, 4, 3))
    store.close()
    again = opened(tmp_path)
    assert [again.get(key) for key in (b"a", b"b", b"c")] == [None, b"2", b"3"]
    assert again.progress == Progress(PURPOSE, 20, 4, 3)
    again.close()


def test_a_scan_is_in_the_order_of_the_keys_and_ends_before_its_end(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.write({bytes((n,)): b"" for n in (9, 3, 1, 5)}, Progress(PURPOSE))
    assert [key for key, _ in store.scan(b"\x03", b"\x09")] == [b"\x03", b"\x05"]
    pairs = [store.greatest(b"\x03", last) for last in (b"\x03", b"\x05", b"\x06", b"\x09", b"\xff")]
    assert [pair and pair[0] for pair in pairs] == [None, b"\x03", b"\x05", b"\x05", b"\x09"]
    overlay = Overlay(store)
    overlay.put(b"k" * 18, b"v")
    assert store.get(b"k" * 18) is None
    store.close()


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_a_store_that_was_made_for_something_else_is_begun_anew(tmp_path: Path, other: Purpose) -> None:
    store = opened(tmp_path, other)
    store.write({b"a": b"1"}, Progress(other, 10))
    store.close()
    again = opened(tmp_path)
    assert (again.get(b"a"), again.get(META), again.progress) == (None, None, Progress(PURPOSE))
    again.close()


def test_a_store_can_be_begun_anew_while_it_is_open(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.write({b"a": b"1"}, Progress(PURPOSE, 10))
    store.start_over()
    assert (store.get(b"a"), store.progress.position) == (None, 0)
    store.write({b"b": b"2"}, Progress(PURPOSE, 1))
    store.close()


def test_one_process_at_a_time_has_a_store(tmp_path: Path) -> None:
    store = opened(tmp_path)
    with pytest.raises(Exception, match=r"(?i)lock"):  # rocksdict raises no narrower class
        opened(tmp_path)
    store.close()


def damage(store: PartitionStore, folder: Path) -> None:
    """One bit turned in the middle of its only file of rows. The store is closed then."""
    rows = {n.to_bytes(4, "big"): random.Random(n).randbytes(200) for n in range(1, 3_000)}
    store.write(rows, Progress(store.progress.purpose, 10))
    store._db.flush()
    store.close()
    file = max(folder.glob("*.sst"), key=lambda file: file.stat().st_size)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def damaged(folder: Path) -> Path:
    damage(opened(folder), folder / "store")
    return folder / "store"


def test_a_scan_that_meets_a_damaged_block_says_so_instead_of_ending_early(tmp_path: Path) -> None:
    damaged(tmp_path)
    store = opened(tmp_path)
    with pytest.raises(StoreDamaged, match="Corruption"):
        list(store.scan(b"\x00", b"\xff"))
    store.close()


def test_reading_a_key_in_a_damaged_block_says_so(tmp_path: Path) -> None:
    damaged(tmp_path)
    store = opened(tmp_path)
    with pytest.raises(StoreDamaged) as found:
        _ = [store.get(n.to_bytes(4, "big")) for n in range(1, 3_000)]
    assert "start the worker again" in found.value.remedy
    store.close()


def test_a_store_that_was_found_damaged_begins_anew_at_the_next_start(tmp_path: Path) -> None:
    folder = damaged(tmp_path)
    store = opened(tmp_path)
    with pytest.raises(StoreDamaged):
        list(store.scan(b"\x00", b"\xff"))
    store.close()
    assert (folder / CONDEMNED).exists()
    again = opened(tmp_path)
    assert again.progress == Progress(PURPOSE)
    assert list(again.scan(b"\x00", b"\xff")) == []
    again.close()


def test_a_store_that_cannot_be_opened_for_damage_begins_anew(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.write({b"a": b"1"}, Progress(PURPOSE, 10))
    store.close()
    (tmp_path / "store" / "CURRENT").write_bytes(b"MANIFEST-999999\n")
    again = opened(tmp_path)
    assert again.progress == Progress(PURPOSE)
    again.close()


def test_a_store_that_another_holds_is_not_taken_for_damaged(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.write({b"a": b"1"}, Progress(PURPOSE, 10))
    with pytest.raises(Exception, match="lock"):
        opened(tmp_path)
    assert store.get(b"a") == b"1"
    store.close()
