"""What a worker tells about itself: structured logs, and the metrics of `schemas.metrics` that are its own."""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from schemas.facts import ResolvedFrame
from schemas.health import Position
from schemas.metrics import Kind, MetricName, Step, Wait, instruments
from streams.core.admission import Counts

_MAKERS: Final[Mapping[Kind, Any]] = {"counter": Counter, "gauge": Gauge, "histogram": Histogram}


class Telemetry:
    """One registry a worker, so that tests can have several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._made = instruments("worker", _MAKERS, self.registry)

    def _of(self, name: MetricName) -> Any:
        return self._made[name]

    @contextmanager
    def timed(self, step: Step) -> Iterator[None]:
        """Around the work of a step on one chunk; leave waits for others out."""
        began = time.perf_counter()
        yield
        self._of("tracker_chunk_seconds").labels(step).observe(time.perf_counter() - began)

    @contextmanager
    def waiting(self, what: Wait) -> Iterator[None]:
        """Around a wait."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._of("tracker_wait_seconds_total").labels(what).inc(time.perf_counter() - began)

    def admitted(self, counts: Counts) -> None:
        """A chunk of raw is done."""
        for (outcome, reason), n in counts.reasons.items():
            self._of("tracker_admit_records_total").labels(outcome, reason).inc(n)

    def stitched(self, frames: Sequence[ResolvedFrame]) -> None:
        """A chunk of frames is done."""
        self._of("tracker_stitch_frames_total").inc(len(frames))
        self._of("tracker_stitch_facts_total").inc(sum(len(frame.facts) for frame in frames))

    def refused(self, topic: str) -> None:
        """A chunk did not follow on the store's position."""
        self._of("tracker_chunks_refused_total").labels(topic).inc()

    def repaired(self) -> None:
        """A hole was read again."""
        self._of("tracker_holes_repaired_total").inc()

    def holes(self, count: int, oldest_s: float) -> None:
        """What the auditor sees now, of the partitions that the worker has."""
        self._of("tracker_holes").set(count)
        self._of("tracker_oldest_hole_seconds").set(oldest_s)

    def copies(self, ages_s: Mapping[tuple[str, int], float]) -> None:
        """Of the stores that the worker has now."""
        self._of("tracker_copy_age_seconds").clear()
        for (step, partition), age_s in ages_s.items():
            self._of("tracker_copy_age_seconds").labels(step, str(partition)).set(age_s)

    def copy_failed(self) -> None:
        """A store could not be saved."""
        self._of("tracker_copies_failed_total").inc()

    def folded(self, epoch: int) -> None:
        """The replica is at this epoch."""
        self._of("tracker_unify_epoch").set(epoch)

    def lags(self, positions: Iterable[Position], ages_s: Mapping[tuple[str, int], float]) -> None:
        """Of the partitions that the worker has now; those that moved away are told no more."""
        self._of("tracker_lag_records").clear()
        self._of("tracker_lag_seconds").clear()
        for found in positions:
            labels = found.step, str(found.partition)
            self._of("tracker_lag_records").labels(*labels).set(found.lag)
            self._of("tracker_lag_seconds").labels(*labels).set(ages_s.get((found.step, found.partition), 0.0))

    def stopped(self, count: int) -> None:
        """Partitions of raw that stand still on purpose."""
        self._of("tracker_stopped_partitions").set(count)

    def state(self, partitions: Mapping[str, int], standing_s: float, kafka_answers: bool, is_ready: bool) -> None:
        """What the last look found."""
        for step, count in partitions.items():
            self._of("tracker_partitions").labels(step).set(count)
        self._of("tracker_standing_seconds").set(standing_s)
        self._of("tracker_service_answers").labels("kafka").set(kafka_answers)
        self._of("tracker_ready").set(is_ready)

    def value(self, name: MetricName, **labels: str) -> float:
        """What a metric says now, 0 where it was never told; for the health page and for tests."""
        return self.registry.get_sample_value(name, labels) or 0.0


def set_up_logging(level: str = "INFO") -> None:
    """JSON lines on stderr; aiokafka and Faust speak from WARNING on, for their lower levels cost 9 % of a worker and show messages."""
    logging.basicConfig(level=level, format="%(message)s")
    for noisy in ("aiokafka", "faust", "mode", "kafka", "streams.app", "streams.transport"):  # services of Faust log under our modules
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
    )
