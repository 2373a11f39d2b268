"""What the sink tells about itself: the metrics of `schemas.metrics` that are its own, and log lines, one JSON object each on stderr,
constant event names, ids and counts, never a value of a row."""

import json
import logging
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from schemas.health import Position
from schemas.metrics import Kind, MetricName, Step, instruments
from sinks.freshness import Moments

_MAKERS: Final[Mapping[Kind, Any]] = {"counter": Counter, "gauge": Gauge, "histogram": Histogram}

QUIET_S: Final = 60.0
"""A library's line that says the same again is dropped for so long: kafka-python tells of an absent broker five times a second."""


class Telemetry:
    """One registry a sink, so that tests can have several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._made = instruments("sink", _MAKERS, self.registry)

    def _of(self, name: MetricName) -> Any:
        return self._made[name]

    @contextmanager
    def timed(self, step: Step) -> Iterator[None]:
        """Around the work of a step; a try that fails is no sample."""
        began = time.perf_counter()
        yield
        self._of("tracker_chunk_seconds").labels(step).observe(time.perf_counter() - began)

    def stored(self, rows: Mapping[str, int], rejected: int, fresh: Iterable[Moments], now_ms: float) -> None:
        """A batch is stored and committed: rows by table, those that were refused, and some of its new touchpoints."""
        for table, count in rows.items():
            self._of("tracker_sink_rows_total").labels(table).inc(count)
        self._of("tracker_sink_rows_rejected_total").inc(rejected)
        freshness = self._of("tracker_sink_freshness_seconds")
        for moments in fresh:
            freshness.labels("occurred").observe(max(0.0, now_ms - moments.occurred_at) / 1000)
            freshness.labels("received").observe(max(0.0, now_ms - moments.received_at) / 1000)

    def waits(self, wait_s: float) -> None:
        """A try failed; the next comes after so long."""
        self._of("tracker_sink_tries_failed_total").inc()
        self._of("tracker_wait_seconds_total").labels("clickhouse").inc(wait_s)

    def lags(self, positions: Iterable[Position], ages_s: Mapping[int, float]) -> None:
        """Of the partitions that the sink has now."""
        self._of("tracker_lag_records").clear()
        self._of("tracker_lag_seconds").clear()
        for found in positions:
            labels = found.step, str(found.partition)
            self._of("tracker_lag_records").labels(*labels).set(found.lag)
            self._of("tracker_lag_seconds").labels(*labels).set(ages_s.get(found.partition, 0.0))

    def state(self, partitions: int, standing_s: float, answers: Mapping[str, bool], is_waiting: bool, is_ready: bool) -> None:
        """What the last look found."""
        self._of("tracker_partitions").labels("insert").set(partitions)
        self._of("tracker_standing_seconds").set(standing_s)
        for service, does in answers.items():
            self._of("tracker_service_answers").labels(service).set(does)
        self._of("tracker_sink_waiting").set(is_waiting)
        self._of("tracker_ready").set(is_ready)

    def buffered(self, size_bytes: int) -> None:
        """Frames that are in memory and not stored."""
        self._of("tracker_sink_buffered_bytes").set(size_bytes)

    def value(self, name: MetricName, **labels: str) -> float:
        """What a metric says now, 0 where it was never told; for tests."""
        return self.registry.get_sample_value(name, labels) or 0.0


class _OnceInAWhile(logging.Filter):
    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        said, now = (record.name, str(record.msg)), time.monotonic()
        if now - self._said.get(said, -QUIET_S) < QUIET_S:
            return False
        self._said[said] = now
        return True


class _AsJson(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {"event": "library", "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        return json.dumps(line, ensure_ascii=False)


def configure_logging() -> None:
    """Once, at the start of the process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_AsJson())
    handler.addFilter(_OnceInAWhile())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
