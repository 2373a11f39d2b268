"""Admit and resolve: chunks of the worker's partitions of raw. Effects, acknowledgement, one write, then let go."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.dead_letters import retry_header, retry_of
from schemas.facts import Fact, Removal
from schemas.ledger import PartitionStopped, Told, encode_ledger
from schemas.links import LinkFrame, encode_links
from schemas.received import received_at, received_header
from schemas.topics import Topics
from streams import pipeline
from streams.core.admission import Admission, Gate, RawRecord
from streams.core.fact_building import Coordinates
from streams.core.rejects import RejectLimits
from streams.frames import resolved_frames, row_frames
from streams.kill_points import KillPoints
from streams.ledger import ledger_record, ledger_row
from streams.letters import dead_letter, settled_letter
from streams.outbox import Message, Outbox
from streams.rejects import RejectWatch
from streams.replica import Replica
from streams.stores import PartitionStore, Progress
from streams.telemetry import Telemetry

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
    reject_limits: RejectLimits = field(default_factory=RejectLimits)


class RawPartition:
    """The worker's side of one partition of `touchpoints.raw`."""

    def __init__(self, partition: int, store: PartitionStore, gate: Gate, replica: Replica) -> None:
        self.partition, self.store, self._gate, self._replica = partition, store, gate, replica

    @property
    def position(self) -> int:
        """The next offset to read."""
        return self.store.progress.position

    def admit(self, records: Sequence[Any], says_again: bool = False) -> Admission:
        """The pure part; changes nothing but the overlay that it makes."""
        own = (raw_record(record, self._gate.secret) for record in records)
        return pipeline.admit(self._gate, self.store, self._replica.knows, own, says_again)

    def keep(self, admission: Admission, position: int, epoch: int) -> None:
        """One write, when the effects are safe."""
        self.store.write(admission.overlay.changes, Progress(self.store.progress.purpose, position, epoch))


@dataclass(frozen=True, slots=True)
class Range:
    """Records of one partition, in order, that account for the offsets from `first` to `last`.

    A repair leaves the position where it is; with `says_again` also what was taken before is sent once more.
    """

    side: RawPartition
    records: Sequence[Any]
    first: int
    last: int
    is_repair: bool = False
    says_again: bool = False


