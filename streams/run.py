"""The composition root of a worker: settings, rules, stores, replica, outbox, agents; started in this order, ended in the other."""

import asyncio
import fcntl
import gc
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.errors import ConfigurationError, ServiceUnavailable
from schemas.rules import Rules
from schemas.topics import Topics, topic_names
from streams.admitting import Shared
from streams.agents import register
from streams.app import TrackerApp, build_app
from streams.auditor import Auditor
from streams.core.admission import Gate
from streams.kill_points import KillPoints
from streams.outbox import Outbox, new_consumer, new_producer
from streams.replica import Replica
from streams.rules_file import load_rules
from streams.settings import WorkerSettings
from streams.telemetry import Telemetry
from streams.worker import Stores, Worker

log = structlog.get_logger()
GC_THRESHOLD = 100_000
"""Decoding makes many short-lived objects and few cycles; the default of 700 costs several times the decoding."""


async def run_worker(settings: WorkerSettings) -> int:
    """Runs until SIGTERM, SIGINT or a defect; 0 after a clean stop, 1 after a defect."""
    rules, topics = load_rules(settings.rules_path), topic_names(settings.generation)
    async with AsyncExitStack() as stack:
        stack.enter_context(_only_one(settings.home))
        consumer = await _started(stack, new_consumer(settings.kafka, f"{settings.worker_id}-who"), settings)
        producer = await _started(stack, new_producer(settings.kafka, settings.worker_id), settings)
        partitions = await _partitions(consumer, producer, topics, settings.worker_start_timeout_s)
        stores, shared = _shared(stack, settings, rules, topics, partitions, producer)
        worker = Worker(shared, stores, rules)
        app = build_app(settings, topics)
        app.store_positions = _positions(worker, consumer)
        register(app, topics, worker)
        return await _serve(app, worker, shared, consumer, settings)


async def _started(stack: AsyncExitStack, client: Any, settings: WorkerSettings) -> Any:
    """Starts a client within the start timeout; the stack stops it."""
    deadline = asyncio.get_running_loop().time() + settings.worker_start_timeout_s
    while True:
        try:
            await client.start()
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


async def _partitions(consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, topics: Topics, timeout_s: float) -> int:
    """The partition count of the generation, once all topics are there."""
    wanted = (topics.raw, topics.resolved, topics.journeys, topics.links, topics.ledger, topics.dead)
    deadline = asyncio.get_running_loop().time() + timeout_s
    while missing := sorted(set(wanted) - await consumer.topics()):
        if asyncio.get_running_loop().time() > deadline:
            remedy = "make them with `tracker topics`"
            raise ConfigurationError(f"topics are missing: {', '.join(missing)}", setting="TRACKER_GENERATION", remedy=remedy)
        await asyncio.sleep(1)
    found = {topic: len(await producer.partitions_for(topic)) for topic in (topics.raw, topics.resolved, topics.journeys)}
    if len(set(found.values())) != 1:
        remedy = "the partition count is fixed per generation: begin a new one"
        raise ConfigurationError(f"topics of one generation differ in partitions: {found}", setting="TRACKER_GENERATION", remedy=remedy)
    return found[topics.resolved]


def _shared(
    stack: AsyncExitStack, settings: WorkerSettings, rules: Rules, topics: Topics, partitions: int, producer: AIOKafkaProducer
) -> tuple[Stores, Shared]:
    gate = Gate(rules, settings.identity_key.get_secret_value().encode())
    stores = Stores(settings, rules, partitions)
    stack.callback(stores.close)
    replica = Replica(stores.open(topics.links, 0), gate.policy, partitions, settings.worker_identities_in_memory)
    stack.callback(replica.flush)
    return stores, Shared(
        topics=topics,
        partitions=partitions,
        generation=settings.generation,
        worker_id=settings.worker_id,
        gate=gate,
        replica=replica,
        outbox=Outbox(producer),
        kill=KillPoints(settings.worker_kill_at),
        telemetry=Telemetry(),
    )


def _positions(worker: Worker, consumer: AIOKafkaConsumer) -> Any:
    async def positions(assigned: set[Any]) -> dict[Any, int]:
        ends = await consumer.end_offsets([TopicPartition(tp.topic, tp.partition) for tp in assigned]) if assigned else {}
        return worker.positions(assigned, {tp: ends[TopicPartition(tp.topic, tp.partition)] for tp in assigned})

    return positions


async def _serve(app: TrackerApp, worker: Worker, shared: Shared, consumer: AIOKafkaConsumer, settings: WorkerSettings) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    replica = shared.replica
    links_end = (await consumer.end_offsets([TopicPartition(shared.topics.links, 0)])).popitem()[1]
    if replica.epoch >= links_end:
        replica.start_over()
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(replica.run(consumer, shared.topics.links), name="unify")]
    await _caught_up(replica, links_end - 1, tasks[0])
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 50, 50)
    app.finalize()
    await app.start()
    auditor = Auditor(shared, worker, settings)
    tasks += [
        asyncio.create_task(worker.tell_controls(lambda: app.consumer.assignment()), name="control"),
        asyncio.create_task(auditor.run(lambda: app.consumer.assignment()), name="auditor"),
        asyncio.create_task(app.wait_until_stopped(), name="faust"),
    ]
    log.info("worker_ready", worker=settings.worker_id, partitions=shared.partitions, epoch=replica.epoch)
    stopping = asyncio.create_task(stop.wait())
    tasks.append(asyncio.create_task(worker.failed.wait(), name="chunk"))
    done, _ = await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    failed = stopping not in done or worker.failed.is_set()
    for task in tasks:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await app.stop()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done - {stopping}:
        log.critical("task_ended", task=task.get_name(), exc_info=task.exception() if not task.cancelled() else None)
    return 1 if failed else 0


async def _caught_up(replica: Replica, epoch: int, fold: asyncio.Task[None]) -> None:
    reached = asyncio.create_task(replica.reached(epoch))
    await asyncio.wait([reached, fold], return_when=asyncio.FIRST_COMPLETED)
    if fold.done():
        reached.cancel()
        await fold


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """A worker's folder belongs to one process; the kernel frees the lock when it dies."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            remedy = "give each worker a name of its own, or stop the other"
            raise ConfigurationError(f"the folder {home} is in use by another worker", setting="TRACKER_WORKER_ID", remedy=remedy) from None
        yield
