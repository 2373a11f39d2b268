"""Sends records from a file evenly at a rate, with the fastest client that there is, so that the load costs the machine little."""

import json
import os
import time
from pathlib import Path

from confluent_kafka import Producer

STEP_S = 0.02


def main() -> None:
    """Ends when all are acknowledged, and tells how many seconds it took."""
    records = [json.loads(line) for line in Path(os.environ["BENCH_RECORDS"]).read_text().splitlines()]
    rate, topic = int(os.environ["BENCH_RATE"]), os.environ["BENCH_TOPIC"]
    producer = Producer(
        {
            "bootstrap.servers": os.environ["BENCH_KAFKA"],
            "compression.type": "lz4",
            "linger.ms": 5,
            "enable.idempotence": True,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    began, sent = time.monotonic(), 0
    while sent < len(records):
        due = len(records) if not rate else min(len(records), int((time.monotonic() - began) * rate))
        for key, value in records[sent:due]:
            producer.produce(topic, value, key)
        sent = due
        producer.poll(0)
        time.sleep(STEP_S)
    producer.flush()
    Path(os.environ["BENCH_TOLD"]).write_text(f"{time.monotonic() - began}")


if __name__ == "__main__":
    main()
