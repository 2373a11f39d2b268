"""Chunks: an agent gets many records at once, by documented extension points of Faust (the scheduler, a topic's schema).

A chunk carries the offset of its last record. Faust takes the offsets in between for a gap, which it commits together with the record after
the gap: so a chunk's offsets are committed all at once and only after the agent let go of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import faust
from faust.transport.utils import DefaultSchedulingStrategy


class Chunk:
    """Looks like one aiokafka record; its value is the list of the records that it stands for."""

    key = None
    headers = ()
    checksum = None
    serialized_key_size = serialized_value_size = 0

    def __init__(self, records: list[Any]) -> None:
        last = records[-1]
        self.topic, self.partition, self.offset = last.topic, last.partition, last.offset
        self.timestamp, self.timestamp_type = last.timestamp, last.timestamp_type
        self.value = records


def chunk_scheduler(sizes: Mapping[str, int]) -> type[DefaultSchedulingStrategy]:
    """A scheduler that cuts what one poll brought into chunks of at most so many records, by topic; other topics stay as they are."""

    class ChunkScheduler(DefaultSchedulingStrategy):
        def iterate(self, records: Mapping[Any, list[Any]]) -> Iterator[tuple[Any, Any]]:
            return super().iterate({tp: _cut(batch, sizes.get(tp.topic)) for tp, batch in records.items()})

    return ChunkScheduler


def _cut(batch: list[Any], size: int | None) -> list[Any]:
    return batch if size is None else [Chunk(batch[n : n + size]) for n in range(0, len(batch), size)]


class ChunkSchema(faust.Schema[Any, Any]):
    """Hands a chunk to the agent untouched."""

    def loads_key(self, app: Any, message: Any, **kwargs: Any) -> Any:
        return None

    def loads_value(self, app: Any, message: Any, **kwargs: Any) -> Any:
        return message.value
