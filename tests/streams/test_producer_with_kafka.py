"""The SDK against the real Kafka: records as other clients expect them, and an outage that outlives the process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.partitioner import murmur2

from deploy.local import stack
from deploy.local.stages import Stage
from deploy.settings import LocalSettings
from schemas.examples import example
from streams.producer import Producer
from tests.stack import local_settings, running

PARTITIONS = 3

pytestmark = pytest.mark.kafka


def make_topic(bootstrap: str, topic: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
    admin.close()


def records_of(bootstrap: str, topic: str) -> list[Any]:
    """All that is there, by partition, then offset."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, group_id=None)
    partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    ends = consumer.end_offsets(partitions)
    found: list[Any] = []
    while any(consumer.position(partition) < end for partition, end in ends.items()):
        for batch in consumer.poll(timeout_ms=1000).values():
            found += batch
    consumer.close()
    return found


def order(number: int) -> dict[str, Any]:
    document = example("order.placed", payload={"order_id": f"o-{number}"})
    del document["event_id"]
    return document


EMIT_AND_DIE = """
import os, sys
from streams.producer import Producer
from tests.streams.test_producer_with_kafka import order

shop = Producer(source="shop-eu", bootstrap_servers=sys.argv[1], topic=sys.argv[2], spool_dir=sys.argv[3])
for number in range(200):
    print(shop.emit_document(order(number)))
sys.stdout.flush()
os._exit(9)
"""


def test_a_record_lies_where_any_client_looks_for_its_key(kafka: str) -> None:
    make_topic(kafka, "producer-keys")
    with Producer(source="shop-eu", bootstrap_servers=kafka, topic="producer-keys") as shop:
        ids = [str(shop.emit_document(order(number))) for number in range(300)]
        report = shop.flush(30)
    assert (report.delivered, report.waiting, report.failed) == (300, 0, 0)
    found = records_of(kafka, "producer-keys")
    assert sorted(record.key.decode() for record in found) == sorted(ids)
    assert all(orjson.loads(record.value)["event_id"] == record.key.decode() for record in found)
    assert all(record.partition == (murmur2(record.key) & 0x7FFFFFFF) % PARTITIONS for record in found)


def test_a_missing_topic_is_told_with_its_remedy(kafka: str, tmp_path: Path) -> None:
    with Producer(source="shop-eu", bootstrap_servers=kafka, topic="producer-nowhere", spool_dir=tmp_path) as shop:
        shop.emit_document(order(1))
        report = shop.flush(6)
        shop.close(0)
    assert report.spooled == 1
    assert "no topic producer-nowhere" in report.problem
    assert "tracker topics" in report.problem


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[LocalSettings]:
    """A broker that a test may stop."""
    settings = local_settings(tmp_path / "stack")
    with running(settings, Stage.KAFKA):
        yield settings


def test_what_is_emitted_while_the_broker_is_down_survives_the_process_and_arrives_later(own_kafka: LocalSettings, tmp_path: Path) -> None:
    bootstrap = own_kafka.kafka_bootstrap
    make_topic(bootstrap, "producer-outage")
    stack.down(own_kafka, (Stage.KAFKA,))
    words = [sys.executable, "-c", EMIT_AND_DIE, bootstrap, "producer-outage", str(tmp_path / "spool")]
    died = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, cwd=Path(__file__).parents[2])
    assert died.returncode == 9, died.stderr
    ids = died.stdout.split()
    assert len(ids) == 200
    stack.up(own_kafka, (Stage.KAFKA,))
    with Producer(source="shop-eu", bootstrap_servers=bootstrap, topic="producer-outage", spool_dir=tmp_path / "spool") as shop:
        assert shop.flush(60).delivered == 200
    assert sorted(record.key.decode() for record in records_of(bootstrap, "producer-outage")) == sorted(ids)


def test_a_broker_that_restarts_under_a_running_producer_costs_nothing(own_kafka: LocalSettings, tmp_path: Path) -> None:
    bootstrap = own_kafka.kafka_bootstrap
    make_topic(bootstrap, "producer-restart")
    with Producer(source="shop-eu", bootstrap_servers=bootstrap, topic="producer-restart", spool_dir=tmp_path / "spool") as shop:
        ids = [str(shop.emit_document(order(number))) for number in range(200)]
        shop.flush(30)
        stack.down(own_kafka, (Stage.KAFKA,))
        ids += [str(shop.emit_document(order(number))) for number in range(200, 400)]
        assert shop.flush(1).spooled == 200
        stack.up(own_kafka, (Stage.KAFKA,))
        assert shop.flush(60).spooled == 0
    assert {record.key.decode() for record in records_of(bootstrap, "producer-restart")} == set(ids)
