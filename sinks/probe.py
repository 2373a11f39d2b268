"""What Kafka and ClickHouse say when they are asked from beside: a consumer that joins no group, and SELECT 1. Used by one thread."""

from collections.abc import Iterable, Mapping, Sequence

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from schemas.errors import TrackerError
from schemas.health import Position
from schemas.topics import topic_names
from sinks.clickhouse import ClickHouse
from sinks.kafka_log import group_of
from sinks.settings import SinkSettings

ANSWER_MS = 5_000
"""Longest wait for an answer; without one the service counts as away."""
RECORD_MS = 500


class Probe:
    """Connects at the first question, and anew after an absence."""

    def __init__(self, settings: SinkSettings) -> None:
        self._settings, self._topic = settings, topic_names(settings.generation).journeys
        self._door = ClickHouse(settings.clickhouse, timeout_s=ANSWER_MS // 1000)
        self._consumer: KafkaConsumer | None = None

    def close(self) -> None:
        """Whatever is open."""
        self._door.close()
        if self._consumer is not None:
            self._consumer.close(autocommit=False)
            self._consumer = None

    def clickhouse_answers(self) -> bool:
        try:
            self._door.ask("SELECT 1")
        except TrackerError:
            self._door.close()
            return False
        return True

    def positions(self, partitions: Iterable[int]) -> Sequence[Position] | None:
        """How far the group has committed, against the ends of the topic; None where Kafka does not answer."""
        wanted = [TopicPartition(self._topic, partition) for partition in sorted(partitions)]
        try:
            consumer = self._open()
            begins, ends = consumer.beginning_offsets(wanted), consumer.end_offsets(wanted)
            committed = {tp: consumer.committed(tp, timeout_ms=ANSWER_MS) for tp in wanted}
        except (KafkaError, OSError, ValueError):  # ValueError: it was closed while it failed
            self._forget()
            return None
        at = {tp: begins[tp] if committed[tp] is None else max(committed[tp], begins[tp]) for tp in wanted}
        return [Position("insert", tp.partition, at[tp], ends[tp]) for tp in wanted]

    def ages_s(self, positions: Iterable[Position], now_ms: float) -> Mapping[int, float]:
        """How old the first record is that is not stored, of the partitions with lag; those that Kafka does not bring are left out."""
        ages: dict[int, float] = {}
        try:
            for found in (position for position in positions if position.lag):
                tp = TopicPartition(self._topic, found.partition)
                self._open().assign([tp])
                self._open().seek(tp, found.position)
                for record in self._open().poll(timeout_ms=RECORD_MS, max_records=1).get(tp, []):
                    ages[found.partition] = max(0.0, now_ms - record.timestamp) / 1000
        except (KafkaError, OSError, ValueError):
            self._forget()
        return ages

    def _open(self) -> KafkaConsumer:
        if self._consumer is None:
            self._consumer = KafkaConsumer(
                group_id=group_of(self._settings.generation),
                client_id="tracker-sink-health",
                enable_auto_commit=False,
                metrics_enabled=False,
                bootstrap_timeout_ms=ANSWER_MS,
                request_timeout_ms=ANSWER_MS,
                session_timeout_ms=ANSWER_MS - 1_000,
                heartbeat_interval_ms=1_000,
                max_partition_fetch_bytes=1,  # the broker sends one batch all the same
                **self._settings.kafka.client_options(),
            )
        return self._consumer

    def _forget(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            consumer.close(autocommit=False, timeout_ms=1_000)
