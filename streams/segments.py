"""One file of the spool: records in a row, each behind its length and its checksum, so that a torn end shows.

file    MAGIC record*
record  length u32 | CRC-32 of the body u32 | body        (little endian; length is that of the body)
body    event id, 16 bytes | length of the key u8 | key | value
"""

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from streams.backlog import Pending, SpoolUnusable

MAGIC = b"TTSPOOL1"
SUFFIX = ".segment"
_FRAME = struct.Struct("<II")
_LEAST_BODY = 17
READ_BYTES = 1 << 20
LARGEST_RECORD = READ_BYTES
"""One reading takes in any record whole."""


def framed(event_id: bytes, key: bytes, value: bytes) -> bytes:
    """A record as it stands in the file; raises ValueError where it is larger than LARGEST_RECORD."""
    body = b"".join((event_id, bytes((len(key),)), key, value))
    if len(body) + _FRAME.size > LARGEST_RECORD:
        raise ValueError(f"a record of {len(body)} bytes: the spool takes {LARGEST_RECORD}")
    return _FRAME.pack(len(body), zlib.crc32(body)) + body


class Segment:
    """`first` is the number of its first record, `count` how many it holds, `size` its bytes up to the last whole record."""

    def __init__(self, path: Path, descriptor: int, first: int) -> None:
        self.path = path
        self.first = first
        self.count = 0
        self.size = len(MAGIC)
        self.synced = False
        self._descriptor = descriptor

    @property
    def end(self) -> int:
        return self.first + self.count

    @classmethod
    def create(cls, folder: Path, first: int) -> "Segment":
        path = folder / f"{first:020d}{SUFFIX}"
        segment = cls(path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), first)
        segment._write(MAGIC, 0)
        return segment

    @classmethod
    def open(cls, path: Path) -> "Segment":
        """Counts what is whole. What follows after that (see `beyond`) was torn by a power cut, or damaged since."""
        segment = cls(path, os.open(path, os.O_RDWR | os.O_CLOEXEC), int(path.stem))
        if os.pread(segment._descriptor, len(MAGIC), 0) not in (MAGIC, b""):
            raise SpoolUnusable(
                f"{path.name} is no file of this spool", path=str(path), remedy="move it elsewhere, or give the producer another spool_dir"
            )
        for _, offset in segment._records(segment.size, os.fstat(segment._descriptor).st_size):
            segment.count += 1
            segment.size = offset
        return segment

    def beyond(self) -> int:
        """Bytes after the last whole record."""
        return max(0, os.fstat(self._descriptor).st_size - self.size)

    def truncate(self) -> bytes:
        """Cuts off and returns what `beyond` counts."""
        cut = os.pread(self._descriptor, self.beyond(), self.size)
        os.ftruncate(self._descriptor, self.size)
        return cut

    def append(self, record: bytes) -> None:
        """Raises OSError where the disk takes no more; the file is then as it was before."""
        try:
            self._write(record, self.size)
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            raise
        self.size += len(record)
        self.count += 1
        self.synced = False

    def read(self, number: int, offset: int, limit_bytes: int) -> tuple[list[Pending], int]:
        """Records from `number`, which begins at `offset`, and the offset behind the last of them; at least one where there is one."""
        taken: list[Pending] = []
        start = offset
        for body, following in self._records(offset, self.size):
            taken.append(_pending(number + len(taken), body))
            offset = following
            if offset - start >= limit_bytes:
                break
        if not taken and offset < self.size:
            remedy = "start the producer again: it sets the damaged part aside"
            raise SpoolUnusable(f"{self.path.name} is damaged at byte {offset}", path=str(self.path), remedy=remedy)
        return taken, offset

    def offset_of(self, number: int) -> int:
        """Where the record with that number begins."""
        offset = len(MAGIC)
        records = self._records(offset, self.size)
        for _ in range(number - self.first):
            _, offset = next(records)
        return offset

    def rename(self, folder: Path, first: int) -> None:
        """Moves it to another folder under another first number."""
        self.path = self.path.rename(folder / f"{first:020d}{SUFFIX}")
        self.first = first

    def sync(self) -> None:
        if not self.synced:
            os.fsync(self._descriptor)
            self.synced = True

    def close(self) -> None:
        os.close(self._descriptor)

    def delete(self) -> None:
        self.path.unlink(missing_ok=True)
        self.close()

    def _write(self, content: bytes, offset: int) -> None:
        written = os.pwrite(self._descriptor, content, offset)
        if written != len(content):
            raise OSError(f"only {written} of {len(content)} bytes could be written")

    def _records(self, offset: int, end: int) -> Iterator[tuple[bytes, int]]:
        """(body, offset behind it) of whole, undamaged records; stops at the first that is not."""
        while offset < end:
            buffered = os.pread(self._descriptor, min(READ_BYTES, end - offset), offset)
            at = 0
            while (body := _body_at(buffered, at)) is not None:
                at += _FRAME.size + len(body)
                yield body, offset + at
            if at == 0:
                return
            offset += at


def _body_at(buffered: bytes, at: int) -> bytes | None:
    if len(buffered) - at < _FRAME.size:
        return None
    length, checksum = _FRAME.unpack_from(buffered, at)
    body = buffered[at + _FRAME.size : at + _FRAME.size + length]
    return body if len(body) == length >= _LEAST_BODY and zlib.crc32(body) == checksum else None


def _pending(number: int, body: bytes) -> Pending:
    key_end = 17 + body[16]
    return Pending(number, body[:16], body[17:key_end], body[key_end:])
