"""How far the sink is: what is committed against what there is to read."""

from collections.abc import Mapping
from dataclasses import dataclass

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from schemas.connections import KafkaConnection
from schemas.errors import ServiceUnavailable
from schemas.topics import topic_names
from sinks.kafka_log import group_of


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """Offsets: `committed` is the next to be stored (0 where nothing was), `end` the next to be written."""

    committed: int
    end: int

    @property
    def behind(self) -> int:
        """Frames, not rows."""
        return max(0, self.end - self.committed)


def lag(connection: KafkaConnection, generation: int = 1, timeout_ms: int = 10_000) -> Mapping[int, PartitionLag]:
    """By partition of `journeys`, as the broker knows it; joins no group. Raises ServiceUnavailable, also where the topic is missing."""
    topic = topic_names(generation).journeys
    try:
        consumer = KafkaConsumer(
            group_id=group_of(generation), enable_auto_commit=False, metrics_enabled=False, **connection.client_options()
        )
        try:
            return _lag(consumer, topic, timeout_ms)
        finally:
            consumer.close(autocommit=False, timeout_ms=timeout_ms)
    except (KafkaError, OSError) as error:
        raise ServiceUnavailable(
            f"Kafka does not tell how far the sink is: {type(error).__name__}",
            service="Kafka",
            address=connection.bootstrap_servers,
            remedy="start it (`tracker up`), make the topics (`tracker topics`)",
        ) from error


def _lag(consumer: KafkaConsumer, topic: str, timeout_ms: int) -> Mapping[int, PartitionLag]:
    partitions = [TopicPartition(topic, p) for p in sorted(consumer.partitions_for_topic(topic) or ())]
    if not partitions:
        raise KafkaError(f"no topic {topic}")
    begins, ends = consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
    committed = {tp: consumer.committed(tp, timeout_ms=timeout_ms) for tp in partitions}
    return {tp.partition: PartitionLag(committed[tp] if committed[tp] is not None else begins[tp], ends[tp]) for tp in partitions}
