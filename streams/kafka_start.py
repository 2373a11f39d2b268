"""Reaching Kafka at the start: a bounded wait, then a message with the remedy; later absences are waited out."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError
from kafka.admin import KafkaAdminClient

from schemas.errors import ConfigurationError, ServiceUnavailable
from schemas.topics import Topics
from streams.settings import WorkerSettings


async def started(stack: AsyncExitStack, client: Any, settings: WorkerSettings) -> Any:
    """Starts a client within the start timeout; the stack stops it."""
    deadline = asyncio.get_running_loop().time() + settings.worker_start_timeout_s
    while True:
        try:
            await client.start()
        except asyncio.CancelledError:
            await client.stop()
            raise
        except KafkaError:
            if asyncio.get_running_loop().time() > deadline:
                await client.stop()
                remedy = "start it (`tracker up`), or set TRACKER_KAFKA_BOOTSTRAP to where it is"
                message = f"Kafka does not answer at {settings.kafka_bootstrap}"
                raise ServiceUnavailable(message, service="Kafka", address=settings.kafka_bootstrap, remedy=remedy) from None
            await asyncio.sleep(1)
        else:
            stack.push_async_callback(client.stop)
            return client


async def partitions_of(consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, topics: Topics, timeout_s: float) -> int:
    """The partition count of the generation, once all topics are there. That of raw may be another, but never changes: dead, made with
    it, is the witness.
    """
    wanted = (topics.raw, topics.resolved, topics.journeys, topics.links, topics.ledger, topics.dead)
    deadline = asyncio.get_running_loop().time() + timeout_s
    while missing := sorted(set(wanted) - await consumer.topics()):
        if asyncio.get_running_loop().time() > deadline:
            remedy = "make them with `tracker topics`"
            raise ConfigurationError(f"topics are missing: {', '.join(missing)}", setting="TRACKER_GENERATION", remedy=remedy)
        await asyncio.sleep(1)
    found = {topic: len(await producer.partitions_for(topic)) for topic in wanted}
    _agree({t: found[t] for t in (topics.resolved, topics.journeys, topics.ledger)}, "begin a new generation")
    _agree({t: found[t] for t in (topics.raw, topics.dead)}, "raw was altered: make both anew and restore an archive")
    return found[topics.resolved]


def _agree(partitions: Mapping[str, int], remedy: str) -> None:
    if len(set(partitions.values())) != 1:
        message = f"topics that are made with one partition count, for ever, differ: {dict(partitions)}"
        raise ConfigurationError(message, setting="TRACKER_GENERATION", remedy=remedy)


async def topic_ids(settings: WorkerSettings, topics: Topics) -> dict[str, str]:
    """Kafka's own id of each topic that has a store."""

    def ask() -> dict[str, str]:
        admin = KafkaAdminClient(**settings.kafka.client_options())
        try:
            return {found["name"]: str(found["topic_id"]) for found in admin.describe_topics([topics.raw, topics.resolved, topics.links])}
        finally:
            admin.close()

    return await asyncio.to_thread(ask)
