"""Sending and waiting: what is tried again, and what is not."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka.errors import KafkaTimeoutError, OutOfOrderSequenceNumber

from streams.outbox import Message, Outbox, ProducerGaveUp

MESSAGES = [Message("resolved", b"one", 3), Message("raw", b"two", None, b"key", (("received_at", b"1"),))]


@dataclass(frozen=True)
class Acknowledged:
    offset: int


@dataclass
class Sender:
    sender_task: asyncio.Future[None]


@dataclass
class Producer:
    """Acknowledges in the order in which it is asked, or fails with `failure`; `gave_up` is the end of aiokafka's own task."""

    failure: Exception | None = None
    gave_up: bool = False
    sent: list[tuple[Any, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sender = Sender(asyncio.get_running_loop().create_future())
        if self.gave_up:
            self._sender.sender_task.set_result(None)

    async def send(self, topic: str, value: bytes, partition: int | None, key: bytes | None, headers: list[Any]) -> Any:
        self.sent.append((topic, value, partition, key, headers))
        future = asyncio.get_running_loop().create_future()
        if self.failure is None:
            future.set_result(Acknowledged(len(self.sent)))
        else:
            future.set_exception(self.failure)
        return future


def an_outbox(producer: Any) -> Outbox:
    return Outbox(producer)


async def test_offsets_come_in_the_order_of_the_messages() -> None:
    producer = Producer()
    assert await an_outbox(producer).send(iter(MESSAGES)) == [1, 2]
    assert producer.sent == [("resolved", b"one", 3, None, []), ("raw", b"two", None, b"key", [("received_at", b"1")])]


async def test_what_kafka_did_not_take_is_for_the_caller_to_try_again() -> None:
    with pytest.raises(KafkaTimeoutError):
        await an_outbox(Producer(KafkaTimeoutError())).send(MESSAGES[:1])


async def test_a_producer_that_gave_up_is_not_asked_for_ever() -> None:
    with pytest.raises(ProducerGaveUp, match="OutOfOrderSequenceNumber"):
        await an_outbox(Producer(OutOfOrderSequenceNumber(), gave_up=True)).send(MESSAGES[:1])
