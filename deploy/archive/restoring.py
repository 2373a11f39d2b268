"""`tracker restore`: the records of an archive sent to raw again, each with the time of its first receipt, and proven to be there.

What is there already is not sent again: in the very log that was archived all that it still has, elsewhere what an earlier call restored.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kafka import KafkaProducer

from deploy.archive.errors import ArchiveRefused
from deploy.archive.landed import Landed
from deploy.archive.log import RAW, Log
from deploy.archive.manifest import ArchivedFile, Manifest, required
from deploy.archive.records import MODULUS, Kept, as_text, origin_header, total
from deploy.archive.verifying import load
from schemas.connections import KafkaConnection
from schemas.received import received_header
from schemas.topics import FRAME_BYTES

FLUSH_S = 120.0
Tell = Callable[[str, int, int], None]
"""Takes the step, what is done of it, and of how much."""


@dataclass(frozen=True, slots=True)
class Restored:
    """Of one partition of the archive. `is_proven`: as many records lie in the log as the archive has of it, with the same hash."""

    partition: int
    archived: int
    there_before: int
    sent: int
    hash: str
    is_proven: bool


def restore(log: Log, kafka: KafkaConnection, folder: Path, secret: bytes, tell: Tell) -> tuple[Restored, ...]:
    """ArchiveDamaged before anything of a damaged file is sent. May be interrupted anywhere and called again."""
    manifest = required(folder)
    if gaps := manifest.gaps():
        raise ArchiveRefused(f"the archive has a gap: {gaps[0]}", "bring the missing files and their manifest back from a copy")
    landed = Landed(log, manifest, secret)
    landed.read(lambda done, of: tell("looking what is there", done, of))
    before = dict(landed.counts)
    kept_still = log.begins() if manifest.topic_id == log.topic_id else None
    sent, wanted = _send(log, kafka, folder, manifest, landed, kept_still, secret, tell)
    landed.read(lambda done, of: tell("proving", done, of))
    return tuple(
        Restored(
            p,
            archived=sum(file.count for file in manifest.of(p)),
            there_before=sum(file.count for file in manifest.of(p)) - wanted[p][0] + before[p],
            sent=sent[p],
            hash=as_text(wanted[p][1]),
            is_proven=(landed.counts[p], landed.sums[p]) == wanted[p],
        )
        for p in landed.counts
    )


def _send(
    log: Log,
    kafka: KafkaConnection,
    folder: Path,
    manifest: Manifest,
    landed: Landed,
    kept_still: dict[int, int] | None,
    secret: bytes,
    tell: Tell,
) -> tuple[dict[int, int], dict[int, tuple[int, int]]]:
    """By partition how many were sent, and (count, sum of digests) of all that must be found restored."""
    sent, wanted = dict.fromkeys(landed.counts, 0), dict.fromkeys(landed.counts, (0, 0))
    of, done = sum(file.count for file in manifest.files), 0
    with Sender(kafka, log, manifest, secret) as sender:
        for file in manifest.files:
            records = list(_lost(folder, file, kept_still))
            missing = [record for record in records if not landed.has(file.partition, record.offset)]
            sender.send(file.partition, missing)
            count, digests = wanted[file.partition]
            wanted[file.partition] = count + len(records), (total(records) + digests) % MODULUS
            sent[file.partition] += len(missing)
            done += file.count
            tell("sending", done, of)
    return sent, wanted


def _lost(folder: Path, file: ArchivedFile, kept_still: dict[int, int] | None) -> Iterator[Kept]:
    """The records of a file that the log does not have under their own offsets."""
    begin = None if kept_still is None else kept_still[file.partition]
    if begin is None or begin > file.first:
        yield from (record for record in load(folder, file) if begin is None or record.offset < begin)


class Sender:
    """To the same partition where the log has as many as the archive, else where the key leads."""

    def __init__(self, kafka: KafkaConnection, log: Log, manifest: Manifest, secret: bytes) -> None:
        self._same, self._partitions = log.partitions == manifest.partitions, log.partitions
        self._topic_id, self._secret = manifest.topic_id, secret
        self._failures: list[BaseException] = []
        self._producer: Any = KafkaProducer(
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            linger_ms=20,
            batch_size=256 * 1024,
            max_request_size=FRAME_BYTES,
            allow_auto_create_topics=False,
            metrics_enabled=False,
            **kafka.client_options(),
        )

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *why: object) -> None:
        self._producer.close()

    def send(self, partition: int, records: list[Kept]) -> None:
        """Returns when Kafka has them all; raises what it said otherwise."""
        for record in records:
            home = partition if self._same else None if record.key is not None else partition % self._partitions
            ours = [
                received_header(record.received_at, record.value, self._secret),
                origin_header(self._topic_id, partition, record.offset),
            ]
            future = self._producer.send(RAW, record.value, record.key, headers=[*record.headers, *ours], partition=home)
            future.add_errback(self._failures.append)
        self._producer.flush(timeout=FLUSH_S)
        if self._failures:
            raise self._failures[0]
