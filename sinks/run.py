"""Puts the sink together from its settings and runs it until it is told to stop."""

import gc
import threading
import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from schemas.errors import ServiceUnavailable
from schemas.topics import topic_names
from sinks.clickhouse import ClickHouse, ClickHouseStore, tables_database
from sinks.consumer import RetryPolicy, Sink
from sinks.health import Watch
from sinks.kafka_log import KafkaLog, group_of
from sinks.kill_points import KillPoints
from sinks.settings import SinkSettings
from sinks.telemetry import Telemetry

STEP_S = 0.5
"""Longest round: how soon a request to stop is seen."""
_BOOTSTRAP_MS = 5_000

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")


def run(settings: SinkSettings, stop: threading.Event) -> None:
    """Returns after `stop` is set and what was read is stored, or left for the next start; raises Fatal, and ServiceUnavailable where
    Kafka or ClickHouse is not there at the start."""
    kill = KillPoints(settings.sink_kill_at)
    door = ClickHouse(settings.clickhouse, timeout_s=settings.sink_insert_timeout_s)
    _patiently(lambda: door.ask("SELECT 1"), settings.sink_start_timeout_s, stop)
    log = _patiently(lambda: _open_log(settings), settings.sink_start_timeout_s, stop)
    if log is None:
        return
    store = ClickHouseStore(door, tables_database(settings.clickhouse, settings.generation))
    telemetry = Telemetry()
    sink = Sink(log, store, settings.generation, time.monotonic, settings.flush_policy, RetryPolicy(), kill, telemetry)
    watch = Watch(settings, telemetry, lambda: log.assigned, lambda: sink.is_waiting)
    gc.freeze()
    _log.info("sink.started", topic=log.topic, group=group_of(settings.generation), generation=settings.generation)
    try:
        while not stop.is_set():
            sink.step(STEP_S)
            watch.beat()
        finished = sink.finish()
        _log.info("sink.stopped", rows_stored=sink.rows_stored, rows_rejected=sink.rows_rejected, all_stored=finished)
    finally:
        watch.close()
        log.close()
        door.close()


def _open_log(settings: SinkSettings) -> KafkaLog:
    return KafkaLog(
        settings.kafka,
        topic_names(settings.generation).journeys,
        group_of(settings.generation),
        session_timeout_ms=settings.sink_session_timeout_ms,
        group_instance_id=settings.sink_member_id,
        bootstrap_timeout_ms=_BOOTSTRAP_MS,
        client_id="tracker-sink",
    )


def _patiently(attempt: Callable[[], _T], longest_s: float, stop: threading.Event) -> _T | None:
    """None when told to stop; the last error when `longest_s` have passed."""
    until, said = time.monotonic() + longest_s, False
    while not stop.is_set():
        try:
            return attempt()
        except ServiceUnavailable as error:
            if time.monotonic() >= until:
                raise
            if not said:
                _log.warning("sink.waiting_at_start", reason=error.message, remedy=error.remedy, longest_s=longest_s)
            said = True
            stop.wait(1.0)
    return None
