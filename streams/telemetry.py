"""What a worker tells about itself: structured logs and Prometheus metrics, their names in one list."""

import logging
from collections.abc import Sequence
from typing import Final, Literal, get_args

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

from schemas.facts import ResolvedFrame
from streams.core.admission import Counts

MetricName = Literal[
    "tracker_admit_records_total",  # counter, records of raw by outcome and reason
    "tracker_stitch_facts_total",  # counter, facts taken in
    "tracker_stitch_frames_total",  # counter, frames taken in
    "tracker_chunks_refused_total",  # counter, chunks that did not follow on the store's position, by topic
    "tracker_holes_repaired_total",  # counter, ranges of raw that the auditor read again
    "tracker_unify_epoch",  # gauge, last epoch folded
]
METRICS: Final[tuple[MetricName, ...]] = get_args(MetricName)


class Telemetry:
    """One registry a worker, so that tests can have several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._admitted = self._counter("tracker_admit_records_total", "records of raw", "outcome", "reason")
        self._facts = self._counter("tracker_stitch_facts_total", "facts taken in")
        self._frames = self._counter("tracker_stitch_frames_total", "frames taken in")
        self._refused = self._counter("tracker_chunks_refused_total", "chunks that did not follow on the position", "topic")
        self._holes = self._counter("tracker_holes_repaired_total", "ranges of raw read again")
        self._epoch = Gauge(_named("tracker_unify_epoch"), "last epoch folded", registry=self.registry)

    def _counter(self, name: MetricName, meaning: str, *labels: str) -> Counter:
        return Counter(_named(name), meaning, labels, registry=self.registry)

    def admitted(self, counts: Counts) -> None:
        """A chunk of raw is done."""
        for (outcome, reason), n in counts.reasons.items():
            self._admitted.labels(outcome, reason).inc(n)

    def stitched(self, frames: Sequence[ResolvedFrame]) -> None:
        """A chunk of frames is done."""
        self._frames.inc(len(frames))
        self._facts.inc(sum(len(frame.facts) for frame in frames))

    def refused(self, topic: str) -> None:
        """A chunk did not follow on the store's position."""
        self._refused.labels(topic).inc()

    def repaired(self) -> None:
        """A hole was read again."""
        self._holes.inc()

    def folded(self, epoch: int) -> None:
        """The replica is at this epoch."""
        self._epoch.set(epoch)


def _named(name: MetricName) -> str:
    return name


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
