"""Draining on the real Kafka: what worker and sink would have told is told by hand, so that every step can be held up on its own."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.local import stack
from deploy.local.stages import Stage
from deploy.settings import LocalSettings
from schemas.connections import KafkaConnection
from schemas.errors import ServiceUnavailable
from schemas.ledger import LedgerRecord, StoreProgress, encode_ledger
from schemas.topics import Topics, topic_names
from tests.stack import local_settings, running

from deploy.drain import DrainReport, drain  # isort: skip (`tests.stack` first imports kafka-python without its warnings)
from deploy.topics import create_topics  # isort: skip
from kafka import KafkaConsumer, KafkaProducer, TopicPartition  # isort: skip
from kafka.structs import OffsetAndMetadata  # isort: skip
from sinks.kafka_log import group_of  # isort: skip

pytestmark = pytest.mark.kafka
GENERATIONS = itertools.count(1)
SOON_S, LONG_S = 1.5, 30.0


@dataclass
class Teller:
    """Says what a worker and a sink say, for a generation of its own with one partition a topic."""

    kafka: str
    generation: int = field(default_factory=lambda: next(GENERATIONS))

    def __post_init__(self) -> None:
        create_topics(self.kafka, partitions=1, generation=self.generation)
        self._producer = KafkaProducer(bootstrap_servers=self.kafka, metrics_enabled=False)

    @property
    def topics(self) -> Topics:
        return topic_names(self.generation)

    def send(self, topic: str, value: bytes = b"{}") -> int:
        """The record's offset, once Kafka has it."""
        return int(self._producer.send(topic, value, partition=0).get(timeout=10).offset)

    def cover(self, first: int, last: int) -> None:
        counts = {"accepted": last - first + 1, "duplicate": 0, "dead": 0, "dropped": 0, "absent": 0, "ids_xor": 0}
        self.send(self.topics.ledger, encode_ledger(LedgerRecord(raw_partition=0, first=first, last=last, written_by="w", **counts)))

    def reach(self, position: int, controlled: int = -1, next_due: int = -1) -> None:
        store = StoreProgress(resolved_partition=0, position=position, controlled=controlled, next_due=next_due, written_by="w")
        self.send(self.topics.ledger, encode_ledger(store))

    def commit(self, position: int) -> None:
        consumer = KafkaConsumer(
            bootstrap_servers=self.kafka, group_id=group_of(self.generation), enable_auto_commit=False, metrics_enabled=False
        )
        journeys = TopicPartition(self.topics.journeys, 0)
        consumer.assign([journeys])
        consumer.commit({journeys: OffsetAndMetadata(position, "", -1)})
        consumer.close(autocommit=False)

    def drain(self, timeout_s: float = SOON_S) -> DrainReport:
        return drain(timeout_s, KafkaConnection(bootstrap_servers=self.kafka), self.generation)

    def close(self) -> None:
        self._producer.close()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSettings]:
    """A broker of this module's own: raw is one topic for all generations, and others send to it."""
    settings = local_settings(tmp_path_factory.mktemp("drain"))
    with running(settings, Stage.KAFKA):
        yield settings


@pytest.fixture
def teller(own: LocalSettings) -> Iterator[Teller]:
    one = Teller(own.kafka_bootstrap)
    yield one
    one.close()


def test_without_topics_it_is_an_error_with_the_remedy_and_not_the_end(own: LocalSettings) -> None:
    with pytest.raises(ServiceUnavailable, match=r"no topic .*\.g99") as refusal:
        drain(SOON_S, KafkaConnection(bootstrap_servers=own.kafka_bootstrap), generation=99)
    assert "tracker topics" in refusal.value.remedy


def test_without_a_broker_it_is_an_error_with_the_address_after_a_bounded_wait() -> None:
    with pytest.raises(ServiceUnavailable, match=r"127\.0\.0\.1:1 ") as refusal:
        drain(SOON_S, KafkaConnection(bootstrap_servers="127.0.0.1:1"))
    assert "tracker up" in refusal.value.remedy


def test_every_step_that_is_missing_is_named_until_all_has_landed(teller: Teller) -> None:
    raw = teller.send(teller.topics.raw)
    assert teller.drain().waiting == {"events that are not admitted": raw + 1}
    teller.cover(0, raw)
    links, resolved = teller.send(teller.topics.links), teller.send(teller.topics.resolved)
    assert teller.drain().waiting == {"partitions that were not told of all links": 1}
    teller.reach(resolved, controlled=links)
    assert teller.drain().waiting == {"frames that are not stitched": 1}
    journeys = teller.send(teller.topics.journeys)
    teller.reach(resolved + 1, controlled=links, next_due=1_000)
    assert teller.drain().waiting == {"partitions whose alerts are due": 1}
    teller.reach(resolved + 1, controlled=links, next_due=10**14)
    assert teller.drain().waiting == {"frames that the sink has not stored": 1}
    teller.commit(journeys + 1)
    report = teller.drain(LONG_S)
    assert (report.is_drained, str(report)) == (True, "all of it has landed")


def test_a_hole_in_the_ledger_is_waited_for(teller: Teller) -> None:
    offsets = [teller.send(teller.topics.raw) for _ in range(4)]
    teller.cover(0, offsets[0])
    teller.cover(offsets[2], offsets[3])
    teller.reach(0)
    report = teller.drain()
    assert not report.is_drained
    assert report.waiting == {"events that are not admitted": 3}
    teller.cover(offsets[1], offsets[1])
    assert teller.drain(LONG_S).is_drained


def test_a_record_that_was_sent_again_under_its_own_key_is_waited_for_too(teller: Teller) -> None:
    """Admission drops a record with a foreign key and sends it to raw once more: behind the end as it was when the drain began."""
    first = teller.send(teller.topics.raw)
    teller.reach(0)
    rounds = itertools.count()

    def sent_again() -> None:
        if next(rounds) == 1:
            again = teller.send(teller.topics.raw)
            teller.cover(0, first)
            assert again == first + 1

    report = drain(SOON_S, KafkaConnection(bootstrap_servers=teller.kafka), teller.generation, check=sent_again)
    assert report.waiting == {"events that are not admitted": 1}


def test_what_comes_while_it_waits_is_not_waited_for(teller: Teller) -> None:
    sent = [teller.send(teller.topics.raw)]
    teller.reach(0)

    def another() -> None:
        """The newest is never covered."""
        teller.cover(0, sent[-1])
        sent.append(teller.send(teller.topics.raw))

    assert drain(LONG_S, KafkaConnection(bootstrap_servers=teller.kafka), teller.generation, check=another).is_drained


def test_what_the_caller_finds_wrong_ends_the_wait(teller: Teller) -> None:
    teller.send(teller.topics.raw)

    def died() -> None:
        raise RuntimeError("the worker died")

    with pytest.raises(RuntimeError, match="the worker died"):
        drain(LONG_S, KafkaConnection(bootstrap_servers=teller.kafka), teller.generation, check=died)


def test_a_broker_that_goes_away_meanwhile_is_an_error(tmp_path: Path) -> None:
    settings = local_settings(tmp_path)
    with running(settings, Stage.KAFKA):
        teller = Teller(settings.kafka_bootstrap)
        teller.send(teller.topics.raw)
        teller.close()

        def gone() -> None:
            stack.down(settings, [Stage.KAFKA])

        with pytest.raises(ServiceUnavailable, match="does not tell how far the events are"):
            drain(2.0, KafkaConnection(bootstrap_servers=teller.kafka), teller.generation, check=gone)
