"""Bytewax: a keyed `stateful_map` in memory without recovery, and an output that writes each batch."""

import os
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import cluster_main

from deploy.bench.peers.job import Event, read, take
from deploy.bench.peers.rows import BATCH, Sink


class Rows(StatelessSinkPartition[Any]):
    """Rows of one worker."""

    def __init__(self) -> None:
        self._sink = Sink()

    def write_batch(self, items: list[Any]) -> None:
        for _, batch in items:
            for rows in batch:
                self._sink.add(rows)
        self._sink.write()


class ClickHouse(DynamicSink[Any]):
    """Each worker writes for itself."""

    def build(self, step_id: str, worker_index: int, worker_count: int) -> Rows:
        return Rows()


def keyed(message: Any) -> tuple[str, Event]:
    """The event by its customer."""
    event = read(message.value)
    return event.identities[0].value, event


def flow() -> Dataflow:
    """From the topic to ClickHouse."""
    built = Dataflow("bench")
    source = KafkaSource([os.environ["BENCH_KAFKA"]], [os.environ["BENCH_TOPIC"]], tail=True, batch_size=BATCH)
    events = op.map("keyed", op.input("raw", built, source), keyed)
    rows = op.stateful_map("stitch", events, take)
    one: Iterable[Any] = op.key_on("together", op.map("rows", rows, lambda pair: pair[1]), lambda _: "all")
    op.output("clickhouse", op.collect("batch", one, timedelta(seconds=1), BATCH), ClickHouse())
    return built


if __name__ == "__main__":
    cluster_main(flow(), [], 0)
