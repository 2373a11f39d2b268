"""Reads `identity.links` from its beginning: the log that decides who is who, so what is told from it cannot differ from the fold.

A frame stays packed until it is asked for: about 60 bytes an entry in memory.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from schemas.connections import KafkaConnection
from schemas.errors import ServiceUnavailable
from schemas.links import LinkEntry, decode_links
from streams.core.identity.explain import Told

BOOTSTRAP_TIMEOUT_MS = 5_000
POLL_MS = 500
T = TypeVar("T")
MOST_EMPTY_POLLS = 40
"""Polls without anything, 20 s, after which Kafka is taken for away."""


@dataclass(slots=True)
class LinkLog:
    """`frames`: (epoch, when the log got it in ms UTC, bytes), in the order of the log."""

    frames: list[tuple[int, int, bytes]] = field(default_factory=list)

    def told(self, until_ms: int | None = None) -> Iterator[Told]:
        """Entries, those that were known by then."""
        for epoch, known_at, frame in self.frames:
            if until_ms is not None and known_at > until_ms:
                return
            for entry in decode_links(frame).entries:
                yield epoch, entry

    def find(self, event_id: bytes) -> tuple[int, LinkEntry] | None:
        """What an event said, where it is in the log."""
        return next((told for told in self.told() if told[1].event_id == event_id), None)


class LinkLogReader:
    """A plain consumer without a group. Raises ServiceUnavailable where Kafka or the topic is not there."""

    def __init__(self, connection: KafkaConnection, topic: str) -> None:
        self._address, self.log = connection.bootstrap_servers, LinkLog()
        self._partition = TopicPartition(topic, 0)
        self._consumer = self._translated(lambda: self._connect(connection))

    def _connect(self, connection: KafkaConnection) -> Any:
        consumer = KafkaConsumer(
            **connection.client_options(),
            group_id=None,
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            bootstrap_timeout_ms=BOOTSTRAP_TIMEOUT_MS,
            max_poll_records=10_000,
            metrics_enabled=False,
        )
        if self._partition.topic not in consumer.topics():
            consumer.close()
            raise self._unavailable(f"has no topic {self._partition.topic}", "make the topics with `tracker topics`")
        consumer.assign([self._partition])
        consumer.seek_to_beginning(self._partition)
        return consumer

    def read(self) -> LinkLog:
        """Takes in what came since, up to the end of the log as it is now."""
        return self._translated(self._read)

    def _read(self) -> LinkLog:
        end, empty = self._consumer.end_offsets([self._partition])[self._partition], 0
        while self._consumer.position(self._partition) < end:
            records = self._consumer.poll(timeout_ms=POLL_MS).get(self._partition, [])
            self.log.frames += [(record.offset, record.timestamp, record.value) for record in records]
            empty = 0 if records else empty + 1
            if empty > MOST_EMPTY_POLLS:
                raise self._unavailable("does not give its links", "see that it runs: tracker status")
        return self.log

    def close(self) -> None:
        self._consumer.close()

    def _translated(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except (KafkaError, OSError, ValueError) as why:
            raise self._unavailable(f"does not answer: {type(why).__name__}", "start it (`tracker up`), or name it with --kafka") from why

    def _unavailable(self, what: str, remedy: str) -> ServiceUnavailable:
        return ServiceUnavailable(f"Kafka at {self._address} {what}", service="Kafka", address=self._address, remedy=remedy)
