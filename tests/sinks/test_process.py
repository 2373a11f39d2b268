"""The sink as a process on the real Kafka and ClickHouse: killed at each named point, stopped, and without its services."""

import json
import signal
import time
from pathlib import Path

import pytest

from schemas.connections import ClickHouseConnection
from sinks.fingerprint import Fingerprint, fingerprint
from sinks.kill_points import KILLED, NAMES
from sinks.migrate import migrate
from tests.sinks.frames import a_frame, a_row, a_withdrawal, an_id
from tests.sinks.processes import behind, environment, fill, sink_process, wait_until
from tests.sinks.stores import connection_to
from tests.stack import ClickHouseAddress

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]


def frames(partition: int) -> list[bytes]:
    """40 frames of 25 rows in three tables; each journey gets four versions, every tenth is withdrawn in the end."""
    made = []
    for v in range(1, 41):
        keys = [{"customer_id": an_id(partition + 1), "journey_id": an_id(1000 * partition + 10 * (v % 10) + n)} for n in range(8)]
        journeys = [a_row("journeys", net=v, version=v, **k) for k in keys[1:]]
        touches = [a_row("touchpoints", event_id=an_id(10_000 * partition + 100 * v + n), version=v) for n in range(16)]
        customer = a_row("customers", customer_id=an_id(partition + 1), touchpoint_count=v, version=v)
        gone = [a_withdrawal("journeys", v, **keys[0])] if v > 30 else []
        made.append(a_frame({"touchpoints": touches, "journeys": journeys, "customers": [customer]}, {"journeys": gone}, generation=0))
    return made


def of_generation(generation: int) -> dict[int, list[bytes]]:
    """A frame carries its generation in the third byte: [array header, catalogue, generation, ...]."""
    assert generation < 128
    return {p: [f[:2] + bytes([generation]) + f[3:] for f in frames(p)] for p in (0, 1)}


def database_for(clickhouse: ClickHouseAddress, generation: int) -> ClickHouseConnection:
    connection = connection_to(clickhouse.host, clickhouse.port, f"process{generation}")
    migrate(connection, generation)
    return connection


@pytest.fixture(scope="module")
def undisturbed(kafka: str, clickhouse: ClickHouseAddress, tmp_path_factory: pytest.TempPathFactory) -> Fingerprint:
    """What a sink that nobody kills writes; it is stopped by SIGTERM and must leave within ten seconds with 0."""
    generation = 100
    connection = database_for(clickhouse, generation)
    fill(kafka, generation, of_generation(generation))
    env = environment(kafka, clickhouse.host, clickhouse.port, connection.database, generation)
    with sink_process(env, tmp_path_factory.mktemp("sink") / "log") as process:
        wait_until(lambda: behind(kafka, generation) == 0, "the sink to catch up")
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert time.monotonic() - started < 10
    return fingerprint(connection, generation)


def test_what_was_sent_is_in_the_tables(undisturbed: Fingerprint) -> None:
    rows = {name: table.rows for name, table in undisturbed.tables.items() if table.rows}
    assert rows == {"touchpoints": 2 * 40 * 16, "journeys": 2 * 70, "customers": 2}


@pytest.mark.parametrize("generation", range(101, 101 + len(NAMES)), ids=NAMES)
def test_a_kill_at_a_named_point_changes_nothing_in_the_end(
    kafka: str, clickhouse: ClickHouseAddress, undisturbed: Fingerprint, generation: int, tmp_path: Path
) -> None:
    connection = database_for(clickhouse, generation)
    fill(kafka, generation, of_generation(generation))
    point = NAMES[generation - 101]
    plain = environment(kafka, clickhouse.host, clickhouse.port, connection.database, generation)
    for at in (f"{point}:1", f"{point}:2"):
        with sink_process({**plain, "TRACKER_SINK_KILL_AT": at}, tmp_path / "log") as process:
            assert process.wait(timeout=60) == KILLED, (tmp_path / "log").read_text()
    with sink_process(plain, tmp_path / "log"):
        wait_until(lambda: behind(kafka, generation) == 0, "the sink to catch up after the kills")
    assert fingerprint(connection, generation) == undisturbed


def test_a_second_sink_joins_and_takes_over_when_the_first_is_killed(
    kafka: str, clickhouse: ClickHouseAddress, undisturbed: Fingerprint, tmp_path: Path
) -> None:
    generation = 109
    connection = database_for(clickhouse, generation)
    sent = of_generation(generation)
    fill(kafka, generation, {p: values[:20] for p, values in sent.items()})
    plain = environment(kafka, clickhouse.host, clickhouse.port, connection.database, generation, SINK_SESSION_TIMEOUT_MS="6000")
    with sink_process({**plain, "TRACKER_SINK_MEMBER_ID": "a"}, tmp_path / "a") as first:
        wait_until(lambda: behind(kafka, generation) == 0, "the first sink to store the first half")
        with sink_process({**plain, "TRACKER_SINK_MEMBER_ID": "b"}, tmp_path / "b"):
            wait_until(lambda: "sink.started" in (tmp_path / "b").read_text(), "the second sink to start")
            fill(kafka, generation, {p: values[20:] for p, values in sent.items()})
            first.kill()
            first.wait()
            wait_until(lambda: behind(kafka, generation) == 0, "the second sink to take over")
    assert fingerprint(connection, generation) == undisturbed


def test_a_frame_of_a_newer_worker_stops_the_sink_with_a_remedy(kafka: str, clickhouse: ClickHouseAddress, tmp_path: Path) -> None:
    generation = 110
    connection = database_for(clickhouse, generation)
    fill(kafka, generation, {0: [a_frame({"journeys": [a_row("journeys")]}, generation=generation, catalogue=2)]})
    env = environment(kafka, clickhouse.host, clickhouse.port, connection.database, generation)
    with sink_process(env, tmp_path / "log") as process:
        assert process.wait(timeout=60) == 1
    last = json.loads((tmp_path / "log").read_text().splitlines()[-1])
    assert (last["event"], last["kind"]) == ("sink.failed", "CatalogueNewer")
    assert "upgrade the sink" in last["remedy"]
    assert behind(kafka, generation) == 1


def test_without_clickhouse_at_the_start_it_ends_after_a_bounded_wait_with_a_remedy(kafka: str, tmp_path: Path) -> None:
    env = environment(kafka, "127.0.0.1", 1, "nowhere", 111, SINK_START_TIMEOUT_S="1")
    with sink_process(env, tmp_path / "log") as process:
        assert process.wait(timeout=30) == 1
    last = json.loads((tmp_path / "log").read_text().splitlines()[-1])
    assert "TRACKER_CLICKHOUSE_HOST" in last["remedy"]
