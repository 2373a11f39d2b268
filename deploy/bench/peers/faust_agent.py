"""Faust as it comes: an agent, a table in memory with its changelog, rows written by `take`."""

import asyncio
import os
from typing import Any

import faust

from deploy.bench.peers.job import read, take
from deploy.bench.peers.rows import BATCH, Sink

app = faust.App(
    "bench-faust",
    broker=f"kafka://{os.environ['BENCH_KAFKA']}",
    store="memory://",
    topic_partitions=int(os.environ["BENCH_PARTITIONS"]),
    consumer_auto_offset_reset="earliest",
    web_enabled=False,
    datadir=os.environ["BENCH_STATE"],
)
topic = app.topic(os.environ["BENCH_TOPIC"], key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
states = app.Table("customers", default=None)
sink: list[Sink] = []


@app.agent(topic)
async def stitch(stream: Any) -> None:
    """Up to a batch of events at a time."""
    if not sink:
        sink.append(Sink())
    async for values in stream.take(BATCH, within=1.0):
        for raw in values:
            event = read(raw)
            customer = event.identities[0].value
            states[customer], rows = take(states.get(customer), event)
            sink[0].add(rows)
        await asyncio.to_thread(sink[0].write)


if __name__ == "__main__":
    app.main()
