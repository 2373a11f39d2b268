"""`tracker alerts send`: from the topic `alerts` to a webhook, in a consumer group of its own; committed when an alert is done with."""

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from deploy.alerts.posting import Fate, Poster
from deploy.alerts.settings import WebhookSettings
from schemas.connections import KafkaConnection
from schemas.errors import ServiceUnavailable
from schemas.topics import topic_names

POLL_MS, BOOTSTRAP_MS = 1_000, 10_000
QUIET_POLLS = 5
"""So many empty polls, once partitions are assigned, are the end of what waits."""


def group_of(generation: int) -> str:
    """The consumer group whose commits say what was sent."""
    return f"tracker-alerts.g{generation}"


def send(poster: Poster, where: KafkaConnection, settings: WebhookSettings, *, once: bool = False) -> Counter[Fate]:
    """Until SIGTERM or Ctrl-C, or with `once` until nothing waits; what became of the messages. Nothing is committed before it is done
    with, so a sender that is killed sends its last alert again: receivers go by Idempotency-Key.
    """
    done: Counter[Fate] = Counter()
    quiet = 0
    with _stopping(), _consumer(where, settings) as consumer:
        while not (once and quiet >= QUIET_POLLS):
            batches = consumer.poll(timeout_ms=POLL_MS)
            quiet = 0 if batches else quiet + bool(consumer.assignment())
            for tp, records in batches.items():
                for record in records:
                    done[poster.deliver(record.value or b"")] += 1
                    _commit(consumer, tp, record.offset + 1)
    return done


def _commit(consumer: KafkaConsumer, tp: TopicPartition, position: int) -> None:
    consumer.commit({tp: OffsetAndMetadata(position, "", -1)})


@contextmanager
def _consumer(where: KafkaConnection, settings: WebhookSettings) -> Iterator[KafkaConsumer]:
    topic = topic_names(settings.generation).alerts
    try:
        consumer = KafkaConsumer(
            topic,
            **where.client_options(),
            group_id=group_of(settings.generation),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            bootstrap_timeout_ms=BOOTSTRAP_MS,
            max_poll_records=1,
            max_poll_interval_ms=int((settings.webhook_give_up_s + settings.webhook_timeout_s) * 1_000) + 60_000,
            metrics_enabled=False,
        )
    except (KafkaError, OSError) as why:
        address = where.bootstrap_servers
        remedy = "start it (`tracker up`), or correct TRACKER_KAFKA_BOOTSTRAP"
        message = f"Kafka at {address} does not answer: {type(why).__name__}"
        raise ServiceUnavailable(message, service="Kafka", address=address, remedy=remedy) from None
    try:
        yield consumer
    finally:
        consumer.close(autocommit=False)


@contextmanager
def _stopping() -> Iterator[None]:
    """SIGTERM ends it wherever it waits, as Ctrl-C does."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
