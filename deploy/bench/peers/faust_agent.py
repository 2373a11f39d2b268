"""Faust as it comes: an agent, a table in memory with its changelog, rows written in batches beside it."""

import asyncio
import os
from typing import Any

import faust

from deploy.bench.peers.job import read, take
from deploy.bench.peers.rows import Sink

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
sinks: list[Sink] = []
writing = asyncio.Lock()


@app.agent(topic)
async def stitch(stream: Any) -> None:
    """An event at a time: a table may be changed only while its event is being handled, so `take` is of no use here."""
    sinks.append(Sink())
    async for raw in stream:
        event = read(raw)
        customer = event.identities[0].value
        states[customer], rows = take(states.get(customer), event)
        sinks[0].add(rows)
        if sinks[0].is_full:
            await write()


@app.timer(interval=1.0)
async def write() -> None:
    """What waits, in a thread, while a new sink takes what comes."""
    async with writing:
        if sinks and sinks[0].events:
            full, sinks[0] = sinks[0], Sink(sinks[0].client)
            await asyncio.to_thread(full.write)


if __name__ == "__main__":
    app.main()
