"""A store is opened where it stands, or where the farthest copy stands that is whole and was made for the same."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from schemas.topics import topic_names
from streams.copy_files import MANIFEST, Copy
from streams.opening import Stores
from streams.rules_file import load_rules
from streams.settings import WorkerSettings
from streams.stores import CONDEMNED, PartitionStore, Progress
from tests.streams.test_stores import damage

TOPIC, PARTITION, T0 = topic_names().raw, 2, 1_790_000_000_000
Open = Callable[..., Stores]


@pytest.fixture
def opener(tmp_path: Path) -> Iterator[Open]:
    """Stores of a worker, whose disk is the folder of its name."""
    (tmp_path / "volume").mkdir()
    opened: list[Stores] = []

    def stores(worker: str = "w1", topic_id: str = "id", copies: Path | None = tmp_path / "volume", **settings: Any) -> Stores:
        given = WorkerSettings(worker_id=worker, worker_state_dir=tmp_path / "disks", worker_copies_dir=copies, **settings)
        opened.append(Stores(given, load_rules(), 6, {TOPIC: topic_id}))
        return opened[-1]

    yield stores
    for each in opened:
        each.close()


def written(store: PartitionStore, position: int, value: bytes = b"") -> PartitionStore:
    store.write({b"value": value or b"%d" % position}, Progress(store.progress.purpose, position, 7, 5))
    return store


def saved(stores: Stores, tmp_path: Path, *positions: int) -> list[Copy]:
    """Copies of the worker's store as it went on."""
    assert stores.copies is not None
    store, found = stores.open(TOPIC, PARTITION), []
    for position in positions:
        written(store, position).checkpoint(tmp_path / "checkpoint")
        purpose = store.progress.purpose
        found.append(stores.copies.save(tmp_path / "checkpoint", purpose, position, T0 + position, stores.copies.sight(purpose)))
    return found


def stands(store: PartitionStore) -> tuple[int, bytes | None]:
    return store.progress.position, store.get(b"value")


def test_a_worker_without_a_disk_begins_with_the_copy_even_of_what_was_in_memory_only(opener: Open, tmp_path: Path) -> None:
    saved(opener(), tmp_path, 10, 20)
    with capture_logs() as told:
        store = opener("w2").open(TOPIC, PARTITION)
    assert stands(store) == (20, b"20")
    assert (store.progress.epoch, store.progress.controlled) == (7, 5)
    assert [(event["event"], event["position"], event["instead_of"]) for event in told] == [("copy_taken", 20, 0)]
    written(store, 30).close()
    assert stands(opener("w2").open(TOPIC, PARTITION)) == (30, b"30")


@pytest.mark.parametrize(("position", "value"), [(19, b"20"), (20, b"mine"), (21, b"mine")], ids=["behind", "as far", "farther"])
def test_a_store_gives_way_only_to_a_copy_that_is_farther(opener: Open, tmp_path: Path, position: int, value: bytes) -> None:
    other = opener("w2", copies=None)
    written(other.open(TOPIC, PARTITION), position, b"mine")
    other.close()
    saved(opener(), tmp_path, 20)
    assert stands(opener("w2").open(TOPIC, PARTITION)) == (max(position, 20), value)


def harm_rows(copy: Copy) -> None:
    next(copy.folder.glob("*.sst")).write_bytes(b"other rows")


def harm_name(copy: Copy) -> None:
    (copy.folder / "CURRENT").unlink()


def harm_position(copy: Copy) -> None:
    text = (copy.folder / MANIFEST).read_text()
    (copy.folder / MANIFEST).write_text(text.replace('"position":20', '"position":90'))


@pytest.mark.parametrize("harm", [harm_rows, harm_name, harm_position])
def test_a_damaged_copy_is_told_removed_and_passed_over(opener: Open, tmp_path: Path, harm: Callable[[Copy], None]) -> None:
    older, newest = saved(opener(), tmp_path, 10, 20)
    harm(newest)
    with capture_logs() as told:
        assert stands(opener("w2").open(TOPIC, PARTITION)) == (10, b"10")
    assert [(event["event"], event["copy"]) for event in told] == [
        ("copy_passed_over", newest.folder.name),
        ("copy_taken", older.folder.name),
    ]
    assert (older.folder.exists(), newest.folder.exists()) == (True, False)


