"""A worker that lost its disk: how long until its stores are as far as the logs again."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from time import sleep

from kafka import KafkaConsumer, TopicPartition

from deploy.bench.load import Record, send
from deploy.bench.stand import Stand, stand
from deploy.bench.whole_way import PARTITIONS, worked_off
from schemas.ledger import StoreProgress, decode_ledger
from schemas.topics import topic_names
from streams.clock import SYSTEM_CLOCK

POLL_S = 0.25


@dataclass(frozen=True, slots=True)
class Recovery:
    """`restart_seconds`: the same with its stores in place."""

    events: int
    seconds: float
    restart_seconds: float

    @property
    def rate(self) -> float:
        """Facts a second."""
        return self.events / self.seconds


def recovery(made: Sequence[Record], timeout_s: float) -> Recovery:
    """All is stitched and landed; then the worker is ended and started twice, the second time without its folder."""
    with stand() as here:
        here.prepare(PARTITIONS)
        send(here.kafka, made)
        worked_off(here, len(made), timeout_s)
        restart = _restarted(here, timeout_s)
        shutil.rmtree(here.folder / "worker")
        return Recovery(len(made), _restarted(here, timeout_s), restart)


def _restarted(here: Stand, timeout_s: float) -> float:
    worker = next(program for program in here.programs if program.name == "worker")
    worker.stop()
    here.programs.remove(worker)
    ends = _ends(here, topic_names().ledger)
    resolved = {tp.partition: end for tp, end in _ends(here, topic_names().resolved).items()}
    began = SYSTEM_CLOCK.monotonic()
    here.worker()
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
