"""What a saved copy of a store is made of: files, and a manifest that says what they were when they were saved."""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec

from schemas.errors import Fatal
from streams.stores import Purpose

MANIFEST = "manifest.json"
BLOCK = 2**20
File = tuple[int, str]
"""Bytes, and their SHA-256."""


class Manifest(msgspec.Struct, frozen=True):
    """Written last into a copy. `position`: the next offset that the store would have read."""

    purpose: Purpose
    position: int
    saved_at_ms: int
    saved_by: str
    files: dict[str, File]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(size for size, _ in self.files.values())


class Copy(msgspec.Struct, frozen=True):
    """One that was there when somebody looked."""

    folder: Path
    manifest: Manifest


_MANIFEST = msgspec.json.Decoder(Manifest)


class CopyDamaged(Fatal):
    """A file is missing or another, or what it opens as is not what the manifest says."""


class Halted(Exception):
    """The worker leaves, or nobody wants the copy any more."""


def read_copy(folder: Path) -> Copy:
    """OSError, or msgspec's errors where the manifest is damaged."""
    return Copy(folder, _MANIFEST.decode((folder / MANIFEST).read_bytes()))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """After it the copy is whole, and all of it on disk."""
    with (folder / MANIFEST).open("xb") as file:
        file.write(msgspec.json.encode(manifest))
        file.flush()
        os.fsync(file.fileno())
    sync(folder)


def poured(source: Path, into: Path, is_halted: Callable[[], bool], durable: bool = False) -> File:
    """Copies a file that is not there yet; what was read. `durable`: it is on disk then."""
    digest, size = sha256(), 0
    with source.open("rb") as read, into.open("xb") as written:
        while block := read.read(BLOCK):
            if is_halted():
                raise Halted
            digest.update(block)
            written.write(block)
            size += len(block)
        if durable:
            written.flush()
            os.fsync(written.fileno())
    return size, digest.hexdigest()


def linked(source: Path, into: Path) -> bool:
    """Whether one file has both names now; some volumes cannot do that."""
    try:
        os.link(source, into)
    except OSError:
        return False
    return True


def sync(folder: Path) -> None:
    """The names in a folder, on disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
