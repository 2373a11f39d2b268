"""The agents: thin; each takes a chunk, hands it to the partition, and lets go of it when the effects are safe."""

from contextlib import suppress
from typing import Any

from aiokafka.errors import IllegalStateError
from faust.types import TP

from schemas.topics import Topics
from streams.app import TrackerApp
from streams.chunks import ChunkSchema
from streams.worker import Seek, Worker

TOGETHER, WITHIN_S = 24, 0.1
"""Chunks that are taken together, and how long the first waits for the others, seconds: partitions that come on unevenly cost replays."""


def seeking(app: TrackerApp) -> Seek:
    """Lets a partition be read from a position on."""

    async def seek(topic: str, partition: int, position: int) -> None:
        if TP(topic, partition) in app.consumer.assignment():  # else it moved away while its chunk waited, and its new owner reads it
            with suppress(IllegalStateError):
                await app.consumer.seek(TP(topic, partition), position)

    return seek


def register(app: TrackerApp, topics: Topics, worker: Worker) -> None:
    """Agents `admit` (with resolve) and `stitch`."""
    seek = seeking(app)

    async def admit(stream: Any) -> None:
        """Raw events: admitted, resolved, sent on."""
        async for chunks in stream.take(TOGETHER, within=WITHIN_S):
            await worker.admit(chunks, seek)

    async def stitch(stream: Any) -> None:
        """Frames of facts and control records: stitched into rows."""
        async for chunks in stream.take(TOGETHER, within=WITHIN_S):
            await worker.stitch(chunks, seek)

    for name, topic, step in (("admit", topics.raw, admit), ("stitch", topics.resolved, stitch)):
        schema = ChunkSchema(key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
        app.agent(app.topic(topic, schema=schema), name=name)(step)
