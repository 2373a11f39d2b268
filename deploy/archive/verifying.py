"""`tracker archive verify`: every file read again, byte by byte and record by record."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from deploy.archive.errors import ArchiveDamaged
from deploy.archive.manifest import ArchivedFile, Manifest, required
from deploy.archive.parquet import from_parquet
from deploy.archive.records import Kept, as_text, total


@dataclass(frozen=True, slots=True)
class Verified:
    """`problems`: empty where all is as it was written, else one line for each, with the file's name."""

    files: int
    records: int
    partitions: dict[int, tuple[int, int]]
    """first and last offset of each partition that has files"""
    problems: tuple[str, ...]


def verify(folder: Path, tell: Callable[[int, int], None] = lambda done, of: None) -> Verified:
    """Goes on behind a damaged file, so that all are named. ArchiveRefused or ArchiveDamaged where there is no sound manifest."""
    manifest = required(folder)
    problems = manifest.gaps()
    for done, file in enumerate(manifest.files, start=1):
        try:
            load(folder, file)
        except ArchiveDamaged as damage:
            problems.append(damage.message)
        tell(done, len(manifest.files))
    return Verified(len(manifest.files), sum(file.count for file in manifest.files), spans(manifest), tuple(problems))


def spans(manifest: Manifest) -> dict[int, tuple[int, int]]:
    """First and last offset of each partition that has files."""
    return {p: (files[0].first, files[-1].last) for p in range(manifest.partitions) if (files := manifest.of(p))}


def load(folder: Path, file: ArchivedFile) -> list[Kept]:
    """The records of a file, once it is proven to be the one that was written. ArchiveDamaged otherwise."""
    try:
        content = (folder / file.name).read_bytes()
    except OSError as why:
        raise ArchiveDamaged(f"{file.name} cannot be read: {why.strerror}", file=file.name) from None
    if sha256(content).hexdigest() != file.sha256:
        raise ArchiveDamaged(f"{file.name} was changed after it was written: its SHA-256 is another", file=file.name)
    records = from_parquet(content, file.name)
    if (len(records), as_text(total(records))) != (file.count, file.records) or not _within(records, file):
        raise ArchiveDamaged(f"{file.name} does not hold what the manifest says", file=file.name)
    return records


def _within(records: list[Kept], file: ArchivedFile) -> bool:
    offsets = [record.offset for record in records]
    return offsets == sorted(set(offsets)) and (not offsets or (file.first <= offsets[0] and offsets[-1] <= file.last))
