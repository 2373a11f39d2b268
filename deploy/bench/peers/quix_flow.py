"""Quix Streams: a stateful `apply` (RocksDB and a changelog topic) and a batching sink, at least once, as its tutorials show."""

import os
from typing import Any

from quixstreams import Application, State
from quixstreams.sinks import BatchingSink, SinkBatch

from deploy.bench.peers.job import read, take
from deploy.bench.peers.rows import Sink


class ClickHouseSink(BatchingSink):
    """Writes a batch of rows before Quix commits its checkpoint."""

    def __init__(self) -> None:
        super().__init__()
        self._sink = Sink()

    def write(self, batch: SinkBatch) -> None:
        for item in batch:
            self._sink.add(item.value)
        self._sink.write()


def step(raw: bytes, state: State) -> dict[str, Any]:
    """One event of the customer who is the message's key."""
    event = read(raw)
    new, rows = take(state.get("customer"), event)
    state.set("customer", new)
    return rows


def main() -> None:
    """Runs until it is ended."""
    app = Application(
        broker_address=os.environ["BENCH_KAFKA"],
        consumer_group="quix",
        auto_offset_reset="earliest",
        state_dir=os.environ["BENCH_STATE"],
        commit_interval=1.0,
    )
    topic = app.topic(os.environ["BENCH_TOPIC"], value_deserializer="bytes", key_deserializer="str")
    app.dataframe(topic).apply(step, stateful=True).sink(ClickHouseSink())
    app.run()


if __name__ == "__main__":
    main()
