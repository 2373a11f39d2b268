"""A line of real parts: a Kafka, one database of a ClickHouse, any number of workers and sinks, all gone when it is over."""

import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import psutil
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import CoordinatorNotAvailableError

from deploy.chaos.programs import Program, Unmet, until
from deploy.chaos.records import Record
from deploy.drain import drain
from deploy.local.apart import running, settings_apart
from deploy.local.stages import Stage, parts_of
from deploy.settings import LocalSettings
from deploy.topics import create_topics
from schemas.connections import ClickHouseConnection, KafkaConnection
from schemas.topics import topic_names
from sinks.clickhouse import ClickHouse
from sinks.fingerprint import fingerprint, row_hashes
from sinks.migrate import migrate

PARTITIONS = 6
Prints = Mapping[str, tuple[int, str]]
"""By table: live rows, and the hash over their content."""


class Address(Protocol):
    """Where ClickHouse's HTTP interface answers; user `default` without a password."""

    @property
    def host(self) -> str: ...

    @property
    def port(self) -> int: ...


class HttpAddress(NamedTuple):
    """The plainest `Address`."""

    host: str
    port: int


@dataclass(frozen=True)
class Line:
    """`folder` holds logs and the workers' stores; `settings` go to every program."""

    kafka: str
    clickhouse: Address
    database: str
    folder: Path
    generation: int = 1
    settings: Mapping[str, object] = field(default_factory=dict)
    programs: list[Program] = field(default_factory=list)

    @property
    def connection(self) -> ClickHouseConnection:
        return ClickHouseConnection(host=self.clickhouse.host, port=self.clickhouse.port, database=self.database)

    @property
    def broker(self) -> KafkaConnection:
        return KafkaConnection(bootstrap_servers=self.kafka)

    def worker(self, name: str = "w1", **settings: Any) -> Program:
        """Starts a worker; one of the same name goes on with the stores that it left."""
        given = {"worker_id": name, "worker_state_dir": self.folder / "stores", **settings}
        return self._start(("streams", "worker"), name, given)

    def sink(self, name: str = "sink", **settings: Any) -> Program:
        """Starts a sink; one of the same name takes over at once from the one that was killed."""
        return self._start(("sinks", "consume"), name, {"sink_member_id": name, **settings})

    def lose(self, program: Program) -> None:
        """Kills it as by kill -9, and expects it no more."""
        program.kill()
        self.programs.remove(program)

    def _start(self, arguments: Sequence[str], name: str, settings: Mapping[str, object]) -> Program:
        reached = {
            "kafka_bootstrap": self.kafka,
            "clickhouse_host": self.clickhouse.host,
            "clickhouse_port": self.clickhouse.port,
            "clickhouse_database": self.database,
            "generation": self.generation,
        }
        log = self.folder / f"{name}-{self.database}-g{self.generation}.log"
        program = Program(arguments, {**reached, **self.settings, **settings}, log)
        self.programs.append(program)
        return program

    def at(self, kafka: str) -> "Line":
        """The same with that broker."""
        return replace(self, kafka=kafka, programs=[])

    def prepare(self) -> None:
        """Makes topics and tables."""
        create_topics(self.kafka, partitions=PARTITIONS, generation=self.generation)
        migrate(self.connection, self.generation)

    def send(self, records: Sequence[Record]) -> None:
        """All of them, in this order within a partition, whatever they hold."""
        producer = sender(self.kafka)
        try:
            for record in records:
                producer.send(topic_names().raw, record.value, record.key)
            producer.flush(timeout=120)
        finally:
            producer.close()

    def members_at_work(self) -> int:
        """Workers that have partitions, as the broker knows; 0 while they are given out anew."""
        group = f"tracker-worker.g{self.generation}"
        try:
            with closing(KafkaAdminClient(bootstrap_servers=self.kafka)) as admin:
                told = admin.describe_groups([group])[group]
        except CoordinatorNotAvailableError:
            return 0
        if told["group_state"] != "Stable":
            return 0
        return sum(bool(member["member_assignment"]) for member in told["members"])

    def all_at_work(self, workers: int, within_s: float = 120.0) -> None:
        """Returns when so many workers have partitions."""
        until(f"{workers} workers have partitions", lambda: self.members_at_work() == workers, within_s)

    def settle(self, within_s: float = 180.0) -> None:
        """Returns when all that was sent has landed; fails at once where a program that should run has ended."""
        report = drain(within_s, self.broker, self.generation, check=self._all_run)
        if not report.is_drained:
            raise Unmet(f"after {within_s:g} s {report}; " + "; ".join(program.last_words() for program in self.programs))

    def _all_run(self) -> None:
        for program in self.programs:
            if program.code not in (None, 0):
                raise Unmet(f"ended with {program.code}; {program.last_words()}")

    def prints(self) -> Prints:
        """What the tables hold, table by table."""
        return {name: (p.rows, p.hash) for name, p in fingerprint(self.connection, self.generation).tables.items()}

    def row_hashes(self, table: str) -> Mapping[tuple[Any, ...], str]:
        """By key the hash over the content of each live row."""
        return row_hashes(self.connection, self.generation, table)

    def ask(self, sql: str) -> Sequence[Sequence[Any]]:
        """`sql` may say {tables} for the database of the tables."""
        door = ClickHouse(self.connection, timeout_s=60)
        try:
            return door.ask(sql.format(tables=f"`{self.database}_g{self.generation}`")).rows
        finally:
            door.close()

    def ends(self, topic: str) -> dict[int, int]:
        """The next offset of each partition."""
        consumer = KafkaConsumer(bootstrap_servers=self.kafka, enable_auto_commit=False, metrics_enabled=False)
        try:
            partitions = [TopicPartition(topic, p) for p in sorted(consumer.partitions_for_topic(topic) or ())]
            return {tp.partition: end for tp, end in consumer.end_offsets(partitions).items()}
        finally:
            consumer.close(autocommit=False)

    def read(self, topic: str) -> list[Any]:
        """Every record of a topic."""
        consumer = KafkaConsumer(bootstrap_servers=self.kafka, enable_auto_commit=False, metrics_enabled=False)
        try:
            partitions = [TopicPartition(topic, p) for p in sorted(consumer.partitions_for_topic(topic) or ())]
            missing = sum(consumer.end_offsets(partitions).values())
            consumer.assign(partitions)
            consumer.seek_to_beginning(*partitions)
            found: list[Any] = []
            deadline = time.monotonic() + 60
            while len(found) < missing:
                if time.monotonic() >= deadline:
                    raise Unmet(f"{len(found)} of {missing} records of {topic} after 60 s")
                found += [record for batch in consumer.poll(timeout_ms=500).values() for record in batch]
            return found
        finally:
            consumer.close(autocommit=False)

    def stop(self) -> None:
        """Kills whatever runs."""
        for program in self.programs:
            program.kill()
        self.programs.clear()


