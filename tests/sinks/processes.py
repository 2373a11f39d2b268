"""Runs the real sink as a process of its own against the real Kafka and ClickHouse."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from kafka import KafkaProducer

from deploy.local.apart import environment_with
from deploy.topics import create_topics
from schemas.connections import KafkaConnection
from schemas.topics import topic_names
from sinks.progress import lag

PROJECT = Path(__file__).parents[2]
PATIENCE_S = 60.0
PARTITIONS = 3
"""As all on the Kafka that the tests share: `touchpoints.raw` outlives a generation, and keeps its count."""


def fill(kafka: str, generation: int, frames: Mapping[int, Sequence[bytes]]) -> None:
    """Makes the topics of a generation and sends the frames of each partition."""
    create_topics(kafka, partitions=PARTITIONS, generation=generation)
    producer = KafkaProducer(bootstrap_servers=kafka, acks="all", compression_type="lz4", linger_ms=5, metrics_enabled=False)
    try:
        for partition, values in frames.items():
            for value in values:
                producer.send(topic_names(generation).journeys, value, partition=partition)
        producer.flush(timeout=PATIENCE_S)
    finally:
        producer.close()


def environment(kafka: str, host: str, port: int, database: str, generation: int, **more: str) -> dict[str, str]:
    settings = {
        "kafka_bootstrap": kafka,
        "clickhouse_host": host,
        "clickhouse_port": port,
        "clickhouse_database": database,
        "generation": generation,
        "sink_member_id": "test",
        "sink_max_rows": 200,
        **more,
    }
    return environment_with(settings)


@contextmanager
def sink_process(env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Killed at the end if it still runs."""
    with log.open("ab") as output:
        process = subprocess.Popen([sys.executable, "-m", "sinks", "consume"], env=env, cwd=PROJECT, stdout=output, stderr=output)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(timeout=PATIENCE_S)


def wait_until(what: Callable[[], bool], words: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < until, f"waited {PATIENCE_S} s for: {words}"
        time.sleep(0.1)


def behind(kafka: str, generation: int) -> int:
    return sum(p.behind for p in lag(KafkaConnection(bootstrap_servers=kafka), generation).values())