class Admitter:
    """Takes ranges of several partitions at once: their facts leave together in order of time, so that little comes late to a customer."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.rejects = RejectWatch(shared.reject_limits)
        self._lock = asyncio.Lock()

    async def take(self, ranges: Sequence[Range]) -> None:
        """Effects, acknowledgement, the ledger, one write for each partition. A repaired range leaves the position where it is."""
        shared = self._shared
        async with self._lock:
            ranges, admissions = await self._admitted(ranges)
            if not ranges:
                return
            for part in ranges:
                if part.is_repair:
                    part.side.store.forget_copies()  # they lie beyond the range and lack what it brings
            told = await self._tell_links(admissions)
            with shared.telemetry.waiting("links"):
                await shared.replica.reached(told)  # else most of what is new would go to a wrong home first and be sent on from there
            epochs = [max(part.side.store.progress.epoch, told) for part in ranges]
            with shared.telemetry.timed("resolve"):
                messages = list(self._messages(ranges, admissions, max(shared.replica.epoch, *epochs)))
            with shared.telemetry.waiting("acknowledgement"):
                await shared.outbox.send(messages)
            shared.kill.passing("after_rows")
            await shared.outbox.send([self._ledger(part, admission) for part, admission in zip(ranges, admissions, strict=True)])
            shared.kill.passing("after_ledger")
            for part, admission, epoch in zip(ranges, admissions, epochs, strict=True):
                part.side.keep(admission, part.side.position if part.is_repair else part.last + 1, epoch)
                shared.telemetry.admitted(admission.counts)
            shared.kill.passing("after_store")

    async def _admitted(self, ranges: Sequence[Range]) -> tuple[list[Range], list[Admission]]:
        """The pure part, without the partitions that stop here because too much of them is rejected."""
        taken: list[Range] = []
        admissions: list[Admission] = []
        for part in ranges:
            with self._shared.telemetry.timed("admit"):
                admission = part.side.admit(part.records, part.says_again)
            if part.is_repair or not await self._stops(part, admission):
                taken.append(part)
                admissions.append(admission)
            await asyncio.sleep(0)
        return taken, admissions

    async def _stops(self, part: Range, admission: Admission) -> bool:
        rejected = {record.at.offset for record, _ in admission.letters if record.retry is None}  # who sends letters again is looking
        flags = ((record.offset, record.offset in rejected) for record in part.records)
        partition, position = part.side.partition, part.side.position
        excess = self.rejects.judge(partition, position, flags, admission.overlay)
        if excess is not None:
            told = PartitionStopped(
                raw_partition=partition,
                position=position,
                rejected=excess.rejected,
                judged=excess.judged,
                written_by=self._shared.worker_id,
            )
            await self.answer(told, partition)
        return excess is not None

    async def _tell_links(self, admissions: Sequence[Admission]) -> int:
        """Sends what is new about identities; returns the epoch of the last frame, by which the facts must be judged at least."""
        entries = list(dict.fromkeys(entry for admission in admissions for entry in admission.entries))
        if not entries:
            return -1
        frames = [entries[n : n + LINK_ENTRIES] for n in range(0, len(entries), LINK_ENTRIES)]
        offsets = await self._shared.outbox.send(
            [Message(self._shared.topics.links, encode_links(LinkFrame(frame)), 0) for frame in frames]
        )
        self._shared.kill.passing("after_links")
        return max(offsets)

    def _messages(self, ranges: Sequence[Range], admissions: Sequence[Admission], epoch: int) -> Iterator[Message]:
        covers = [(part.side.partition, part.first, part.last) for part in ranges]
        yield from self._facts([record for admission in admissions for record in admission.records], epoch, covers)
        for part, admission in zip(ranges, admissions, strict=True):
            yield from self._rows(part, admission)

    def _facts(self, records: list[Fact | Removal], epoch: int, covers: list[tuple[int, int, int]]) -> Iterator[Message]:
        shared = self._shared
        for home, at_home in pipeline.resolve(records, shared.replica.who, shared.replica.epoch, shared.partitions).items():
            for value in resolved_frames(epoch, at_home, covers):
                yield Message(shared.topics.resolved, value, home)

    def _rows(self, part: Range, admission: Admission) -> Iterator[Message]:
        shared, partition = self._shared, part.side.partition
        record = ledger_record(partition, part.first, part.last, admission.counts, shared.worker_id, part.is_repair)
        admission.effects.upsert("ledger", (partition, part.first, part.last), ledger_row(record))
        source = (shared.topics.raw, partition, part.first, part.last)
        for value in row_frames(admission.effects.tables(), source, shared.generation):
            # raw may have more partitions than the generation; these rows have raw's own keys
            yield Message(shared.topics.journeys, value, partition % shared.partitions)
        for letter, rejection in admission.letters:
            yield dead_letter(letter, rejection, shared.topics, shared.gate.rules.version)
        for retry, state, at in admission.settled:
            yield settled_letter(retry, state, at, shared.topics, shared.gate.rules.version)
        for key, again in admission.rekeyed:
            yield Message(shared.topics.raw, again.value, None, key, sent_on(again, shared.gate.secret))

    def _ledger(self, part: Range, admission: Admission) -> Message:
        partition, worker = part.side.partition, self._shared.worker_id
        return self._on_ledger(ledger_record(partition, part.first, part.last, admission.counts, worker, part.is_repair), partition)

    def _on_ledger(self, told: Told, partition: int) -> Message:
        """About a partition of raw: always in the same partition of the ledger, so in order."""
        return Message(self._shared.topics.ledger, encode_ledger(told), partition % self._shared.partitions)

    async def answer(self, told: Told, partition: int) -> None:
        """Tells the ledger something beside ranges."""
        await self._shared.outbox.send([self._on_ledger(told, partition)])


def sent_on(record: RawRecord, secret: bytes) -> tuple[tuple[str, bytes], ...]:
    """The headers of a record that is sent to raw once more under its own key."""
    received = received_header(record.at.received_at, record.value, secret)
    return (received, retry_header(record.retry[0], record.value, secret)) if record.retry else (received,)


def raw_record(record: Any, secret: bytes) -> RawRecord:
    """From aiokafka's record: `received_at` is Kafka's own time, unless a header that we signed says that it was received before.

    Anybody may send headers: one that is not ours is none.
    """
    retry = retry_of(record.headers, record.value, secret) if record.headers else None
    before = received_at(record.headers, record.value, secret) if record.headers else None
    at = Coordinates(record.partition, record.offset, record.timestamp if before is None else min(record.timestamp, before))
    return RawRecord(record.key, record.value or b"", at, (retry, record.timestamp) if retry else None)
