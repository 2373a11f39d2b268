"""Stitch: one partition of `touchpoints.resolved`, chunk by chunk. Effects, acknowledgement, one write, then let go."""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from schemas.alerts import encode_alert
from schemas.facts import ResolvedFrame, decode_resolved
from streams import pipeline
from streams.admitting import Shared
from streams.core.alerts.desk import next_due
from streams.core.rulebook import Rulebook
from streams.core.stitching import Stitcher
from streams.frames import control_frames, resolved_frames, row_frames
from streams.outbox import Message
from streams.stores import PartitionStore, Progress

CONTROL_EPOCHS = 200
"""Epochs told at once before the store notes it."""


class ResolvedPartition:
    """The worker's side of one partition of `touchpoints.resolved`."""

    def __init__(self, partition: int, store: PartitionStore, shared: Shared, rulebook: Rulebook) -> None:
        self.partition, self.store, self._shared, self._rulebook = partition, store, shared, rulebook
        self._due: tuple[int, int | None] = (-1, None)

    @property
    def position(self) -> int:
        """The next offset to read."""
        return self.store.progress.position

    @property
    def next_due(self) -> int | None:
        """When the next clock of the partition ends, ms UTC; None where none runs. Looked up once for each position."""
        if self._due[0] != self.position:
            self._due = self.position, next_due(self.store)
        return self._due[1]

    async def take(self, records: Sequence[Any]) -> None:
        """A chunk of frames that follows on the position."""
        shared, progress = self._shared, self.store.progress
        frames = [(record.offset, frame_of(record)) for record in records]
        with shared.telemetry.waiting("links"):
            await shared.replica.reached(max(progress.epoch, *(frame.epoch for _, frame in frames)))
        with shared.telemetry.timed("stitch"):
            stitcher = pipeline.stitch(
                self.partition, shared.partitions, shared.replica.who, self._rulebook, self.store, progress.epoch, frames
            )
        with shared.telemetry.waiting("acknowledgement"):
            await shared.outbox.send(self._messages(stitcher, records[0].offset, records[-1].offset))
        shared.kill.passing("after_rows")
        now = self.store.progress
        self.store.write(stitcher.overlay.changes, Progress(progress.purpose, records[-1].offset + 1, stitcher.epoch, now.controlled))
        shared.kill.passing("after_store")
        shared.telemetry.stitched([frame for _, frame in frames])

    def _messages(self, stitcher: Stitcher, first: int, last: int) -> Iterator[Message]:
        topics, generation = self._shared.topics, self._shared.generation
        for n, (home, records) in enumerate(stitcher.effects.forwards.items()):
            for value in resolved_frames(stitcher.epoch, records):
                yield Message(topics.resolved, value, home)
            if n == 0:
                self._shared.kill.passing("in_forwarding")
        source = (topics.resolved, self.partition, first, last)
        for value in row_frames(stitcher.effects.tables(), source, generation):
            yield Message(topics.journeys, value, self.partition)
        for alert in stitcher.effects.alerts:
            value, key = encode_alert(alert.model_copy(update={"generation": generation})), str(alert.customer_id).encode()
            yield Message(topics.alerts, value, self.partition, key)

    async def control(self) -> None:
        """Tells the partition which of its customers each epoch changed. Saying it twice does no harm."""
        shared = self._shared
        upto = shared.replica.epoch
        messages: list[Message] = []
        for told, (epoch, controls) in enumerate(shared.replica.graph.controls_after(self.partition, self.store.progress.controlled, upto)):
            messages += [Message(shared.topics.resolved, value, self.partition) for value in control_frames(epoch, controls)]
            if told >= CONTROL_EPOCHS:
                upto = epoch
                break
        if messages:
            shared.kill.passing("between_links_and_control")
            await shared.outbox.send(messages)
        now = self.store.progress
        if upto > now.controlled and messages:
            self.store.write({}, Progress(now.purpose, now.position, now.epoch, upto))
        else:
            now.controlled = max(now.controlled, upto)


def frame_of(record: Any) -> ResolvedFrame:
    """A tick counts up to the time at which Kafka appended it: no worker's clock can run ahead of that."""
    frame = decode_resolved(record.value)
    return replace(frame, tick=min(frame.tick, record.timestamp)) if frame.tick else frame
