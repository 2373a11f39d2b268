"""Reads partitions of Kafka from an offset to an end, without a group."""

from collections.abc import Iterator
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from schemas.connections import KafkaConnection
from schemas.errors import ServiceUnavailable
from schemas.topics import FRAME_BYTES

ANSWER_MS: Final = 10_000
SILENCE: Final = 30
"""Empty answers of a second each after which Kafka counts as away."""


class Log:
    """Raises ServiceUnavailable where Kafka does not answer, or does not have a topic."""

    def __init__(self, connection: KafkaConnection) -> None:
        self._address = connection.bootstrap_servers
        try:
            self._consumer = KafkaConsumer(
                **connection.client_options(),
                group_id=None,
                enable_auto_commit=False,
                allow_auto_create_topics=False,
                bootstrap_timeout_ms=ANSWER_MS,
                request_timeout_ms=ANSWER_MS,
                max_poll_records=10_000,
                fetch_max_bytes=4 * FRAME_BYTES,
                max_partition_fetch_bytes=FRAME_BYTES,
                metrics_enabled=False,
            )
        except (KafkaError, OSError, ValueError) as why:
            raise self._unavailable(type(why).__name__, "start it (`tracker up`), or set TRACKER_KAFKA_BOOTSTRAP") from why

    def close(self) -> None:
        self._consumer.close(autocommit=False)

    def partitions(self, topic: str) -> list[int]:
        """In order."""
        if topic not in self._consumer.topics():  # partitions_for_topic would wait for it without end
            raise self._unavailable(f"no topic {topic}", "make the topics: `tracker topics`, or `tracker up`")
        return sorted(self._consumer.partitions_for_topic(topic) or ())

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """The first offset that is there, and the next one to be written."""
        tp = TopicPartition(topic, partition)
        try:
            return int(self._consumer.beginning_offsets([tp])[tp]), int(self._consumer.end_offsets([tp])[tp])
        except KafkaError as why:
            raise self._unavailable(type(why).__name__, "see `tracker status`") from why

    def read(self, topic: str, partition: int, first: int, end: int) -> Iterator[list[Any]]:
        """Batches of records with first <= offset < end, in order; offsets that Kafka does not have are left out."""
        tp = TopicPartition(topic, partition)
        self._consumer.assign([tp])
        self._consumer.seek(tp, first)
        silence, position = 0, first
        while position < end:
            try:
                batch = self._consumer.poll(timeout_ms=1_000).get(tp, [])
                position = int(self._consumer.position(tp))
            except KafkaError as why:
                raise self._unavailable(type(why).__name__, "see `tracker status`") from why
            silence = 0 if batch else silence + 1
            if silence > SILENCE:
                raise self._unavailable(f"{topic}, partition {partition}, brings nothing from offset {position} on", "see `tracker status`")
            yield [record for record in batch if record.offset < end]

    def one(self, topic: str, partition: int, offset: int) -> Any | None:
        """The record at an offset; None where Kafka does not have it."""
        first, end = self.bounds(topic, partition)
        if not first <= offset < end:
            return None
        for batch in self.read(topic, partition, offset, offset + 1):
            for record in batch:
                return record
        return None

    def _unavailable(self, what: str, remedy: str) -> ServiceUnavailable:
        return ServiceUnavailable(f"Kafka at {self._address}: {what}", service="Kafka", address=self._address, remedy=remedy)
