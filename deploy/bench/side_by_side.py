"""The same job in other systems: the same events, each on a fresh Kafka and ClickHouse. Rows must equal ours, else nothing is compared."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from time import process_time

import orjson
from kafka.admin import KafkaAdminClient, NewTopic

from deploy.bench.landing import watch
from deploy.bench.load import Record, customer_of, send
from deploy.bench.stand import Stand, stand
from deploy.bench.whole_way import PARTITIONS, Round, micros, worked_off
from deploy.local.apart import environment_with
from deploy.settings import HOST
from streams.clock import SYSTEM_CLOCK
from streams.producer import Producer

PEERS = ("plain_loop", "quix_flow", "bytewax_flow", "faust_agent")
OURS, ENGINE, PRODUCER = "tracker", "clickhouse_kafka_engine", "producer_to_kafka"
TOPIC, DATABASE = "bench.visits", "bench"
_TABLES = (
    "CREATE TABLE touchpoints (customer String, occurred_at DateTime64(3, 'UTC'), event_id UUID, event_type String,"
    " source String, payload String, version UInt64)"
    " ENGINE = ReplacingMergeTree(version) ORDER BY (customer, occurred_at, event_id)",
    "CREATE TABLE sessions (customer String, started_at DateTime64(3, 'UTC'), ended_at DateTime64(3, 'UTC'), touchpoint_count UInt32,"
    " version UInt64) ENGINE = ReplacingMergeTree(version) ORDER BY (customer, started_at)",
    "CREATE TABLE journeys (customer String, opened_at DateTime64(3, 'UTC'), last_touch_at DateTime64(3, 'UTC'), touchpoint_count UInt32,"
    " session_count UInt32, version UInt64) ENGINE = ReplacingMergeTree(version) ORDER BY (customer, opened_at)",
)
_ENGINE_TABLES = (
    "CREATE TABLE queue (raw String) ENGINE = Kafka SETTINGS kafka_broker_list = '{kafka}', kafka_topic_list = '{topic}',"
    " kafka_group_name = 'engine', kafka_format = 'RawBLOB', kafka_num_consumers = 1",
    "CREATE TABLE touchpoints (customer String, occurred_at DateTime64(3, 'UTC'), event_id UUID, event_type String, raw String)"
    " ENGINE = MergeTree ORDER BY (customer, occurred_at, event_id)",
    "CREATE MATERIALIZED VIEW copy TO touchpoints AS SELECT JSONExtractString(raw, 'identities', 1, 'value') AS customer,"
    " parseDateTime64BestEffort(JSONExtractString(raw, 'occurred_at'), 3, 'UTC') AS occurred_at,"
    " toUUID(JSONExtractString(raw, 'event_id')) AS event_id, JSONExtractString(raw, 'event_type') AS event_type, raw FROM queue",
)
_THEIR_SESSIONS = (
    "SELECT sum(cityHash64(customer, started_at, ended_at, touchpoint_count)), count() FROM bench.sessions FINAL",
    "SELECT sum(cityHash64(customer, opened_at, last_touch_at, touchpoint_count, session_count)), count() FROM bench.journeys FINAL",
)
_NAMES = (
    "(SELECT customer_id, any(value) AS customer FROM tracker_g1.identities FINAL WHERE kind = 'customer_number' GROUP BY customer_id) AS n"
)
_OUR_SESSIONS = (
    "SELECT sum(cityHash64(n.customer, started_at, ended_at, touchpoint_count)), count()"
    f" FROM (SELECT * FROM tracker_g1.sessions FINAL) AS s JOIN {_NAMES} USING customer_id",
    "SELECT sum(cityHash64(n.customer, opened_at, last_touch_at, touchpoint_count, session_count)), count()"
    f" FROM (SELECT * FROM tracker_g1.journeys FINAL) AS j JOIN {_NAMES} USING customer_id",
)
Print = list[tuple[object, ...]]
"""(hash, count) of the sessions, then of the journeys."""


def ours(made: Sequence[Record], timeout_s: float) -> tuple[Round, Print]:
    """The tracker on the visits, everything it does."""
    with stand() as here:
        here.prepare(PARTITIONS)
        send(here.kafka, made)
        done = worked_off(here, len(made), timeout_s)
        return done, [here.ask(sql)[0] for sql in _OUR_SESSIONS]


def peer(name: str, python: Path, made: Sequence[Record], timeout_s: float) -> tuple[Round, Print]:
    """One of PEERS on the same visits, keyed by customer for it, so that it needs no second topic."""
    with stand() as here:
        _prepare(here, made, _TABLES)
        before = here.processor_time()
        module = f"deploy.bench.peers.{name}"
        command = (str(python), "-m", module, *(("worker", "-l", "warn") if name == "faust_agent" else ()))
        program = here.start(command, name, _settings(here))
        landing = watch(len(made), lambda: here.number("SELECT uniqExact(event_id) FROM bench.touchpoints"), timeout_s, here.check)
        spent = micros(before, here.processor_time(), len(made))
        spent["worker"] = spent.pop(name)
        done = Round(len(made), landing.seconds, spent, {"worker": program.resident_mib})
        return done, [here.ask(sql)[0] for sql in _THEIR_SESSIONS]


def engine(made: Sequence[Record], timeout_s: float) -> Round:
    """ClickHouse reads the topic by itself: no validation, no state, one table. A mark, not a peer."""
    with stand() as here:
        _prepare(here, made, ())
        before = here.processor_time()
        for sql in _ENGINE_TABLES:
            here.ask(_in_database(sql.format(kafka=here.settings.kafka_bootstrap, topic=TOPIC)))
        landing = watch(len(made), lambda: here.number("SELECT count() FROM bench.touchpoints"), timeout_s)
        return Round(len(made), landing.seconds, micros(before, here.processor_time(), len(made)), {})


def producer(made: Sequence[Record], timeout_s: float) -> Round:
    """The producers' SDK on the same visits, from documents to Kafka's acknowledgement, with nothing behind it: a mark."""
    documents = [orjson.loads(value) for _, value in made]
    with stand() as here:
        here.prepare(PARTITIONS)
        before, began, used = here.processor_time(), SYSTEM_CLOCK.monotonic(), process_time()
        with Producer(source="bench", connection=here.kafka) as sdk:
            for document in documents:
                sdk.emit_document(document)
            report = sdk.flush(timeout_s)
        seconds, spent = SYSTEM_CLOCK.monotonic() - began, micros(before, here.processor_time(), len(made))
        assert report.delivered == len(made), str(report)
        spent["worker"] = (process_time() - used) / len(made) * 1e6
        return Round(len(made), seconds, spent, {})


def _prepare(here: Stand, made: Sequence[Record], tables: Sequence[str]) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=here.settings.kafka_bootstrap)) as admin:
        admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])
    send(here.kafka, [(customer_of(value), value) for _, value in made], TOPIC)
    for sql in (f"CREATE DATABASE {DATABASE}", *map(_in_database, tables)):
        here.ask(sql)


def _in_database(sql: str) -> str:
    for verb in ("CREATE TABLE ", "CREATE MATERIALIZED VIEW "):
        if sql.startswith(verb):
            sql = sql.replace(verb, f"{verb}{DATABASE}.", 1)
    return sql.replace(" TO touchpoints", f" TO {DATABASE}.touchpoints").replace(" FROM queue", f" FROM {DATABASE}.queue")


def _settings(here: Stand) -> dict[str, str]:
    return environment_with({}) | {
        "BENCH_KAFKA": here.settings.kafka_bootstrap,
        "BENCH_TOPIC": TOPIC,
        "BENCH_PARTITIONS": str(PARTITIONS),
        "BENCH_CLICKHOUSE_HOST": HOST,
        "BENCH_CLICKHOUSE_PORT": str(here.settings.clickhouse_http_port),
        "BENCH_DATABASE": DATABASE,
        "BENCH_STATE": str(here.folder / "state"),
    }


def equal(one: Print, other: Print) -> bool:
    """Whether both have the same sessions and journeys."""
    return [[str(value) for value in row] for row in one] == [[str(value) for value in row] for row in other]
