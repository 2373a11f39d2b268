"""Stores on disk: one RocksDB folder for each partition, with its position beside the state in one batch.

A store knows what it was made for (topic and its id, partition count, rules, layout). One that does not fit is thrown away and built
again from the log: state is a function of the log, so nothing is lost but time.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import msgspec
from rocksdict import AccessType, BlockBasedOptions, Cache, Options, Rdict, WriteBatch

LAYOUT = 3
"""Raise it when keys or values of any store change."""
META = b"\0meta"
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


class PartitionStore:
    """`Bytes` of `streams.core.overlay` on RocksDB. One process at a time: RocksDB locks the folder."""

    def __init__(self, folder: Path, purpose: Purpose, cache: Cache) -> None:
        self._folder, self._purpose, self._cache = folder, purpose, cache
        self._db = self._open()
        raw = self._db.get(META)
        self.progress = Progress(purpose) if raw is None else _PROGRESS.decode(raw)
        if self.progress.purpose != purpose:
            self.start_over()

    def _open(self) -> Rdict:
        self._folder.mkdir(parents=True, exist_ok=True)
        return Rdict(str(self._folder), options(self._cache), access_type=AccessType.read_write())

    def start_over(self) -> None:
        """Throws all away; the log builds it again."""
        self._db.close()
        shutil.rmtree(self._folder)
        self._db = self._open()
        self.progress = Progress(self._purpose)

    def get(self, key: bytes) -> bytes | None:
        value: bytes | None = self._db.get(key)
        return value

    def scan(self, first: bytes, last: bytes) -> Iterator[tuple[bytes, bytes]]:
        pairs = cast("Iterator[tuple[bytes, bytes]]", self._db.items(from_key=first))
        for key, value in pairs:
            if key >= last:
                return
            yield key, value

    def write(self, changes: Mapping[bytes, bytes | None], progress: Progress) -> None:
        """One batch: either all of it is there after a crash, or nothing."""
        batch = WriteBatch(raw_mode=True)
        for key, value in changes.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        batch.put(META, _ENCODER.encode(progress))
        self._db.write(batch)
        self.progress = progress

    def close(self) -> None:
        self._db.close()


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
