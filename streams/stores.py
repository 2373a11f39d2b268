"""Stores on disk: one RocksDB folder for each partition, with its position beside the state in one batch.

A store knows what it was made for (topic and its id, partition count, rules, layout). One that does not fit is thrown away and built
again from the log: state is a function of the log, so nothing is lost but time.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, cast

import msgspec
import structlog
from rocksdict import AccessType, BlockBasedOptions, Cache, Checkpoint, Options, Rdict, RdictIter, WriteBatch

from schemas.errors import Fatal, Retryable

_log = structlog.get_logger()
LAYOUT = 4
"""Raise it when keys or values of any store change."""
META = b"\0meta"
CONDEMNED = "condemned"
"""A file in the folder of a store that was found damaged: the next start throws the store away."""
_ENCODER = msgspec.msgpack.Encoder()


class Purpose(msgspec.Struct, frozen=True, array_like=True):
    """What a store was made for."""

    topic: str
    topic_id: str
    """Kafka's own id of the topic: one that was made anew under the same name is another"""
    partition: int
    partitions: int
    rules: str
    layout: int = LAYOUT


class Progress(msgspec.Struct, array_like=True):
    """How far a store is: `position` is the next offset to read. It alone says where to go on, never a commit of the group."""

    purpose: Purpose
    position: int = 0
    epoch: int = -1
    """resolved: the greatest epoch carried so far; raw: that of the last links told; links: the last one folded"""
    controlled: int = -1
    """resolved: the last epoch whose control records were appended"""


_PROGRESS = msgspec.msgpack.Decoder(Progress)


def store_name(topic: str, partition: int) -> str:
    """Of the store of a partition: its folder here, and that of its saved copies."""
    return f"{topic}-{partition}"


class StoreDamaged(Fatal):
    """A checksum did not fit, or files are missing."""


class StoreFull(Fatal):
    """The disk has no room for what was to be written; what was written before is whole."""


class CheckpointFailed(Retryable):
    """What the store holds could not be set aside; the store itself is as it was."""


