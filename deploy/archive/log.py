"""Reading `touchpoints.raw` by partition and offset, outside of every group."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from schemas.connections import KafkaConnection
from schemas.errors import ServiceUnavailable
from schemas.topics import topic_names

RAW = topic_names().raw
POLL_MS = 1_000


class Log(Protocol):
    """A topic as an archive sees it; offsets by partition."""

    topic_id: str

    @property
    def partitions(self) -> int: ...

    def begins(self) -> dict[int, int]: ...

    def ends(self) -> dict[int, int]: ...

    def read(self, partition: int, first: int, end: int) -> Iterator[tuple[list[Any], int]]: ...


class RawLog:
    """`topic_id` is Kafka's own: a topic that was made anew under the same name is another."""

    def __init__(self, consumer: Any, topic_id: str) -> None:
        self._consumer, self.topic_id = consumer, topic_id
        self._all = [TopicPartition(RAW, p) for p in sorted(consumer.partitions_for_topic(RAW) or ())]

    @property
    def partitions(self) -> int:
        return len(self._all)

    def begins(self) -> dict[int, int]:
        """The first offset that is still there, by partition."""
        return {tp.partition: offset for tp, offset in self._consumer.beginning_offsets(self._all).items()}

    def ends(self) -> dict[int, int]:
        """The next offset, by partition."""
        return {tp.partition: offset for tp, offset in self._consumer.end_offsets(self._all).items()}

    def read(self, partition: int, first: int, end: int) -> Iterator[tuple[list[Any], int]]:
        """Records from `first` up to before `end`, in pieces; with each the offset up to before which all was read."""
        tp = TopicPartition(RAW, partition)
        self._consumer.assign([tp])
        self._consumer.seek(tp, first)
        while first < end:
            batch = self._consumer.poll(timeout_ms=POLL_MS).get(tp, [])
            first = min(end, self._consumer.position(tp))
            if batch:
                yield [record for record in batch if record.offset < end], first


@contextmanager
def raw_log(kafka: KafkaConnection) -> Iterator[RawLog]:
    """ServiceUnavailable where Kafka does not answer or has no raw."""
    try:
        topic_id = _topic_id(kafka)
        consumer = KafkaConsumer(
            enable_auto_commit=False,
            metrics_enabled=False,
            max_poll_records=10_000,
            fetch_max_bytes=32 * 2**20,
            max_partition_fetch_bytes=8 * 2**20,
            allow_auto_create_topics=False,
            **kafka.client_options(),
        )
        try:
            yield RawLog(consumer, topic_id)
        finally:
            consumer.close(autocommit=False)
    except (KafkaError, OSError) as why:
        raise _unavailable(kafka, type(why).__name__, "start it (`tracker up`), or correct TRACKER_KAFKA_BOOTSTRAP") from why


def _topic_id(kafka: KafkaConnection) -> str:
    admin = KafkaAdminClient(**kafka.client_options(), client_id="tracker-archive")
    try:
        if RAW not in admin.list_topics():
            raise _unavailable(kafka, f"no topic {RAW}", "make the topics: `tracker topics`, or `tracker up`")
        return str(admin.describe_topics([RAW])[0]["topic_id"])
    finally:
        admin.close()


def _unavailable(kafka: KafkaConnection, why: str, remedy: str) -> ServiceUnavailable:
    address = kafka.bootstrap_servers
    return ServiceUnavailable(f"Kafka at {address}: {why}", service="Kafka", address=address, remedy=remedy)
