"""`tracker archive`: what raw got since the last time, in files of a size. A file counts once the manifest names it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from deploy.archive.errors import ArchiveRefused
from deploy.archive.log import RAW, Log
from deploy.archive.manifest import ArchivedFile, Manifest, read_manifest, write_manifest, write_whole
from deploy.archive.parquet import to_parquet
from deploy.archive.records import Kept, as_text, kept_from, total

FILE_RECORDS, FILE_BYTES = 250_000, 64 * 2**20
"""A file is cut at the first of the two; it is held in memory until it is written."""
_NAME = re.compile(r"([0-9]{20})-[0-9]{20}\.parquet(\.partial)?")
Tell = Callable[[int, int], None]
"""Takes offsets done and offsets to do."""


@dataclass(frozen=True, slots=True)
class Written:
    """What one call did. `first_offsets`: partitions whose log began behind 0 when they were first archived."""

    folder: Path
    files: int
    records: int
    bytes: int
    archived_to: dict[int, int]
    first_offsets: dict[int, int]


def archive(log: Log, folder: Path, secret: bytes, tell: Tell = lambda done, of: None) -> Written:
    """Up to the ends of now. May be interrupted anywhere and called again."""
    manifest = read_manifest(folder) or _begun(folder, log)
    _fits(manifest, log, folder)
    _sweep(folder, manifest)
    begins, ends = log.begins(), log.ends()
    starts = {p: _start(manifest, p, begins[p]) for p in ends}
    before, of, done = len(manifest.files), sum(ends[p] - starts[p] for p in ends), 0
    for partition, start in starts.items():
        for records, begin, following in _pieces(log, partition, start, ends[partition], secret):
            file = _write(folder, partition, records, begin, following - 1)
            manifest = manifest.model_copy(update={"files": (*manifest.files, file)})
            write_manifest(folder, manifest)
            done += following - begin
            tell(done, of)
    fresh = manifest.files[before:]
    archived_to = {p: end - 1 for p in ends if (end := manifest.following(p)) is not None}
    behind = {p: files[0].first for p in ends if (files := manifest.of(p)) and files[0].first}
    return Written(folder, len(fresh), sum(f.count for f in fresh), sum(f.bytes for f in fresh), archived_to, behind)


def _fits(manifest: Manifest, log: Log, folder: Path) -> None:
    if (manifest.topic_id, manifest.partitions) != (log.topic_id, log.partitions):
        raise ArchiveRefused(
            f"{folder} is the archive of another log: its topic was made anew since", "archive into a new folder: --to DIR"
        )


def _start(manifest: Manifest, partition: int, begin: int) -> int:
    following = manifest.following(partition)
    if following is not None and begin > following:
        raise ArchiveRefused(
            f"partition {partition}: the log begins at {begin}, the archive ends before {following}: what lies between is lost",
            "keep raw longer than the archive's lag; to go on without those records archive into a new folder: --to DIR",
        )
    return begin if following is None else following


def _begun(folder: Path, log: Log) -> Manifest:
    """A manifest without files, written before the first file: files without a manifest are an archive that lost it."""
    if next(folder.glob("p*/*.parquet"), None) is not None:
        remedy = "bring the manifest back from a copy, or archive into a new folder: --to DIR"
        raise ArchiveRefused(f"{folder} has files but no manifest", remedy)
    folder.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(topic=RAW, topic_id=log.topic_id, partitions=log.partitions)
    write_manifest(folder, manifest)
    return manifest


def _sweep(folder: Path, manifest: Manifest) -> None:
    """Deletes what a call left that ended before the manifest named it: files of ours behind what the manifest has of their partition."""
    for partition in range(manifest.partitions):
        following = manifest.following(partition) or 0
        for path in (folder / f"p{partition}").glob("*.parquet*"):
            found = _NAME.fullmatch(path.name)
            if found and (found[2] or int(found[1]) >= following):
                path.unlink()


def _pieces(log: Log, partition: int, first: int, end: int, secret: bytes) -> Iterator[tuple[list[Kept], int, int]]:
    """(records, first offset, following offset) of one file after the other."""
    held: list[Kept] = []
    size = 0
    for records, following in log.read(partition, first, end):
        held += [kept_from(record, secret) for record in records]
        size += sum(len(record.value or b"") for record in records)
        if len(held) >= FILE_RECORDS or size >= FILE_BYTES:
            yield held, first, following
            held, size, first = [], 0, following
    if end > first:
        yield held, first, end


def _write(folder: Path, partition: int, records: list[Kept], first: int, last: int) -> ArchivedFile:
    content = to_parquet(records)
    name = f"p{partition}/{first:020d}-{last:020d}.parquet"
    (folder / name).parent.mkdir(exist_ok=True)
    write_whole(folder / name, content)
    return ArchivedFile(
        name=name,
        partition=partition,
        first=first,
        last=last,
        count=len(records),
        bytes=len(content),
        sha256=sha256(content).hexdigest(),
        records=as_text(total(records)),
    )
