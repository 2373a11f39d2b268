"""A worker that lost its disk: how long until its stores are as far as the logs again, from the log and from saved copies."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any

import orjson
from kafka import KafkaConsumer, TopicPartition

from deploy.bench.landing import watch
from deploy.bench.load import Record, send
from deploy.bench.stand import Stand, stand
from deploy.bench.whole_way import LANDED, PARTITIONS, worked_off
from deploy.drain import drain
from schemas.ledger import StoreProgress, decode_ledger
from schemas.topics import topic_names
from streams.clock import SYSTEM_CLOCK
from streams.stores import store_name

POLL_S = 0.25
SAVE_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class FromCopies:
    """`events`: facts in the stores; `bytes`: of all copies taken; `saving_seconds`: of the thread that saved each store once, as a whole;
    `held_ms`: the longest time for which that held the worker's event loop.
    """

    events: int
    seconds: float
    taking_seconds: float
    bytes: int
    saving_seconds: float
    held_ms: float

    @property
    def rate(self) -> float:
        """Facts a second, the start of the process in it."""
        return self.events / self.seconds


@dataclass(frozen=True, slots=True)
class Recovery:
    """`restart_seconds`: the same with its stores in place."""

    events: int
    seconds: float
    restart_seconds: float
    from_copies: FromCopies

    @property
    def rate(self) -> float:
        """Facts a second, from the log."""
        return self.events / self.seconds


def recovery(made: Sequence[Record], more: Sequence[Record], timeout_s: float) -> Recovery:
    """All is stitched and landed; then the worker is ended and started twice, the second time without its folder. With `more`, once all is
    saved, a third time: without its folder, with the copies.
    """
    with stand() as here:
        here.prepare(PARTITIONS)
        send(here.kafka, made)
        worked_off(here, len(made), timeout_s)
        restart = _restarted(here, timeout_s)
        shutil.rmtree(here.folder / "worker")
        seconds = _restarted(here, timeout_s)
        return Recovery(len(made), seconds, restart, _from_copies(here, len(made), more, timeout_s))


def _from_copies(here: Stand, before: int, more: Sequence[Record], timeout_s: float) -> FromCopies:
    copies, events = here.folder / "copies", before + len(more)
    send(here.kafka, more)
    watch(events, lambda: here.number(LANDED), timeout_s, here.check)
    assert drain(timeout_s, here.kafka).is_drained
    copies.mkdir()
    _restarted(here, timeout_s, worker_copies_dir=copies, worker_copy_every_s=SAVE_EVERY_S)
    saved = _saved(here, timeout_s)
    here.end("worker")
    shutil.rmtree(here.folder / "worker")
    seconds = _restarted(here, timeout_s, worker_copies_dir=copies)
    taken = _told_of(here, "copy_taken")
    assert {each["store"] for each in taken} == saved.keys(), "not every store came from its copy"
    return FromCopies(
        events,
        seconds,
        max(each["seconds"] for each in taken),
        sum(each["bytes"] for each in taken),
        sum(each["seconds"] for each in saved.values()),
        1000 * max(each["held_s"] for each in saved.values()),
    )


def _saved(here: Stand, timeout_s: float) -> dict[str, dict[str, Any]]:
    """Waits until each store is saved as far as its log; what the worker said of each first, whole copy."""
    names = topic_names()
    ends = {
        store_name(tp.topic, tp.partition): end
        for topic in (names.raw, names.resolved, names.links)
        for tp, end in _ends(here, topic).items()
    }
    until = SYSTEM_CLOCK.monotonic() + timeout_s
    while True:
        told = _told_of(here, "copy_saved")
        farthest = {each["store"]: each["position"] for each in told}
        if missing := [store for store, end in ends.items() if farthest.get(store, 0) < end]:
            here.check()
            if SYSTEM_CLOCK.monotonic() > until:
                raise TimeoutError(f"stores were not saved in time: {missing}")
            sleep(POLL_S)
        else:
            return {each["store"]: each for each in reversed(told)}


def _told_of(here: Stand, event: str) -> list[dict[str, Any]]:
    """What the worker logged under this name."""
    log: Path = here.folder / "worker.log"
    found = (orjson.loads(line) for line in log.read_bytes().splitlines() if line.startswith(b"{") and line.endswith(b"}"))
    return [each for each in found if each["event"] == event]


def _restarted(here: Stand, timeout_s: float, **settings: Any) -> float:
    here.end("worker")
    ends = _ends(here, topic_names().ledger)
    resolved = {tp.partition: end for tp, end in _ends(here, topic_names().resolved).items()}
    began = SYSTEM_CLOCK.monotonic()
    here.worker(**settings)
    consumer = KafkaConsumer(bootstrap_servers=here.settings.kafka_bootstrap, enable_auto_commit=False, metrics_enabled=False)
    consumer.assign(list(ends))
    for tp, end in ends.items():
        consumer.seek(tp, end)
    try:
        _told(here, consumer, resolved, began + timeout_s)
    finally:
        consumer.close(autocommit=False)
    return SYSTEM_CLOCK.monotonic() - began


def _told(here: Stand, consumer: KafkaConsumer, wanted: dict[int, int], until: float) -> None:
    """Waits until the worker said of every partition that it is so far."""
    missing = {partition: end for partition, end in wanted.items() if end}
    while missing:
        for records in consumer.poll(timeout_ms=200).values():
            for record in records:
                told = decode_ledger(record.value)
                if isinstance(told, StoreProgress) and told.position >= missing.get(told.resolved_partition, 2**62):
                    del missing[told.resolved_partition]
        here.check()
        if SYSTEM_CLOCK.monotonic() > until:
            raise TimeoutError(f"partitions {sorted(missing)} of resolved were not caught up in time")
        sleep(POLL_S)


def _ends(here: Stand, topic: str) -> dict[TopicPartition, int]:
    consumer = KafkaConsumer(bootstrap_servers=here.settings.kafka_bootstrap, metrics_enabled=False)
    try:
        found: dict[TopicPartition, int] = consumer.end_offsets(
            [TopicPartition(topic, p) for p in sorted(consumer.partitions_for_topic(topic) or ())]
        )
        return found
    finally:
        consumer.close(autocommit=False)