class PartitionStore:
    """`Bytes` of `streams.core.overlay` on RocksDB. One process at a time: RocksDB locks the folder."""

    def __init__(self, folder: Path, purpose: Purpose, cache: Cache) -> None:
        self._folder, self._purpose, self._cache = folder, purpose, cache
        self.was_damaged = False
        self.forget_copies: Callable[[], None] = lambda: None
        """Called before the store takes in what no saved copy of it will ever come to by reading on"""
        self._db = self._open()
        self.progress = self._read()
        if self.progress.purpose != purpose:
            self.start_over()

    @property
    def name(self) -> str:
        """Topic and partition."""
        return self._folder.name

    def _read(self) -> Progress:
        raw = self.get(META)
        return Progress(self._purpose) if raw is None else _PROGRESS.decode(raw)

    def _open(self) -> Rdict:
        if (self._folder / CONDEMNED).exists():
            self._throw_away("was found damaged before")
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            return self._opened()
        except Exception as why:  # rocksdict raises nothing narrower
            if not _is_damage(why):
                self._tell(why)
            self._throw_away(str(why))
            return self._opened()

    def _opened(self) -> Rdict:
        return Rdict(str(self._folder), options(self._cache), access_type=AccessType.read_write())

    def _throw_away(self, reason: str) -> None:
        _log.warning("store_thrown_away", store=self.name, reason=reason)
        self.was_damaged = True
        shutil.rmtree(self._folder)

    def _tell(self, why: Exception) -> NoReturn:
        """RocksDB's error as one of ours; a damaged store is condemned, to be built again at the next start."""
        if _is_damage(why):
            with suppress(OSError):  # the folder itself may be gone
                (self._folder / CONDEMNED).touch()
            remedy = "start the worker again: it throws this store away and builds it again from the log"
            raise StoreDamaged(f"the store {self.name} is damaged: {why}", remedy=remedy, store=self.name) from why
        if "No space left" in str(why):
            remedy = f"make room on the disk of {self._folder.parent}, then start the worker again: it goes on where it was"
            raise StoreFull(f"no room for the store {self.name}: {why}", remedy=remedy, store=self.name) from why
        raise why

    def start_over(self) -> None:
        """Throws all away; the log builds it again."""
        self.forget_copies()
        self._db.close()
        shutil.rmtree(self._folder)
        self._db = self._open()
        self.progress = Progress(self._purpose)

    def checkpoint(self, folder: Path) -> None:
        """All that was written up to now, what is still in memory too, in a new folder beside the store's: hard links, so milliseconds."""
        try:
            Checkpoint(self._db).create_checkpoint(str(folder))
        except Exception as why:  # rocksdict raises nothing narrower
            remedy = "look at the disk of the store"
            raise CheckpointFailed(f"no checkpoint of the store {self.name}: {why}", remedy=remedy) from why

    def replace_with(self, folder: Path) -> None:
        """Takes the folder of a store that is closed and was made for the same in place of its own."""
        self._db.close()
        shutil.rmtree(self._folder)
        folder.rename(self._folder)
        self._db = self._open()
        self.progress = self._read()

    def read_through(self) -> None:
        """StoreDamaged where any block is: RocksDB looks at a block only when somebody reads it."""
        self._ends_at(b"")

    def get(self, key: bytes) -> bytes | None:
        try:
            value: bytes | None = self._db.get(key)
        except Exception as why:  # rocksdict raises nothing narrower
            self._tell(why)
        return value

    def scan(self, first: bytes, last: bytes) -> Iterator[tuple[bytes, bytes]]:
        pairs, reached = cast("Iterator[tuple[bytes, bytes]]", self._db.items(from_key=first)), first
        for key, value in pairs:
            if key >= last:
                return
            reached = key
            yield key, value
        self._ends_at(reached)

    def greatest(self, first: bytes, last: bytes) -> tuple[bytes, bytes] | None:
        pairs = self._db.iter()
        pairs.seek_for_prev(last)
        if pairs.valid() and pairs.key() == last:
            pairs.prev()
        if pairs.valid():
            key, value = cast("tuple[bytes, bytes]", (pairs.key(), pairs.value()))
            return (key, value) if key >= first else None
        self._status_of(pairs)
        return None

    def _ends_at(self, key: bytes) -> None:
        """`items` of rocksdict ends in silence where a block cannot be read: asks whether the store truly has nothing behind `key`."""
        rest = self._db.iter()
        rest.seek(key)
        while rest.valid():
            rest.next()
        self._status_of(rest)

    def _status_of(self, pairs: RdictIter) -> None:
        try:
            pairs.status()
        except Exception as why:  # rocksdict raises nothing narrower
            self._tell(why)

    def write(self, changes: Mapping[bytes, bytes | None], progress: Progress) -> None:
        """One batch: either all of it is there after a crash, or nothing."""
        batch = WriteBatch(raw_mode=True)
        for key, value in changes.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        batch.put(META, _ENCODER.encode(progress))
        try:
            self._db.write(batch)
        except Exception as why:  # rocksdict raises nothing narrower
            self._tell(why)
        self.progress = progress

    def close(self) -> None:
        """A store that could not be written to cannot be closed in peace either: what was written before is whole all the same."""
        try:
            self._db.close()
        except Exception as why:  # rocksdict raises nothing narrower
            _log.warning("store_closed_badly", store=self.name, error=str(why)[:200])


def _is_damage(why: Exception) -> bool:
    """RocksDB tells kinds of errors apart by their words only."""
    return str(why).startswith("Corruption") or "No such file" in str(why)


def options(cache: Cache) -> Options:
    """Bytes in, bytes out; buffers of 16 MiB a store (the defaults take 192), and the block cache shared by all."""
    chosen = Options(raw_mode=True)
    chosen.create_if_missing(True)
    chosen.set_write_buffer_size(16 * 2**20)
    chosen.set_max_write_buffer_number(2)
    chosen.set_max_background_jobs(2)
    blocks = BlockBasedOptions()
    blocks.set_block_cache(cache)
    blocks.set_bloom_filter(10, False)
    chosen.set_block_based_table_factory(blocks)
    return chosen


def shared_cache(mib: int) -> Cache:
    """One block cache for all stores of a worker."""
    return Cache(mib * 2**20)