def sender(kafka: str, patient: bool = False) -> KafkaProducer:
    """Quick, in order, nothing twice; takes records beyond the limits of an event. `patient`: an hour without a broker is no failure."""
    patience = {"delivery_timeout_ms": 3_600_000, "max_block_ms": 3_600_000} if patient else {}
    return KafkaProducer(
        **patience,
        bootstrap_servers=kafka,
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        linger_ms=20,
        batch_size=256 * 1024,
        max_request_size=32 * 2**20,
        metrics_enabled=False,
    )


@contextmanager
def own_kafka(folder: Path) -> Iterator[str]:
    """A broker with nothing in it."""
    settings = settings_apart(folder)
    with running(settings, Stage.KAFKA):
        yield settings.kafka_bootstrap
        killed(settings, Stage.KAFKA)  # quicker than a clean stop, and nothing of it is needed afterwards


def killed(settings: LocalSettings, stage: Stage) -> None:
    """A part of a stack of our own, as by kill -9."""
    program = parts_of(settings)[stage].daemon.running()
    if program is None:
        raise Unmet(f"{stage} does not run")
    os.killpg(program.pid, signal.SIGKILL)
    psutil.Process(program.pid).wait(timeout=60)


@contextmanager
def started(line: Line) -> Iterator[Line]:
    """Topics and tables are there; what it starts is killed at the end."""
    line.folder.mkdir(parents=True, exist_ok=True)
    line.prepare()
    try:
        yield line
    except Exception as why:  # whatever it was, it is raised again with what the programs said
        for program in line.programs:
            why.add_note(program.last_words())
        raise
    finally:
        line.stop()


def beside(line: Line, generation: int, **settings: object) -> Line:
    """The same events read by another generation."""
    return replace(line, generation=generation, settings={**line.settings, **settings}, programs=[], folder=line.folder / f"g{generation}")
