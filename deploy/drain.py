"""`tracker drain`: waits until every event sent before the call is in ClickHouse (or a dead letter), and says what is not otherwise.

In rounds: the ledger covers raw; every partition was told of all links; the stores reached the end of resolved; again while that made
anything new; no alert waits that was due when the drain began; then the sink has stored all of `journeys`. The end of raw is looked at
twice: a record with a foreign key is sent to raw once more, under its own.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, UnknownTopicOrPartitionError

from schemas.connections import KafkaConnection
from schemas.errors import ServiceUnavailable
from schemas.ledger import LedgerRecord, StoreProgress, decode_ledger
from schemas.topics import topic_names
from sinks.progress import lag
from streams.clock import EPOCH, SYSTEM_CLOCK, Clock
from streams.core.coverage import Coverage

POLL_MS = 200
ANSWER_TIMEOUT_S = 10.0
"""Longest wait for any one answer of the broker."""
LEAST_ANSWER_TIMEOUT_S = 2.0
"""kafka-python refuses a request timeout below its own wait for a fetch, 0.5 s."""


@dataclass(frozen=True, slots=True)
class DrainReport:
    """`waiting` says by step what had not landed when the time was up; empty when all had."""

    seconds: float
    waiting: dict[str, int] = field(default_factory=dict)

    @property
    def is_drained(self) -> bool:
        return not self.waiting

    def __str__(self) -> str:
        if self.is_drained:
            return "all of it has landed"
        return "not landed: " + ", ".join(f"{n:,} {what}" for what, n in self.waiting.items())


class Drain:
    """Reads the ledger with a consumer of its own; joins no group."""

    def __init__(self, where: KafkaConnection, generation: int, clock: Clock, answer_timeout_s: float) -> None:
        self._where, self._generation, self._clock = where, generation, clock
        self._answer_ms = int(answer_timeout_s * 1000)
        self._began_ms = (clock.now() - EPOCH) // timedelta(milliseconds=1)
        self._topics = topic_names(generation)
        self._coverage: dict[int, Coverage] = defaultdict(Coverage)
        self._stores: dict[int, StoreProgress] = {}
        self._consumer = KafkaConsumer(
            enable_auto_commit=False,
            metrics_enabled=False,
            max_poll_records=5_000,
            bootstrap_timeout_ms=self._answer_ms,
            request_timeout_ms=self._answer_ms,
            **where.client_options(),
        )
        ledger = self._partitions(self._topics.ledger)
        self._consumer.assign(ledger)
        self._consumer.seek_to_beginning(*ledger)

    def close(self) -> None:
        self._consumer.close(autocommit=False)

    def _partitions(self, topic: str) -> list[TopicPartition]:
        """Never empty: a topic that is not there has not landed, it is an error."""
        found = self._consumer.partitions_for_topic(topic)
        if not found:
            raise UnknownTopicOrPartitionError(f"no topic {topic}")
        return [TopicPartition(topic, p) for p in sorted(found)]

    def ends(self, topic: str) -> dict[int, int]:
        """The next offset of each partition of a topic."""
        return {tp.partition: end for tp, end in self._consumer.end_offsets(self._partitions(topic)).items()}

    def begins(self, topic: str) -> dict[int, int]:
        """The first offset that is still there."""
        return {tp.partition: first for tp, first in self._consumer.beginning_offsets(self._partitions(topic)).items()}

    def read(self) -> None:
        """Takes in what the ledger told since."""
        for records in self._consumer.poll(timeout_ms=POLL_MS).values():
            for record in records:
                told = decode_ledger(record.value)
                if isinstance(told, LedgerRecord):
                    self._coverage[told.raw_partition].add(told.first, told.last)
                elif isinstance(told, StoreProgress):
                    self._stores[told.resolved_partition] = told

    def uncovered(self, raw: dict[int, int]) -> int:
        """Records of raw below these ends of which no ledger tells."""
        begins = self.begins(self._topics.raw)
        return sum(max(0, end - self._coverage[p].end(begins[p])) for p, end in raw.items())

    def waiting(self, raw: dict[int, int]) -> dict[str, int]:
        """What is missing now, by step; steps behind a missing one are not asked."""
        uncovered = self.uncovered(raw)
        if uncovered:
            return {"events that are not admitted": uncovered}
        resolved, links = self.ends(self._topics.resolved), self.ends(self._topics.links)[0] - 1
        untold = sum(p not in self._stores or self._stores[p].controlled < links for p in resolved)
        if untold and links >= 0:
            return {"partitions that were not told of all links": untold}
        unstitched = sum(max(0, end - (self._stores[p].position if p in self._stores else 0)) for p, end in resolved.items())
        if unstitched:
            return {"frames that are not stitched": unstitched}
        if (resolved, links) != (self.ends(self._topics.resolved), self.ends(self._topics.links)[0] - 1):
            return {"steps that made something new": 1}
        due = sum(0 <= store.next_due <= self._began_ms for store in self._stores.values())
        if due:
            return {"partitions whose alerts are due": due}
        unstored = sum(partition.behind for partition in lag(self._where, self._generation, self._answer_ms).values())
        return {"frames that the sink has not stored": unstored} if unstored else {}

    def run(self, timeout_s: float, notify: Callable[[str], None], check: Callable[[], None]) -> DrainReport:
        """Rounds until nothing is missing or the time is up."""
        began = self._clock.monotonic()
        raw, is_second_look, told = self.ends(self._topics.raw), False, ""
        while True:
            check()
            self.read()
            if not is_second_look and not self.uncovered(raw):
                raw, is_second_look = self.ends(self._topics.raw), True
            waiting = self.waiting(raw)
            seconds = self._clock.monotonic() - began
            if not waiting or seconds > timeout_s:
                return DrainReport(seconds, waiting)
            step = next(iter(waiting))
            if step != told:
                notify(f"waiting for {step}")
                told = step


def drain(
    timeout_s: float = 300.0,
    where: KafkaConnection | None = None,
    generation: int = 1,
    clock: Clock = SYSTEM_CLOCK,
    notify: Callable[[str], None] = lambda _: None,
    check: Callable[[], None] = lambda: None,
) -> DrainReport:
    """Raises ServiceUnavailable where Kafka does not answer or has not the topics. `check` is called in every round; what it raises ends
    the wait.
    """
    connection = where or KafkaConnection()
    try:
        draining = Drain(connection, generation, clock, max(LEAST_ANSWER_TIMEOUT_S, min(timeout_s, ANSWER_TIMEOUT_S)))
        try:
            return draining.run(timeout_s, notify, check)
        finally:
            draining.close()
    except UnknownTopicOrPartitionError as why:
        raise _unavailable(connection, str(why.args[0]), "make the topics: `tracker topics`, or `tracker up`") from None
    except (KafkaError, OSError) as why:
        raise _unavailable(connection, type(why).__name__, "start it (`tracker up`), or correct TRACKER_KAFKA_BOOTSTRAP") from None


def _unavailable(connection: KafkaConnection, why: str, remedy: str) -> ServiceUnavailable:
    address = connection.bootstrap_servers
    message = f"Kafka at {address} does not tell how far the events are: {why}"
    return ServiceUnavailable(message, service="Kafka", address=address, remedy=remedy)
