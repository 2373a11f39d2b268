"""The real Kafka and ClickHouse of `tracker up`: started, killed, brought back, stopped. One stack for the module, on free ports."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import sys
from collections.abc import Iterator

import psutil
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from deploy.local import stack
from deploy.local.checks import Verdict
from deploy.local.clickhouse.wire import ask
from deploy.local.doctor import examine
from deploy.local.errors import PartFailed, PortTaken
from deploy.local.parts import PartStatus, State
from deploy.local.ports import is_free
from deploy.local.stages import Stage, parts_of
from deploy.roundtrip import RoundTripFailed
from deploy.settings import LocalSettings
from streams.clock import SYSTEM_CLOCK
from tests.stack import local_settings, running

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.enable_socket]
SERVERS = (Stage.KAFKA, Stage.CLICKHOUSE)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSettings]:
    settings = local_settings(tmp_path_factory.mktemp("for real"))  # with a space in its path
    with running(settings, *SERVERS):
        yield settings


@pytest.fixture
def settings(shared: LocalSettings) -> LocalSettings:
    """Up, whatever the test before did."""
    stack.up(shared, SERVERS)
    return shared


def statuses(settings: LocalSettings) -> dict[str, PartStatus]:
    return {part.name: part for part in stack.status(settings, SYSTEM_CLOCK.now().timestamp())}


def kill(settings: LocalSettings, part: str) -> None:
    pid = statuses(settings)[part].pid
    assert pid is not None
    program = psutil.Process(pid)
    os.kill(pid, signal.SIGKILL)
    program.wait(timeout=20)


def test_both_are_ready_and_say_where_they_are(settings: LocalSettings) -> None:
    found = statuses(settings)
    assert [found[part].state for part in SERVERS] == [State.READY, State.READY]
    assert (found["kafka"].port, found["clickhouse"].port) == (settings.kafka_port, settings.clickhouse_http_port)
    assert all((found[part].resident_mib or 0) > 50 for part in SERVERS)
    assert found["worker"].state is State.STOPPED


def test_a_second_up_starts_nothing(settings: LocalSettings) -> None:
    before = statuses(settings)
    results = stack.up(settings, SERVERS)
    assert all(result.already for result in results)
    assert {name: part.pid for name, part in statuses(settings).items()} == {name: part.pid for name, part in before.items()}


def test_what_kafka_acknowledged_outlives_kill_9_and_only_kafka_is_brought_back(settings: LocalSettings) -> None:
    with contextlib.closing(KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)) as admin:
        admin.create_topics([NewTopic("kept", 1, 1)])
    with contextlib.closing(KafkaProducer(bootstrap_servers=settings.kafka_bootstrap, acks="all")) as producer:
        producer.send("kept", b"still here").get(timeout=20)
    clickhouse_pid = statuses(settings)["clickhouse"].pid
    kill(settings, "kafka")
    assert statuses(settings)["kafka"].state is State.DIED
    assert [result.already for result in stack.up(settings, SERVERS)] == [False, True]
    assert statuses(settings)["clickhouse"].pid == clickhouse_pid
    with contextlib.closing(KafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, auto_offset_reset="earliest")) as consumer:
        consumer.assign([TopicPartition("kept", 0)])
        assert next(consumer).value == b"still here"


def test_what_clickhouse_stored_outlives_kill_9_and_only_clickhouse_is_brought_back(settings: LocalSettings) -> None:
    port = settings.clickhouse_http_port
    for statement in (
        "CREATE DATABASE IF NOT EXISTS kept",
        "CREATE OR REPLACE TABLE kept.rows (n UInt64) ENGINE = MergeTree ORDER BY n",
        "INSERT INTO kept.rows SELECT number FROM numbers(1000)",
    ):
        ask(port, statement, timeout_s=20)
    kafka_pid = statuses(settings)["kafka"].pid
    kill(settings, "clickhouse")
    assert statuses(settings)["clickhouse"].state is State.DIED
    assert [result.already for result in stack.up(settings, SERVERS)] == [True, False]
    assert statuses(settings)["kafka"].pid == kafka_pid
    assert ask(port, "SELECT count(), sum(n) FROM kept.rows") == "1000\t499500"


def test_clickhouse_keeps_its_query_log_over_a_restart(settings: LocalSettings) -> None:
    port = settings.clickhouse_http_port
    ask(port, "SELECT 'a query to be remembered'")
    ask(port, "SYSTEM FLUSH LOGS", timeout_s=20)
    stack.down(settings, [Stage.CLICKHOUSE])
    stack.up(settings, SERVERS)
    found = ask(port, "SELECT count() FROM system.query_log WHERE type = 'QueryFinish' AND query = 'SELECT ''a query to be remembered'''")
    assert int(found) >= 1


def test_both_killed_at_once_come_back(settings: LocalSettings) -> None:
    for part in SERVERS:
        kill(settings, part)
    assert [result.already for result in stack.up(settings, SERVERS)] == [False, False]


def test_topics_and_tables_are_made_once_and_found_by_doctor(settings: LocalSettings) -> None:
    stack.up(settings, [Stage.TOPICS, Stage.MIGRATE])
    assert [result.already for result in stack.up(settings, [*SERVERS, Stage.TOPICS, Stage.MIGRATE])][:2] == [True, True]
    verdicts = {check.name: check.verdict for check in examine(settings, SYSTEM_CLOCK.now().timestamp())}
    assert (verdicts["topics"], verdicts["migrations"]) == (Verdict.OK, Verdict.OK)


def test_an_event_that_nobody_carries_on_is_a_failure_in_bounded_time(settings: LocalSettings) -> None:
    stack.up(settings, [Stage.TOPICS, Stage.MIGRATE])
    hasty = settings.model_copy(update={"roundtrip_timeout_s": 1.0})
    with pytest.raises(RoundTripFailed, match=r"SQL does not find it in tracker\.touchpoints; after 1 s: no row"):
        stack.up(hasty, [Stage.ROUNDTRIP])


def test_a_part_that_died_ends_the_wait_for_the_event_with_its_log(settings: LocalSettings) -> None:
    stack.up(settings, [Stage.TOPICS, Stage.MIGRATE])
    sink = parts_of(settings)[Stage.SINK].daemon
    broken = dataclasses.replace(sink, command=(sys.executable, "-c", "raise SystemExit('out of order')"))
    psutil.Process(broken.start().pid).wait(timeout=20)
    with pytest.raises(RoundTripFailed, match=r"sink ended by itself; its log ends:\n +out of order"):
        stack.up(settings, [Stage.ROUNDTRIP])
    sink.stop(timeout_s=1)


def test_down_stops_all_in_reverse_order_and_frees_the_ports(settings: LocalSettings) -> None:
    assert stack.down(settings) == ["clickhouse", "kafka"]
    assert all(is_free(port) for port in (settings.kafka_port, settings.kafka_controller_port, settings.clickhouse_http_port))
    assert {part.state for part in statuses(settings).values()} == {State.STOPPED}
    assert stack.down(settings) == []


def test_another_stack_on_the_same_ports_is_refused_with_the_holder(settings: LocalSettings) -> None:
    other = settings.model_copy(update={"data_dir": settings.folder / "other"})
    pid = statuses(settings)["clickhouse"].pid
    with pytest.raises(PortTaken, match=rf"pid {pid} "):
        stack.up(other, [Stage.CLICKHOUSE])


def test_changed_settings_are_refused_while_the_part_runs(settings: LocalSettings) -> None:
    changed = settings.model_copy(update={"clickhouse_max_memory_mib": 600})
    with pytest.raises(PartFailed, match="other settings") as refused:
        stack.up(changed, [Stage.CLICKHOUSE])
    assert "tracker down --only clickhouse" in refused.value.remedy


def test_a_start_that_fails_shows_the_end_of_the_log(settings: LocalSettings) -> None:
    stack.down(settings, [Stage.CLICKHOUSE])
    store = settings.folder / "clickhouse" / "store"
    aside = store.rename(store.with_name("aside"))
    store.write_text("a file where a folder should be")
    try:
        with pytest.raises(PartFailed, match=r"clickhouse ended right after its start; its log ends:[\s\S]*store"):
            stack.up(settings, [Stage.CLICKHOUSE])
    finally:
        store.unlink()
        aside.rename(store)