def test_where_all_copies_are_damaged_the_log_is_read(opener: Open, tmp_path: Path) -> None:
    for copy in saved(opener(), tmp_path, 10, 20):
        harm_rows(copy)
    store = opener("w2").open(TOPIC, PARTITION)
    assert stands(store) == (0, None)
    assert not [path.name for path in (tmp_path / "disks" / "g1" / "w2").iterdir() if path.name.endswith(".coming")]


def test_a_copy_of_another_log_is_never_taken(opener: Open, tmp_path: Path) -> None:
    saved(opener(), tmp_path, 20)
    assert stands(opener("w2", topic_id="another").open(TOPIC, PARTITION)) == (0, None)
    assert stands(opener("w3", generation=2).open(TOPIC, PARTITION)) == (0, None)


def test_a_copy_that_opens_as_one_of_another_log_is_never_taken(opener: Open, tmp_path: Path) -> None:
    """Whatever its manifest says, the store itself knows what it was made for."""
    (copy,) = saved(opener(), tmp_path, 20)
    text = (copy.folder / MANIFEST).read_text()
    (copy.folder / MANIFEST).write_text(text.replace('"id"', '"another"'))
    assert stands(opener("w2", topic_id="another").open(TOPIC, PARTITION)) == (0, None)


def test_a_store_that_was_made_for_another_log_gives_way_to_a_copy_of_this(opener: Open, tmp_path: Path) -> None:
    other = opener("w2", topic_id="another", copies=None)
    written(other.open(TOPIC, PARTITION), 99)
    other.close()
    saved(opener(), tmp_path, 20)
    assert stands(opener("w2").open(TOPIC, PARTITION)) == (20, b"20")


def test_a_damaged_store_gives_way_to_a_copy_that_is_not(opener: Open, tmp_path: Path) -> None:
    stores = opener()
    saved(stores, tmp_path, 10)
    written(stores.open(TOPIC, PARTITION), 30)
    stores.close()
    (tmp_path / "disks" / "g1" / "w1" / f"{TOPIC}-{PARTITION}" / CONDEMNED).touch()
    assert stands(opener().open(TOPIC, PARTITION)) == (10, b"10")


def test_damage_that_was_copied_before_anybody_saw_it_does_not_come_back(opener: Open, tmp_path: Path) -> None:
    """Checksums of the copy fit what was copied. Who took it for good would be thrown away and take it again, for ever."""
    stores, folder = opener(), tmp_path / "disks" / "g1" / "w1" / f"{TOPIC}-{PARTITION}"
    damage(stores.open(TOPIC, PARTITION), folder)
    stores.close()
    damaged = opener()
    saved(damaged, tmp_path, 20)
    damaged.close()
    (folder / CONDEMNED).touch()
    with capture_logs() as told:
        assert stands(opener("w1").open(TOPIC, PARTITION)) == (0, None)
    assert [event["event"] for event in told] == ["store_thrown_away", "copy_passed_over"]


def test_a_store_that_is_begun_anew_takes_its_copies_with_it(opener: Open, tmp_path: Path) -> None:
    """It was beyond the end of its topic: so are they, until the topic has grown, with other records."""
    stores = opener()
    saved(stores, tmp_path, 10, 20)
    stores.open(TOPIC, PARTITION).start_over()
    assert stands(opener("w2").open(TOPIC, PARTITION)) == (0, None)


def test_an_absent_volume_is_told_and_the_log_is_read(opener: Open, tmp_path: Path) -> None:
    (tmp_path / "volume").rmdir()
    with capture_logs() as told:
        assert stands(opener().open(TOPIC, PARTITION)) == (0, None)
    assert [event["event"] for event in told] == ["copies_out_of_reach"]


def test_a_worker_that_leaves_while_a_copy_comes_keeps_what_it_has(opener: Open, tmp_path: Path) -> None:
    other = opener("w2", copies=None)
    written(other.open(TOPIC, PARTITION), 5, b"mine")
    other.close()
    saved(opener(), tmp_path, 20)
    leaving = opener("w2")
    leaving.halt()
    assert stands(leaving.open(TOPIC, PARTITION)) == (5, b"mine")


def test_without_a_folder_nothing_is_looked_for(opener: Open, tmp_path: Path) -> None:
    saved(opener(), tmp_path, 20)
    assert stands(opener("w2", copies=None).open(TOPIC, PARTITION)) == (0, None)
    assert WorkerSettings(worker_copies_dir="").copies is None  # as the environment has it
