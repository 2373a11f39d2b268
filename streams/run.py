"""The composition root of a worker: settings, rules, stores, replica, outbox, agents; started in this order, ended in the other."""

import asyncio
import fcntl
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.errors import ConfigurationError
from schemas.health import EXIT_STUCK
from schemas.rules import Rules
from schemas.topics import Topics, topic_names
from streams.admitting import Shared
from streams.agents import register, seeking
from streams.app import TrackerApp, build_app
from streams.auditor import Auditor
from streams.clock import SYSTEM_CLOCK
from streams.collector import calm_collector
from streams.copying import Copier
from streams.core.admission import Gate
from streams.health import Monitor, Watch
from streams.kafka_start import partitions_of, started, topic_ids
from streams.kill_points import KillPoints
from streams.leaving import LEAVE_WITHIN_S, leave_within
from streams.opening import Stores
from streams.outbox import Outbox, new_consumer, new_producer
from streams.placing import Placing
from streams.replica import Replica
from streams.rules_file import load_rules
from streams.settings import WorkerSettings
from streams.telemetry import Telemetry
from streams.ticking import Ticker
from streams.worker import Worker

log = structlog.get_logger()


async def run_worker(settings: WorkerSettings) -> int:
    """Runs until SIGTERM, SIGINT or a defect; 0 after a clean stop, 1 after a defect, 75 where its progress stood still."""
    rules, topics = load_rules(settings.rules_path), topic_names(settings.generation)
    async with AsyncExitStack() as stack:
        stack.enter_context(_only_one(settings.home))
        consumer = await started(stack, new_consumer(settings.kafka, f"{settings.worker_id}-who"), settings)
        producer = await started(stack, new_producer(settings.kafka, settings.worker_id), settings)
        partitions = await partitions_of(consumer, producer, topics, settings.worker_start_timeout_s)
        stores = Stores(settings, rules, partitions, await topic_ids(settings, topics))
        stack.callback(stores.close)
        await asyncio.to_thread(stores.open, topics.links, 0)
        shared = _shared(stack, settings, rules, topics, partitions, stores, producer)
        worker = Worker(shared, stores, rules)
        app = build_app(settings, topics)
        app.store_positions = Placing(worker, stores, consumer, seeking(app)).positions
        register(app, topics, worker)
        copier = None if stores.copies is None else Copier(shared, worker, stores.copies, settings, SYSTEM_CLOCK)
        return await _serve(app, worker, shared, consumer, settings, copier)


def _shared(
    stack: AsyncExitStack,
    settings: WorkerSettings,
    rules: Rules,
    topics: Topics,
    partitions: int,
    stores: Stores,
    producer: AIOKafkaProducer,
) -> Shared:
    gate = Gate(rules, settings.identity_key.get_secret_value().encode())
    telemetry = Telemetry()
    replica = Replica(stores.open(topics.links, 0), gate.policy, partitions, settings.worker_identities_in_memory, telemetry.timed)
    stack.callback(replica.flush)
    return Shared(
        topics=topics,
        partitions=partitions,
        generation=settings.generation,
        worker_id=settings.worker_id,
        gate=gate,
        replica=replica,
        outbox=Outbox(producer),
        kill=KillPoints(settings.worker_kill_at),
        telemetry=telemetry,
        reject_limits=settings.reject_limits,
    )


async def _serve(
    app: TrackerApp, worker: Worker, shared: Shared, consumer: AIOKafkaConsumer, settings: WorkerSettings, copier: Copier | None
) -> int:
    with closing(Watch(settings, shared, asyncio.get_running_loop())) as watch:
        return await _watched(app, worker, shared, consumer, settings, watch, copier)


async def _watched(
    app: TrackerApp,
    worker: Worker,
    shared: Shared,
    consumer: AIOKafkaConsumer,
    settings: WorkerSettings,
    watch: Watch,
    copier: Copier | None,
) -> int:
    unify = await _unify(shared, consumer)
    stopping = asyncio.create_task(_signal().wait())  # a signal before this ends the process at once: nothing was begun
    calm_collector()
    app.finalize()
    await app.start()
    watch.monitor = monitor = Monitor(shared, worker, settings)
    parts = {
        "stuck": monitor.stuck.wait(),
        "health": monitor.run(lambda: app.consumer.assignment()),
        "control": worker.tell_controls(lambda: app.consumer.assignment()),
        "auditor": Auditor(shared, worker, settings).run(lambda: app.consumer.assignment()),
        "ticks": Ticker(shared, worker, consumer, SYSTEM_CLOCK, settings).run(lambda: app.consumer.assignment()),
        "faust": app.wait_until_stopped(),
        "chunk": worker.failed.wait(),
        **({} if copier is None else {"copies": copier.run(lambda: app.consumer.assignment())}),
    }
    tasks: list[asyncio.Task[Any]] = [unify, *(asyncio.create_task(part, name=name) for name, part in parts.items())]
    log.info("worker_ready", worker=settings.worker_id, partitions=shared.partitions, epoch=shared.replica.epoch)
    done, _ = await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    await _end(app, worker, tasks, done - {stopping})
    return 0 if done == {stopping} else EXIT_STUCK if monitor.stuck.is_set() else 1


async def _end(app: TrackerApp, worker: Worker, tasks: list["asyncio.Task[Any]"], ended: set["asyncio.Task[Any]"]) -> None:
    """Tells what ended by itself, then ends the rest."""
    leave_within(LEAVE_WITHIN_S, asyncio.get_running_loop())
    worker.leave()
    for task in ended:
        log.critical("part_ended", part=task.get_name(), exc_info=None if task.cancelled() else task.exception())
    for task in tasks:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await app.stop()
    await asyncio.gather(*tasks, return_exceptions=True)


def _signal() -> asyncio.Event:
    """Set by SIGTERM and SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _unify(shared: Shared, consumer: AIOKafkaConsumer) -> asyncio.Task[None]:
    """Starts the fold of who is who; returns when it has caught up with the log as it is now."""
    replica = shared.replica
    links_end = (await consumer.end_offsets([TopicPartition(shared.topics.links, 0)])).popitem()[1]
    if replica.epoch >= links_end:
        replica.start_over()
    unify = asyncio.create_task(replica.run(consumer, shared.topics.links), name="unify")
    await _caught_up(replica, links_end - 1, unify)
    return unify


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
