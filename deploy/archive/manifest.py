"""The manifest of an archive: which file holds which offsets, and what their bytes are. Written whole, by rename, after its file."""

import json
import os
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from deploy.archive.errors import ArchiveDamaged, ArchiveRefused

MANIFEST = "manifest.json"


class ArchivedFile(BaseModel):
    """Covers the offsets from `first` to `last`; `count` of them have a record. `records` is the sum of the records' digests."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    partition: int
    first: int
    last: int
    count: int
    bytes: int
    sha256: str
    records: str


class Manifest(BaseModel):
    """Of one topic, as Kafka's own id names it. A partition's files follow on each other, in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = 1
    topic: str
    topic_id: str
    partitions: int
    files: tuple[ArchivedFile, ...] = ()

    def of(self, partition: int) -> tuple[ArchivedFile, ...]:
        """In order of offsets."""
        return tuple(file for file in self.files if file.partition == partition)

    def following(self, partition: int) -> int | None:
        """The first offset that is not archived; None where nothing of the partition is."""
        files = self.of(partition)
        return files[-1].last + 1 if files else None

    def gaps(self) -> list[str]:
        """Where files of a partition do not follow on each other."""
        found = []
        for partition in range(self.partitions):
            files = self.of(partition)
            found += [f"{b.name} begins at {b.first}, not at {a.last + 1}" for a, b in pairwise(files) if b.first != a.last + 1]
        return found


def read_manifest(folder: Path) -> Manifest | None:
    """None where there is none yet. ArchiveDamaged where it is not what was written."""
    path = folder / MANIFEST
    try:
        document = json.loads(path.read_bytes())
        digest = document.pop("digest")
        manifest = Manifest.model_validate(document)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, AttributeError, ValidationError) as why:
        raise ArchiveDamaged(f"{path} is no manifest of an archive: {type(why).__name__}", file=MANIFEST) from None
    if digest != _digest(manifest):
        raise ArchiveDamaged(f"{path} was changed after it was written", file=MANIFEST)
    return manifest


def required(folder: Path) -> Manifest:
    """ArchiveRefused where the folder holds no archive."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise ArchiveRefused(
            f"there is no archive in {folder}: no {MANIFEST}", "name the folder that was given to: tracker archive --to DIR"
        )
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Durable when it returns."""
    document = {**manifest.model_dump(mode="json"), "digest": _digest(manifest)}
    write_whole(folder / MANIFEST, json.dumps(document, indent=1).encode())


def write_whole(path: Path, content: bytes) -> None:
    """Beside the target, then by rename: a crash leaves the old file or the new one. Durable when it returns."""
    beside = path.with_name(path.name + ".partial")
    with beside.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _digest(manifest: Manifest) -> str:
    return sha256(json.dumps(manifest.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()
