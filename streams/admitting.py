"""Admit and resolve: one partition of raw, chunk by chunk. Effects, acknowledgement, one write, then let go."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schemas.dead_letters import DeadLetter, Rejection, raw_text
from schemas.facts import Fact, Removal, partition_of
from schemas.ledger import encode_ledger
from schemas.links import LinkFrame, encode_links
from schemas.topics import Topics
from streams.core.admission import CODE_VERSION, Admission, Gate, RawRecord, readable_parts
from streams.core.fact_building import Coordinates
from streams.core.overlay import Overlay
from streams.frames import resolved_frames, row_frames
from streams.kill_points import KillPoints
from streams.ledger import ledger_record, ledger_row
from streams.outbox import Message, Outbox
from streams.replica import Replica
from streams.stores import PartitionStore, Progress
from streams.telemetry import Telemetry

RECEIVED_AT = "received_at"
"""Header with the time (ms) at which a record was first received, where it was restored or keyed anew."""
LINK_ENTRIES = 2_000
"""Entries in one frame of links."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What all partitions of a worker have in common."""

    topics: Topics
    partitions: int
    generation: int
    worker_id: str
    gate: Gate
    replica: Replica
    outbox: Outbox
    kill: KillPoints
    telemetry: Telemetry


class RawPartition:
    """The worker's side of one partition of `touchpoints.raw`."""

    def __init__(self, partition: int, store: PartitionStore, shared: Shared) -> None:
        self.partition, self.store, self._shared = partition, store, shared
        self._lock = asyncio.Lock()

    @property
    def position(self) -> int:
        """The next offset to read."""
        return self.store.progress.position

    async def take(self, records: Sequence[Any]) -> None:
        """A chunk that follows on the position (what lies before it is left out by the caller)."""
        async with self._lock:
            progress, last = self.store.progress, records[-1].offset
            admission, epoch = await self._send(records, progress.position, last, is_repair=False)
            self.store.write(admission.overlay.changes, Progress(progress.purpose, last + 1, epoch))
            self._shared.kill.passing("after_store")
            self._shared.telemetry.admitted(admission.counts)

    async def repair(self, records: Sequence[Any], first: int, last: int) -> None:
        """A range below the position that the ledger lacks, as the auditor read it again; the position stays."""
        async with self._lock:
            admission, epoch = await self._send(records, first, last, is_repair=True)
            progress = self.store.progress
            self.store.write(admission.overlay.changes, Progress(progress.purpose, progress.position, epoch))

    async def _send(self, records: Sequence[Any], first: int, last: int, is_repair: bool) -> tuple[Admission, int]:
        shared = self._shared
        admission = self.admit(records)
        epoch = max(self.store.progress.epoch, await self._tell_links(admission))
        frames = self._facts(admission, max(epoch, shared.replica.epoch), (self.partition, first, last))
        ledger = ledger_record(self.partition, first, last, admission.counts, shared.worker_id, is_repair)
        admission.effects.upsert("ledger", (self.partition, first, last), ledger_row(ledger))
        rows = row_frames(admission.effects.tables(), (shared.topics.raw, self.partition, first, last), shared.generation)
        await shared.outbox.send(
            [
                *frames,
                *(Message(shared.topics.journeys, value, self.partition) for value in rows),
                *(self._letter(record, rejection) for record, rejection in admission.letters),
                *(self._again(key, record) for key, record in admission.rekeyed),
            ]
        )
        shared.kill.passing("after_rows")
        await shared.outbox.send([Message(shared.topics.ledger, encode_ledger(ledger), self.partition)])
        shared.kill.passing("after_ledger")
        return admission, epoch

    def admit(self, records: Sequence[Any]) -> Admission:
        """The pure part; changes nothing but the overlay that it makes."""
        admission = Admission(self._shared.gate, Overlay(self.store), self._shared.replica.knows)
        for record in records:
            admission.admit(raw_record(record))
        return admission

    async def _tell_links(self, admission: Admission) -> int:
        """Sends what is new about identities; returns the epoch of the last frame, by which the facts must be judged at least."""
        entries = list(admission.entries)
        if not entries:
            return -1
        frames = [entries[n : n + LINK_ENTRIES] for n in range(0, len(entries), LINK_ENTRIES)]
        offsets = await self._shared.outbox.send(
            [Message(self._shared.topics.links, encode_links(LinkFrame(frame)), 0) for frame in frames]
        )
        self._shared.kill.passing("after_links")
        return max(offsets)

    def _facts(self, admission: Admission, epoch: int, covers: tuple[int, int, int]) -> Iterator[Message]:
        shared = self._shared
        homes: dict[int, list[Fact | Removal]] = defaultdict(list)
        who, known = shared.replica.who, shared.replica.epoch
        for record in admission.records:
            homes[partition_of(who.owner(record.tokens, record.occurred_at, known), shared.partitions)].append(record)
        for home, records in homes.items():
            for value in resolved_frames(epoch, records, covers):
                yield Message(shared.topics.resolved, value, home)

    def _letter(self, record: RawRecord, rejection: Rejection) -> Message:
        event_id, event_type, source = readable_parts(record.value)
        at = datetime.fromtimestamp(record.at.received_at / 1000, tz=UTC)
        letter = DeadLetter(
            raw_base64=raw_text(record.value),
            reason=rejection.reason,
            field=rejection.field,
            detail=rejection.detail,
            topic=self._shared.topics.raw,
            partition=record.at.partition,
            offset=record.at.offset,
            event_id=event_id or None,
            event_type=event_type or None,
            source=source or None,
            received_at=at,
            code_version=CODE_VERSION,
            rules_version=self._shared.gate.rules.version,
            first_try_at=at,
            last_try_at=at,
        )
        key = f"{record.at.partition}:{record.at.offset}".encode()
        return Message(self._shared.topics.dead, letter.model_dump_json().encode(), self.partition, key)

    def _again(self, key: bytes, record: RawRecord) -> Message:
        headers = ((RECEIVED_AT, str(record.at.received_at).encode()),)
        return Message(self._shared.topics.raw, record.value, None, key, headers)


def raw_record(record: Any) -> RawRecord:
    """From aiokafka's record: `received_at` is Kafka's own time, unless a header says that it was received before."""
    received_at = record.timestamp
    for name, value in record.headers:
        if name == RECEIVED_AT and value.isdigit():
            received_at = min(received_at, int(value))
    return RawRecord(record.key, record.value or b"", Coordinates(record.partition, record.offset, received_at))
