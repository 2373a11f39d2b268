"""The producer's one door to kafka-python: a connection that takes records and says of each what became of it."""

import contextlib
import socket
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, Protocol

from kafka import KafkaProducer
from kafka.errors import InvalidRecordError, KafkaError, KafkaTimeoutError, MessageSizeTooLargeError

from schemas.errors import ServiceUnavailable


class Fate(StrEnum):
    """What became of one record."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    """Kafka will never take these bytes."""
    LOST = "lost"
    """Unknown: it may or may not be there, so it is sent again."""


Tell = Callable[[int, Fate, str], None]
"""Takes the record's number, its fate, and the reason in words; called from a thread of the link's own."""


class Link(Protocol):
    """Gives the fate of every record exactly once, those that are on their way when `close` is called included."""

    def send(self, number: int, key: bytes, value: bytes) -> None:
        """Takes the record and returns; raises ServiceUnavailable where the link is of no use any more."""
        ...

    def close(self, timeout_s: float) -> None:
        """Waits for what is on its way, then gives it up."""
        ...


Connect = Callable[[Tell], Link]
"""Opens a link; raises ServiceUnavailable after a bounded wait."""

LINGER_MS: Final = 20
BATCH_BYTES: Final = 262_144
PROBE_TIMEOUT_S: Final = 2.0
BOOTSTRAP_TIMEOUT_MS: Final = 5_000
METADATA_TIMEOUT_MS: Final = 3_000
REQUEST_TIMEOUT_MS: Final = 10_000
DELIVERY_TIMEOUT_MS: Final = 30_000

PRODUCER_SETTINGS: Final[Mapping[str, Any]] = {
    "acks": "all",
    "enable_idempotence": True,
    "compression_type": "lz4",
    "linger_ms": LINGER_MS,
    "batch_size": BATCH_BYTES,
    "bootstrap_timeout_ms": BOOTSTRAP_TIMEOUT_MS,
    "max_block_ms": METADATA_TIMEOUT_MS,
    "request_timeout_ms": REQUEST_TIMEOUT_MS,
    "delivery_timeout_ms": DELIVERY_TIMEOUT_MS,
    "reconnect_backoff_max_ms": 2_000,
    "allow_auto_create_topics": False,  # it would come with another number of partitions than the stream asks
    "metrics_enabled": False,
}
"""The partitioner stays kafka-python's default, murmur2 of the key: any client in any language sends a key to the same partition."""


class KafkaLink:
    """One KafkaProducer. kafka-python retries by itself for DELIVERY_TIMEOUT_MS; what it gives up comes back as LOST."""

    def __init__(self, settings: Mapping[str, Any], topic: str, tell: Tell) -> None:
        self._address = address_text(settings["bootstrap_servers"])
        self._topic = topic
        self._tell = tell
        try:
            _probe(settings["bootstrap_servers"])
            self._producer = KafkaProducer(**{**PRODUCER_SETTINGS, **settings})
            self._require_topic()
        except (KafkaError, OSError, ValueError) as why:
            raise self._unavailable(why) from why

    def send(self, number: int, key: bytes, value: bytes) -> None:
        try:
            future = self._producer.send(self._topic, value, key)
        except (MessageSizeTooLargeError, InvalidRecordError) as why:
            self._tell(number, Fate.REFUSED, type(why).__name__)
        except KafkaError as why:
            self._tell(number, Fate.LOST, type(why).__name__)
            raise self._unavailable(why) from why
        else:
            future.add_callback(self._acknowledged, number)
            future.add_errback(self._failed, number)

    def close(self, timeout_s: float) -> None:
        with contextlib.suppress(KafkaTimeoutError):
            self._producer.close(timeout=timeout_s)
            return
        self._producer._sender.force_close()  # close() raises before it gets here, and its thread would try for ever
        self._producer._closed = True  # or it would close once more, and complain, when it is collected

    def _require_topic(self) -> None:
        """The brokers answer by now, so a time-out means that they do not know the topic."""
        with contextlib.suppress(KafkaTimeoutError):
            if self._producer.partitions_for(self._topic):
                return
        self.close(0)
        raise ServiceUnavailable(
            f"Kafka at {self._address} has no topic {self._topic}",
            service="Kafka",
            address=self._address,
            remedy="make it with `tracker topics`",
        )

    def _acknowledged(self, number: int, _: object) -> None:
        self._tell(number, Fate.ACKNOWLEDGED, "")

    def _failed(self, number: int, why: BaseException) -> None:
        refused = isinstance(why, (MessageSizeTooLargeError, InvalidRecordError))
        self._tell(number, Fate.REFUSED if refused else Fate.LOST, type(why).__name__)

    def _unavailable(self, why: Exception) -> ServiceUnavailable:
        return ServiceUnavailable(
            f"Kafka at {self._address} does not answer: {type(why).__name__}",
            service="Kafka",
            address=self._address,
            remedy="see that it runs (tracker status) and that bootstrap_servers names it",
        )


def address_text(bootstrap_servers: str | Iterable[str]) -> str:
    return bootstrap_servers if isinstance(bootstrap_servers, str) else ",".join(bootstrap_servers)


def _probe(bootstrap_servers: str | Iterable[str]) -> None:
    """Raises OSError where no address accepts a connection: a failed KafkaProducer takes longer to say so and leaves a thread behind."""
    refused: OSError = OSError("bootstrap_servers names no address")
    for address in address_text(bootstrap_servers).split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            socket.create_connection((host.strip("[]") or address.strip(), int(port) if host else 9092), PROBE_TIMEOUT_S).close()
        except OSError as why:
            refused = why
        else:
            return
    raise refused
