"""What agents send: few large messages, each acknowledged before the chunk that made it is let go."""

import asyncio
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.helpers import create_ssl_context

from schemas.connections import KafkaConnection
from schemas.topics import FRAME_BYTES


@dataclass(frozen=True, slots=True)
class Message:
    """One Kafka message; `partition` None lets the key decide."""

    topic: str
    value: bytes
    partition: int | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


class ProducerGaveUp(RuntimeError):
    """An idempotent producer whose numbering the broker refuses stays broken: only a new one, of a new process, can go on."""


class Outbox:
    """An idempotent producer. `send` returns when the broker has acknowledged every message of the call."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def send(self, messages: Iterable[Message]) -> list[int]:
        """The offsets, in the order of the messages; raises aiokafka's KafkaError where one could not be delivered, to be tried again.

        ProducerGaveUp where trying again is of no use.
        """
        try:
            waiting = [
                await self._producer.send(m.topic, m.value, partition=m.partition, key=m.key, headers=list(m.headers)) for m in messages
            ]
            return [record.offset for record in await asyncio.gather(*waiting)]
        except KafkaError as why:
            if self._producer._sender.sender_task.done():  # aiokafka has no public word for it
                raise ProducerGaveUp(type(why).__name__) from why
            raise


def aiokafka_options(where: KafkaConnection) -> dict[str, Any]:
    """The connection as aiokafka names it."""
    options = where.client_options()
    context: ssl.SSLContext | None = None
    if where.security_protocol.endswith("SSL"):
        context = create_ssl_context(cafile=where.ssl_cafile, certfile=where.ssl_certfile, keyfile=where.ssl_keyfile)
    kept = {k: v for k, v in options.items() if not k.startswith("ssl_")}
    return {**kept, "ssl_context": context} if context else kept


def new_producer(where: KafkaConnection, client_id: str) -> AIOKafkaProducer:
    """Not started yet."""
    return AIOKafkaProducer(
        **aiokafka_options(where),
        client_id=client_id,
        acks="all",
        enable_idempotence=True,
        compression_type="zstd",
        linger_ms=0,
        max_batch_size=2 * 2**20,
        max_request_size=FRAME_BYTES,
        request_timeout_ms=30_000,
    )


def new_consumer(where: KafkaConnection, client_id: str) -> AIOKafkaConsumer:
    """A consumer without a group, positions by hand; not started yet."""
    return AIOKafkaConsumer(
        **aiokafka_options(where),
        client_id=client_id,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FRAME_BYTES,
        fetch_max_bytes=4 * FRAME_BYTES,
        fetch_max_wait_ms=100,
    )
