"""The sink's one door to kafka-python: a topic read by a member of a group.

kafka-python 3 calls a rebalance listener on its own I/O thread, where nothing may block, and keeps the position of a partition that
comes back to the same member. So the listener here only counts; `poll` then tells the sink to forget what it holds and goes back to
the committed offsets, whatever moved.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    KafkaError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

from schemas.connections import KafkaConnection
from schemas.errors import Fatal, ServiceUnavailable
from schemas.topics import FRAME_BYTES
from sinks.doors import Record
from sinks.errors import OwnershipLost

_LOST: Final = (CommitFailedError, IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError)
_CONSUMER: Final[Mapping[str, Any]] = {
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",
    "max_poll_records": 200,  # frames, up to 512 KiB each: fetch sizes bound only the compressed bytes, and rows compress tenfold
    "fetch_max_bytes": 32 * 2**20,
    "max_partition_fetch_bytes": FRAME_BYTES,
    "fetch_max_wait_ms": 100,
    "heartbeat_interval_ms": 3_000,
    "max_poll_interval_ms": 900_000,  # longer than all tables of a batch at their insert timeout
    "allow_auto_create_topics": False,
    "reconnect_backoff_max_ms": 2_000,
    "metrics_enabled": False,
}
_ANSWER_MS: Final = 5_000
_BREATH_S: Final = 0.2
"""Between two polls that fail at once."""


def group_of(generation: int) -> str:
    return f"tracker-sink.g{generation}"


class _Count(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python has no types
    """Counts what happens to the assignment."""

    def __init__(self) -> None:
        self.changes = 0

    def on_partitions_revoked(self, revoked: object) -> None:
        self.changes += 1

    def on_partitions_assigned(self, assigned: object) -> None:
        self.changes += 1


class KafkaLog:
    """Opens its connection at once; raises ServiceUnavailable after `bootstrap_timeout_ms`, and where Kafka has no such topic."""

    def __init__(self, connection: KafkaConnection, topic: str, group: str, **options: object) -> None:
        self.topic = topic
        self._address = connection.bootstrap_servers
        self._count, self._seen = _Count(), 0
        self.assigned: frozenset[int] = frozenset()
        """The partitions that are ours, as of the last poll."""
        self._on_revoked: Callable[[], None] = lambda: None
        try:
            self._consumer = KafkaConsumer(group_id=group, **{**_CONSUMER, **connection.client_options(), **options})
            has_topic = bool(self._consumer.partitions_for_topic(topic))
        except (KafkaError, OSError) as error:
            raise self._unavailable(error) from error
        if not has_topic:  # subscribing would wait for it in silence
            self.close()
            raise self._without_topic()

    def subscribe(self, on_revoked: Callable[[], None]) -> None:
        self._on_revoked = on_revoked
        self._consumer.subscribe([self.topic], listener=self._count)

    def poll(self, timeout_s: float) -> Sequence[Record]:
        try:
            fetched = self._consumer.poll(timeout_ms=int(timeout_s * 1000))
            self.assigned = frozenset(tp.partition for tp in self._consumer.assignment())
            if self._count.changes == self._seen:
                return [Record(r.partition, r.offset, r.value) for records in fetched.values() for r in records]
            self._seen = self._count.changes
            self._on_revoked()
            self._rewind()
        except KafkaError as error:
            time.sleep(_BREATH_S)
            self._raise(error)
        return []

    def _rewind(self) -> None:
        """Every partition that is ours now is read from its committed offset on; one that cannot be asked is looked at again."""
        for partition in self._consumer.assignment():
            try:
                committed = self._consumer.committed(partition, timeout_ms=_ANSWER_MS)
            except KafkaError:
                self._seen = -1
                raise
            if committed is None:
                self._consumer.seek_to_beginning(partition)
            else:
                self._consumer.seek(partition, committed)

    def commit(self, next_offsets: Mapping[int, int]) -> None:
        if self._count.changes != self._seen:  # joined again on its own thread: the broker would take it, and set another's offset back
            raise OwnershipLost("rebalanced since the last poll")
        offsets = {TopicPartition(self.topic, p): OffsetAndMetadata(offset, "", -1) for p, offset in next_offsets.items()}
        try:
            self._consumer.commit(offsets, timeout_ms=_ANSWER_MS)
        except _LOST as error:
            raise OwnershipLost(type(error).__name__) from error
        except KafkaError as error:
            self._raise(error)

    def pause(self) -> None:
        self._consumer.pause(*self._consumer.assignment())

    def resume(self) -> None:
        self._consumer.resume(*self._consumer.assignment())

    def close(self) -> None:
        self._consumer.close(autocommit=False, timeout_ms=_ANSWER_MS)

    def _raise(self, error: KafkaError) -> None:
        if getattr(error, "retriable", False):
            raise self._unavailable(error) from error
        raise Fatal(
            f"Kafka refused {self.topic}: {type(error).__name__}", remedy="see the rights of the sink and `tracker topics`"
        ) from error

    def _unavailable(self, error: Exception) -> ServiceUnavailable:
        return ServiceUnavailable(
            f"Kafka does not answer at {self._address}: {type(error).__name__}",
            service="Kafka",
            address=self._address,
            remedy="start it (`tracker up`) or set TRACKER_KAFKA_BOOTSTRAP",
        )

    def _without_topic(self) -> ServiceUnavailable:
        return ServiceUnavailable(
            f"Kafka at {self._address} has no topic {self.topic}",
            service="Kafka",
            address=self._address,
            remedy="make the topics of this generation with `tracker topics`",
        )
