"""The backlog on disk: every event is written here before it is sent, and leaves when Kafka acknowledged it.

    slot-0/00000000000000000000.segment ...   `streams.segments`; named by the number of the first record
    slot-0/acknowledged                       all below this number are delivered: u64 and its CRC-32; it may lag, for repeats are harmless
    slot-0/refused.ndjson                     what Kafka will never take, one JSON event a line
    slot-0/*.damaged                          what was cut off behind the last whole record of a segment, kept for a person to look at

A process that is killed loses nothing that `append` returned for. A power cut may take what `sync` has not covered; a torn end is cut off.
"""

import os
import struct
import threading
import zlib
from collections import deque
from pathlib import Path

from streams.backlog import Pending, SpoolFull
from streams.producer_log import log
from streams.segments import LARGEST_RECORD, Segment, framed
from streams.spool_slots import left_slots, take_slot

LARGEST_SEGMENT = 8 << 20
_POSITION = struct.Struct("<QI")


class Spool:
    """Bounded by the bytes on disk, those included that are delivered and not yet cleared away (at most one segment)."""

    survives = True

    def __init__(self, spool_dir: Path, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._segment_bytes = max(LARGEST_RECORD // 16, min(LARGEST_SEGMENT, limit_bytes // 16))
        self._lock = threading.RLock()
        self._slot = take_slot(spool_dir)
        self._segments: deque[Segment] = deque(_opened(path) for path in self._slot.segment_files())
        self._position_file = os.open(self._slot.folder / "acknowledged", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._first, self._end = self._numbers()
        self._adopt(spool_dir)
        self._cursor: tuple[int, Segment | None, int] = (self._first, None, 0)
        self._clear()

    @property
    def first(self) -> int:
        return self._first

    @property
    def end(self) -> int:
        return self._end

    @property
    def folder(self) -> Path:
        return self._slot.folder

    def append(self, event_id: bytes, key: bytes, value: bytes) -> int:
        record = framed(event_id, key, value)
        with self._lock:
            self._make_room(len(record))
            if not self._segments or self._segments[-1].size >= self._segment_bytes:
                self._segments.append(Segment.create(self.folder, self._end))
            try:
                self._segments[-1].append(record)
            except OSError as why:
                raise self._full(f"the disk takes no more ({why.strerror or why})", "free space on the spool's disk") from why
            self._end += 1
            return self._end - 1

    def read(self, number: int, limit_bytes: int) -> list[Pending]:
        with self._lock:
            at, segment, offset = self._cursor
            if number >= self._end:
                return []
            if segment is None or at != number or number >= segment.end:
                segment = next(held for held in self._segments if number < held.end)
                number = max(number, segment.first)  # numbers are missing where a damaged end was cut off
                offset = segment.offset_of(number)
            taken, offset = segment.read(number, offset, limit_bytes)
            self._cursor = (number + len(taken), segment, offset)
            return taken

    def acknowledge(self, number: int) -> None:
        with self._lock:
            if number > self._first:
                self._first = number
                packed = struct.pack("<Q", number)
                os.pwrite(self._position_file, packed + struct.pack("<I", zlib.crc32(packed)), 0)
                self._clear()

    def refuse(self, pending: Pending, reason: str) -> None:
        with self._lock, (self.folder / "refused.ndjson").open("ab") as refused:
            refused.write(pending.value + b"\n")
        log.error("producer.event_refused", reason=reason, file=str(self.folder / "refused.ndjson"))

    def sync(self) -> None:
        with self._lock:
            for segment in self._segments:
                segment.sync()

    def close(self) -> None:
        """Leaves no segment where nothing waits."""
        with self._lock:
            self._clear(also_the_last=True)
            self.sync()
            for segment in self._segments:
                segment.close()
            os.close(self._position_file)
            self._slot.release()

    def _numbers(self) -> tuple[int, int]:
        """(first, end) out of what is on disk; an unreadable position means: deliver all again."""
        stored = os.pread(self._position_file, _POSITION.size, 0)
        known = 0
        if len(stored) == _POSITION.size:
            number, checksum = _POSITION.unpack(stored)
            known = number if checksum == zlib.crc32(stored[:8]) else 0
        if not self._segments:
            return known, known
        return min(max(known, self._segments[0].first), self._segments[-1].end), self._segments[-1].end

    def _adopt(self, spool_dir: Path) -> None:
        """Takes over what processes that are gone have left, behind the own events; what they had delivered may go once more."""
        for slot in left_slots(spool_dir, self._slot):
            for path in slot.segment_files():
                left = _opened(path)
                left.rename(self.folder, self._end)
                self._segments.append(left)
                self._end = left.end
            log.info("producer.spool_adopted", slot=slot.folder.name, pending=self._end - self._first)

    def _clear(self, also_the_last: bool = False) -> None:
        keep = 0 if also_the_last else 1
        while len(self._segments) > keep and self._segments[0].end <= self._first:
            self._segments.popleft().delete()

    def _make_room(self, wanted: int) -> None:
        if self._bytes() + wanted <= self._limit_bytes:
            return
        self._clear(also_the_last=True)
        if self._segments and self._bytes() + wanted > self._limit_bytes:
            raise self._full(
                f"they fill the spool of {self._limit_bytes >> 20} MiB", "see that Kafka answers, or raise spool_mib; emit again then"
            )

    def _bytes(self) -> int:
        return sum(segment.size for segment in self._segments)

    def _full(self, why: str, remedy: str) -> SpoolFull:
        waiting = self._end - self._first
        return SpoolFull(f"{waiting} events wait for Kafka and {why}", pending=waiting, limit_bytes=self._limit_bytes, remedy=remedy)


def _opened(path: Path) -> Segment:
    """A segment cut to its whole records; what was behind them is kept beside it."""
    segment = Segment.open(path)
    if segment.beyond():
        cut = segment.truncate()
        beside = path.with_suffix(".damaged")
        beside.write_bytes(cut)
        log.warning("producer.spool_cut", segment=path.name, bytes=len(cut), kept=str(beside))
    return segment
