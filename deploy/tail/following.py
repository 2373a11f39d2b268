"""Reads a topic as it grows: a plain consumer without a group, which disturbs nobody and commits nothing."""

from collections.abc import Iterator
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from schemas.connections import KafkaConnection
from schemas.errors import ServiceUnavailable

BOOTSTRAP_TIMEOUT_MS = 5_000
POLL_MS = 500


def records(connection: KafkaConnection, topic: str, from_beginning: bool) -> Iterator[Any]:
    """Records without end, of all partitions, in order within each; raises ServiceUnavailable where Kafka or the topic is not there."""
    try:
        consumer = KafkaConsumer(
            **connection.client_options(),
            group_id=None,
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            bootstrap_timeout_ms=BOOTSTRAP_TIMEOUT_MS,
            max_poll_records=5_000,
            metrics_enabled=False,
        )
    except (KafkaError, OSError, ValueError) as why:
        raise _unavailable(
            connection, f"does not answer: {type(why).__name__}", "start it with `tracker up`, or name it with --kafka"
        ) from why
    try:
        _assign(consumer, connection, topic, from_beginning)
        while True:
            for batch in consumer.poll(timeout_ms=POLL_MS).values():
                yield from batch
    finally:
        consumer.close()


def _assign(consumer: Any, connection: KafkaConnection, topic: str, from_beginning: bool) -> None:
    if topic not in consumer.topics():  # partitions_for_topic would wait for it without end
        raise _unavailable(connection, f"has no topic {topic}", "make the topics with `tracker topics`")
    partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions) if from_beginning else consumer.seek_to_end(*partitions)
    for partition in partitions:
        consumer.position(partition)


def _unavailable(connection: KafkaConnection, what: str, remedy: str) -> ServiceUnavailable:
    address = connection.bootstrap_servers
    return ServiceUnavailable(f"Kafka at {address} {what}", service="Kafka", address=address, remedy=remedy)
