"""An archive written, gone on with, damaged and read again; the log is a list of records by partition."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.archive import writing
from deploy.archive.errors import ArchiveDamaged, ArchiveRefused
from deploy.archive.landed import Landed
from deploy.archive.manifest import MANIFEST, required
from deploy.archive.records import origin_header
from deploy.archive.verifying import load, verify
from deploy.archive.writing import archive
from schemas.received import received_header

SECRET = b"ours"
NOW = 1_772_357_400_262


def a_record(offset: int, value: bytes | None = b"{}", headers: tuple[tuple[str, bytes | None], ...] = ()) -> Any:
    return SimpleNamespace(offset=offset, timestamp=NOW + offset, key=b"k%d" % offset, value=value, headers=headers)


@dataclass
class ListLog:
    """`Log` in memory."""

    records: list[list[Any]]
    topic_id: str = "topic-1"
    first: dict[int, int] = field(default_factory=dict)

    @property
    def partitions(self) -> int:
        return len(self.records)

    def begins(self) -> dict[int, int]:
        return {p: self.first.get(p, 0) for p in range(self.partitions)}

    def ends(self) -> dict[int, int]:
        return {p: (held[-1].offset + 1 if held else 0) for p, held in enumerate(self.records)}

    def read(self, partition: int, first: int, end: int) -> Iterator[tuple[list[Any], int]]:
        found = [r for r in self.records[partition] if first <= r.offset < end]
        for n in range(0, len(found), 3):
            yield found[n : n + 3], found[n : n + 3][-1].offset + 1


def two_partitions() -> ListLog:
    return ListLog([[a_record(n) for n in range(7)], [a_record(n, value=None, headers=(("a", None),)) for n in (0, 2, 5)]])


def test_a_later_call_goes_on_and_nothing_new_makes_no_file(tmp_path: Path) -> None:
    log = two_partitions()
    first = archive(log, tmp_path, SECRET)
    assert (first.records, first.archived_to) == (10, {0: 6, 1: 5})
    log.records[0] += [a_record(7), a_record(9)]
    assert archive(log, tmp_path, SECRET).records == 2
    assert archive(log, tmp_path, SECRET).files == 0
    found = verify(tmp_path)
    assert (found.problems, found.records, found.partitions) == ((), 12, {0: (0, 9), 1: (0, 5)})


def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    log = two_partitions()
    archive(log, tmp_path, SECRET)
    files = required(tmp_path).files
    back = {f.partition: load(tmp_path, f) for f in files}
    for partition, held in enumerate(log.records):
        assert [(k.offset, k.received_at, k.key, k.value, k.headers) for k in back[partition]] == [
            (r.offset, r.timestamp, r.key, r.value, r.headers) for r in held
        ]


def test_files_are_cut_by_count_and_follow_on_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "FILE_RECORDS", 2)
    archive(two_partitions(), tmp_path, SECRET)
    assert [(f.first, f.last, f.count) for f in required(tmp_path).of(0)] == [(0, 2, 3), (3, 5, 3), (6, 6, 1)]
    assert verify(tmp_path).problems == ()


@pytest.mark.parametrize("place", [8, -40])
def test_a_flipped_byte_is_found_and_the_file_named(place: int, tmp_path: Path) -> None:
    archive(two_partitions(), tmp_path, SECRET)
    name = required(tmp_path).files[0].name
    content = bytearray((tmp_path / name).read_bytes())
    content[place] ^= 1
    (tmp_path / name).write_bytes(content)
    (problem,) = verify(tmp_path).problems
    assert name in problem


def test_a_missing_file_is_found(tmp_path: Path) -> None:
    archive(two_partitions(), tmp_path, SECRET)
    (tmp_path / required(tmp_path).files[1].name).unlink()
    (problem,) = verify(tmp_path).problems
    assert "cannot be read" in problem


def test_a_changed_manifest_is_refused(tmp_path: Path) -> None:
    archive(two_partitions(), tmp_path, SECRET)
    path = tmp_path / MANIFEST
    path.write_text(path.read_text().replace('"count": 7', '"count": 6'))
    with pytest.raises(ArchiveDamaged, match="was changed"):
        verify(tmp_path)


def test_a_file_that_the_manifest_does_not_name_was_never_archived(tmp_path: Path) -> None:
    archive(log := two_partitions(), tmp_path, SECRET)
    stray, torn = (tmp_path / "p0" / f"{7:020d}-{9:020d}.parquet{suffix}" for suffix in ("", ".partial"))
    foreign = tmp_path / "p0" / "mine.parquet"
    for path in (stray, torn, foreign):
        path.write_bytes(b"torn")
    archive(log, tmp_path, SECRET)
    assert (stray.exists(), torn.exists(), foreign.exists()) == (False, False, True)
    assert verify(tmp_path).problems == ()


def test_files_without_their_manifest_are_left_alone(tmp_path: Path) -> None:
    archive(log := two_partitions(), tmp_path, SECRET)
    (tmp_path / MANIFEST).unlink()
    with pytest.raises(ArchiveRefused, match="no manifest"):
        archive(log, tmp_path, SECRET)
    assert len(list(tmp_path.glob("p*/*.parquet"))) == 2


def test_a_log_that_lost_records_before_they_were_archived_is_refused(tmp_path: Path) -> None:
    archive(log := two_partitions(), tmp_path, SECRET)
    log.records[0] = [a_record(12)]
    log.first[0] = 12
    with pytest.raises(ArchiveRefused, match="what lies between is lost"):
        archive(log, tmp_path, SECRET)


def test_another_topic_of_the_same_name_is_refused(tmp_path: Path) -> None:
    archive(log := two_partitions(), tmp_path, SECRET)
    log.topic_id = "topic-2"
    with pytest.raises(ArchiveRefused, match="another log"):
        archive(log, tmp_path, SECRET)


def test_a_restored_record_is_known_by_its_origin_and_keeps_its_first_time(tmp_path: Path) -> None:
    archive(two_partitions(), tmp_path, SECRET)
    manifest = required(tmp_path)
    restored = a_record(3, headers=(received_header(NOW, b"{}", SECRET), origin_header("topic-1", 0, 0)))
    restored.key, restored.timestamp = b"k0", NOW + 10**9
    stranger = a_record(4, headers=(origin_header("topic-9", 0, 1),))
    landed = Landed(ListLog([[restored, restored, stranger]]), manifest, SECRET)
    landed.read(lambda done, of: None)
    (original, *_) = load(tmp_path, manifest.of(0)[0])
    assert (landed.has(0, 0), landed.has(0, 1), landed.counts[0]) == (True, False, 1)
    assert landed.sums[0] == original.digest
