"""The folder of saved copies: a copy is whole or not there, two are kept, one that is damaged is told, and what is torn goes."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from streams.copies import TORN_AFTER_S, Copies, is_due
from streams.copy_files import MANIFEST, Copy, CopyDamaged, Halted, Manifest
from streams.stores import Purpose
from tests.streams.purposes import OTHERS, PURPOSE

T0 = 1_790_000_000_000
FILES = {"000009.sst": b"rows" * 1000, "MANIFEST-000005": b"which files", "CURRENT": b"MANIFEST-000005\n"}


@pytest.fixture
def copies(tmp_path: Path) -> Copies:
    (tmp_path / "volume").mkdir()
    return Copies(tmp_path / "volume" / "g1", "w1")


def checkpoint(folder: Path, files: dict[str, bytes] = FILES) -> Path:
    (folder / "checkpoint").mkdir()
    for name, content in files.items():
        (folder / "checkpoint" / name).write_bytes(content)
    return folder / "checkpoint"


def save(copies: Copies, folder: Path, position: int, now_ms: int = T0, purpose: Purpose = PURPOSE) -> Copy:
    return copies.save(checkpoint(folder), purpose, position, now_ms, copies.sight(purpose))


def home(folder: Path) -> Path:
    return folder / "volume" / "g1" / "touchpoints.raw-2"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in home(folder).iterdir())


def positions(copies: Copies, purpose: Purpose = PURPOSE) -> list[int]:
    return [copy.manifest.position for copy in copies.found(purpose)]


def test_a_copy_has_what_the_checkpoint_had_and_the_checkpoint_is_gone(copies: Copies, tmp_path: Path) -> None:
    saved = save(copies, tmp_path, 10)
    assert copies.found(PURPOSE) == [saved]
    assert saved.manifest.size == sum(map(len, FILES.values()))
    assert not (tmp_path / "checkpoint").exists()
    copies.fetch(saved, tmp_path / "coming")
    assert {path.name: path.read_bytes() for path in (tmp_path / "coming").iterdir()} == FILES


def test_the_farthest_comes_first_and_two_are_kept(copies: Copies, tmp_path: Path) -> None:
    for n, position in enumerate((30, 10, 40, 20)):
        save(copies, tmp_path, position, T0 + n)
    assert positions(copies) == [40, 30]
    assert len(names(tmp_path)) == 2


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_a_copy_of_something_else_is_none_and_goes_when_two_are_there(copies: Copies, tmp_path: Path, other: Purpose) -> None:
    save(copies, tmp_path, 99, T0, other)
    assert positions(copies) == []
    save(copies, tmp_path, 10, T0 + 1)
    assert (positions(copies), positions(copies, other)) == ([10], [99])
    save(copies, tmp_path, 20, T0 + 2)
    assert (positions(copies), positions(copies, other)) == ([20, 10], [])


def turned(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (turned, "000009.sst is not what was saved"),
        (lambda file: os.truncate(file, 3_999), "000009.sst is not what was saved"),
        (Path.unlink, "000009.sst is missing"),
    ],
    ids=["a bit turned", "cut short", "gone"],
)
def test_damage_is_found_when_the_copy_is_fetched(copies: Copies, tmp_path: Path, harm: Callable[[Path], None], told: str) -> None:
    saved = save(copies, tmp_path, 10)
    harm(saved.folder / "000009.sst")
    with pytest.raises(CopyDamaged, match=told):
        copies.fetch(saved, tmp_path / "coming")


def test_a_manifest_cannot_lead_out_of_the_folder(copies: Copies, tmp_path: Path) -> None:
    saved = save(copies, tmp_path, 10)
    (tmp_path / "outside").write_bytes(b"x")
    wrong = msgspec.structs.replace(saved, manifest=msgspec.structs.replace(saved.manifest, files={"../outside": (1, "")}))
    with pytest.raises(CopyDamaged, match="no name of a file"):
        copies.fetch(wrong, tmp_path / "coming")


@pytest.mark.parametrize("harm", [Path.unlink, lambda file: file.write_bytes(b'{"purpose":'), lambda file: file.write_bytes(b"{}")])
def test_a_copy_without_its_manifest_is_passed_over(copies: Copies, tmp_path: Path, harm: Callable[[Path], None]) -> None:
    save(copies, tmp_path, 10)
    harm(save(copies, tmp_path, 20).folder / MANIFEST)
    assert positions(copies) == [10]


def test_what_was_begun_and_never_finished_is_no_copy_and_goes(copies: Copies, tmp_path: Path) -> None:
    """One's own at once, another's when nobody touched it for long: it may be at work."""
    saved = save(copies, tmp_path, 10)
    for name, age_s in ((".w1~1", 0), (".w2~1", 0), (".w1-2~1", 0), (".w3~1", TORN_AFTER_S + 60)):
        shutil.copytree(saved.folder, home(tmp_path) / name)
        os.utime(home(tmp_path) / name, (T0 / 1000 - age_s,) * 2)
    assert positions(copies) == [10]
    save(copies, tmp_path, 20, T0)
    assert [name for name in names(tmp_path) if name.startswith(".")] == [".w1-2~1", ".w2~1"]


@pytest.mark.parametrize("when", ["the volume is not there", "it fails in the middle"])
def test_a_copy_that_fails_leaves_nothing_behind(copies: Copies, tmp_path: Path, when: str) -> None:
    source = checkpoint(tmp_path)
    if when == "the volume is not there":
        (tmp_path / "volume").rmdir()
    else:
        (source / "MANIFEST-000005").unlink()
        (source / "MANIFEST-000005").mkdir()  # cannot be read as a file
    with pytest.raises(OSError, match=r"volume|MANIFEST"):
        copies.save(source, PURPOSE, 10, T0, copies.sight(PURPOSE))
    assert not source.exists()
    assert not (tmp_path / "volume").exists() or names(tmp_path) == []


def test_an_absent_volume_is_not_made(copies: Copies, tmp_path: Path) -> None:
    (tmp_path / "volume").rmdir()
    with pytest.raises(FileNotFoundError):
        copies.found(PURPOSE)
    copies.forget(PURPOSE)
    assert not (tmp_path / "volume").exists()


def test_a_worker_that_leaves_lets_go_of_what_is_being_copied(copies: Copies, tmp_path: Path) -> None:
    saved = save(copies, tmp_path, 10)
    copies.halt()
    with pytest.raises(Halted):
        save(copies, tmp_path, 20)
    with pytest.raises(Halted):
        copies.fetch(saved, tmp_path / "coming")
    assert names(tmp_path) == [saved.folder.name]


def test_forgotten_copies_are_gone_and_one_that_is_being_saved_does_not_appear(copies: Copies, tmp_path: Path) -> None:
    save(copies, tmp_path, 10)
    sight = copies.sight(PURPOSE)
    copies.forget(PURPOSE)
    assert names(tmp_path) == []
    with pytest.raises(Halted):
        copies.save(checkpoint(tmp_path), PURPOSE, 20, T0, sight)
    assert names(tmp_path) == []
    save(copies, tmp_path, 30)
    assert positions(copies) == [30]


def test_rows_that_were_saved_before_are_not_copied_again_and_outlive_the_copy_that_brought_them(copies: Copies, tmp_path: Path) -> None:
    rows, source = tmp_path / "000009.sst", tmp_path / "checkpoint"
    rows.write_bytes(FILES["000009.sst"])
    inodes = []
    for position in (10, 20, 30):
        checkpoint(tmp_path, {"CURRENT": b"%d" % position})
        os.link(rows, source / rows.name)
        saved = copies.save(source, PURPOSE, position, T0 + position, copies.sight(PURPOSE))
        inodes.append((saved.folder / rows.name).stat().st_ino)
    assert len(set(inodes)) == 1
    assert inodes[0] != rows.stat().st_ino, "the store's own file must not be in the folder: damage would be in both"
    assert positions(copies) == [30, 20]
    copies.fetch(saved, tmp_path / "coming")
    assert (tmp_path / "coming" / "CURRENT").read_bytes() == b"30"


def test_another_file_of_the_same_name_is_copied(copies: Copies, tmp_path: Path) -> None:
    save(copies, tmp_path, 10)
    fresh = {**FILES, "000009.sst": b"ROWS" * 1000}
    saved = copies.save(checkpoint(tmp_path, fresh), PURPOSE, 20, T0 + 1, copies.sight(PURPOSE))
    assert (saved.folder / "000009.sst").read_bytes() == fresh["000009.sst"]


@pytest.mark.parametrize(
    ("newest", "position", "after_s", "due"),
    [
        (None, 0, 0, False),
        (None, 1, 0, True),
        (10, 10, 700, False),
        (10, 11, 599, False),
        (10, 11, 600, True),
        (10, 9, 700, False),
        (10, 11, -5, True),
    ],
    ids=["nothing to save", "never saved", "did not move", "saved a moment ago", "due", "another is farther", "a clock was wrong"],
)
def test_a_store_is_saved_when_it_moved_and_the_time_has_come(newest: int | None, position: int, after_s: int, due: bool) -> None:
    copy = None if newest is None else Copy(Path(), Manifest(PURPOSE, newest, T0, "w2", {}))
    assert is_due(copy, position, T0 + after_s * 1000, 600.0) is due
