"""`tracker rebuild --customer`: asks the partition of one customer to judge and send all of its rows anew, and looks that they came.

The request is one record in the customer's partition of resolved, read by whoever owns it; its offset is the version of all rows that it
makes. What ClickHouse shows of the customer with a lesser version afterwards was not told again: nothing in the state stands behind it.
"""

from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kafka import KafkaProducer
from kafka.errors import KafkaError

from deploy.rebuild.cut import cutting
from deploy.rebuild.errors import RebuildRefused, RebuildStuck
from deploy.who.naming import customer_id_in, named
from schemas.connections import KafkaConnection
from schemas.errors import ServiceUnavailable
from schemas.facts import ResolvedFrame, encode_resolved, partition_of
from schemas.ledger_tables import TABLES
from schemas.topics import topic_names
from sinks.clickhouse import ClickHouse, tables_database
from sinks.publish import published_generation
from sinks.settings import SinkSettings
from streams.clock import Clock
from streams.core.identity.policy import solo
from streams.rules_file import load_rules
from streams.settings import WorkerSettings

WAIT_S = 120.0
TOLD = ("touchpoints", "sessions", "journeys", "customers", "identities", "identity_links", "identity_conflicts", "alerts")
EPISODES = ("orders", "shipments", "tickets", "calls", "returns", "subscriptions", "surveys", "conversations")


@dataclass(frozen=True, slots=True)
class ToldTable:
    """Live rows of the customer: with the version of the request, and with a lesser one."""

    table: str
    told: int
    left: int


@dataclass(frozen=True, slots=True)
class CustomerReport:
    """`offset` of the request in the customer's partition of resolved."""

    customer_id: str
    generation: int
    partition: int
    offset: int
    seconds: float
    tables: tuple[ToldTable, ...]

    @property
    def left(self) -> int:
        return sum(table.left for table in self.tables)


def rebuild_customer(words: str, worker: WorkerSettings, sink: SinkSettings, clock: Clock) -> CustomerReport:
    """In the generation that the views show. NotNamed or RebuildRefused where nobody is meant, RebuildStuck where no answer comes."""
    began, generation = clock.monotonic(), published_generation(sink.clickhouse)
    if generation is None:
        raise RebuildRefused("no generation is live", "make the first one: tracker topics; tracker migrate")
    door = ClickHouse(sink.clickhouse)
    database = tables_database(sink.clickhouse, generation)
    with closing(door), cutting(worker.kafka, generation, clock) as cut:
        customer = _customer(words, worker, door, database)
        partition = partition_of(customer.bytes, len(cut.ends(topic_names(generation).resolved)))
        offset = _ask(worker.kafka, topic_names(generation).resolved, partition, customer.bytes)
        until = clock.monotonic() + WAIT_S

        def watch(_: int) -> None:
            if clock.monotonic() > until:
                raise RebuildStuck(
                    "the request is not answered", f"see that workers and sinks of generation {generation} run: tracker drain"
                )

        cut.passed({}, watch)
        tables = _counts(door, database, customer, offset)
    if not any(table.told or table.left for table in tables):
        raise RebuildRefused("there is no such customer", "give a customer_id of tracker.customers, or an identity as KIND:VALUE")
    return CustomerReport(str(customer), generation, partition, offset, round(clock.monotonic() - began, 1), tables)


def _customer(words: str, worker: WorkerSettings, door: ClickHouse, database: str) -> UUID:
    """The customer as of now: who became part of another is that other."""
    known = customer_id_in(words) or solo(
        named(words, worker.identity_key.get_secret_value().encode(), load_rules(worker.rules_path)).token
    )
    wanted = UUID(bytes=known)
    rows = door.ask(f"SELECT now_customer_id FROM `{database}`.customer_redirects FINAL WHERE customer_id = '{wanted}'").rows
    return UUID(str(rows[0][0])) if rows else wanted


def _ask(kafka: KafkaConnection, topic: str, partition: int, customer: bytes) -> int:
    """The offset of the request. It carries no epoch of its own: the partition's stays as it is."""
    request = encode_resolved(ResolvedFrame(-1, [], [], [], anew=[customer]))
    try:
        producer: Any = KafkaProducer(acks="all", metrics_enabled=False, **kafka.client_options())
        try:
            return int(producer.send(topic, request, partition=partition).get(timeout=30).offset)
        finally:
            producer.close()
    except (KafkaError, OSError) as why:
        address, remedy = kafka.bootstrap_servers, "start it (`tracker up`), or correct TRACKER_KAFKA_BOOTSTRAP"
        raise ServiceUnavailable(f"Kafka at {address}: {type(why).__name__}", service="Kafka", address=address, remedy=remedy) from why


def _counts(door: ClickHouse, database: str, customer: UUID, offset: int) -> tuple[ToldTable, ...]:
    found = []
    for name in (*TOLD, *EPISODES):
        assert "customer_id" in TABLES[name].keys
        counts = f"countIf(version >= {offset}), countIf(version < {offset})"
        ((told, left),) = door.ask(f"SELECT {counts} FROM `{database}`.`{name}` FINAL WHERE customer_id = '{customer}'").rows
        found.append(ToldTable(name, int(told), int(left)))
    return tuple(found)
