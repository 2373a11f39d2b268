"""Every metric that a worker or a sink tells, in one typed list: the programs make their instruments of it, and the page for operators, the
alerts and the dashboard are made of it too (`python -m deploy.watching`).

A label never holds what names a person. Counters end in `_total`, times are seconds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

Program = Literal["worker", "sink"]
Kind = Literal["counter", "gauge", "histogram"]
Step = Literal["admit", "resolve", "unify", "stitch", "project", "batch", "insert", "commit"]
Wait = Literal["links", "acknowledgement", "kafka", "clickhouse"]

MetricName = Literal[
    "tracker_admit_records_total",
    "tracker_stitch_facts_total",
    "tracker_stitch_frames_total",
    "tracker_chunks_refused_total",
    "tracker_holes_repaired_total",
    "tracker_holes",
    "tracker_oldest_hole_seconds",
    "tracker_unify_epoch",
    "tracker_chunk_seconds",
    "tracker_wait_seconds_total",
    "tracker_lag_records",
    "tracker_lag_seconds",
    "tracker_standing_seconds",
    "tracker_partitions",
    "tracker_stopped_partitions",
    "tracker_copy_age_seconds",
    "tracker_copies_failed_total",
    "tracker_service_answers",
    "tracker_ready",
    "tracker_sink_rows_total",
    "tracker_sink_rows_rejected_total",
    "tracker_sink_tries_failed_total",
    "tracker_sink_waiting",
    "tracker_sink_buffered_bytes",
    "tracker_sink_freshness_seconds",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
]
NAMES: Final[tuple[MetricName, ...]] = get_args(MetricName)

CHUNK_BUCKETS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
FRESHNESS_BUCKETS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3_600.0, 21_600.0, 86_400.0, 604_800.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """`meaning` is the HELP text; `watch` says when to worry. `by_library`: prometheus_client makes and fills it."""

    name: MetricName
    kind: Kind
    programs: tuple[Program, ...]
    meaning: str
    watch: str = ""
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    by_library: bool = False


_WORKER: Final[tuple[Program, ...]] = ("worker",)
_SINK: Final[tuple[Program, ...]] = ("sink",)
_BOTH: Final[tuple[Program, ...]] = ("worker", "sink")

METRICS: Final[tuple[Metric, ...]] = (
    Metric(
        "tracker_admit_records_total",
        "counter",
        _WORKER,
        "records of raw by what became of them: accepted, duplicate, dead or dropped, with the reason",
        "the share of `dead` grows: a producer changed",
        ("outcome", "reason"),
    ),
    Metric("tracker_stitch_facts_total", "counter", _WORKER, "facts stitched into histories"),
    Metric("tracker_stitch_frames_total", "counter", _WORKER, "frames of facts and control records stitched"),
    Metric(
        "tracker_chunks_refused_total",
        "counter",
        _WORKER,
        "chunks that did not follow on the store's position and were read again, by topic",
        "it grows all the time: something skips records",
        ("topic",),
    ),
    Metric("tracker_holes_repaired_total", "counter", _WORKER, "ranges of raw that the auditor read again", "above 0: look why"),
    Metric("tracker_holes", "gauge", _WORKER, "ranges of raw below a covered one of which no ledger record tells", "above 0 for minutes"),
    Metric("tracker_oldest_hole_seconds", "gauge", _WORKER, "age of the oldest of these holes, 0 without any", "above 180"),
    Metric("tracker_unify_epoch", "gauge", _WORKER, "last epoch of identity.links that is folded; all workers come to the same"),
    Metric(
        "tracker_chunk_seconds",
        "histogram",
        _BOTH,
        "time that a step takes for one chunk, one batch or one INSERT, waits for others not counted",
        "a step's p99 has multiplied",
        ("step",),
        CHUNK_BUCKETS,
    ),
    Metric(
        "tracker_wait_seconds_total",
        "counter",
        _BOTH,
        "time waited for who is who (links), for Kafka's acknowledgement, for an absent Kafka, for an absent ClickHouse",
        "kafka or clickhouse grows at all; links grows faster than half a second a second",
        ("what",),
    ),
    Metric(
        "tracker_lag_records",
        "gauge",
        _BOTH,
        "end offset that the broker names, less the position of the store (admit, unify, stitch) or of the commit (insert)",
        "it grows for minutes; a step with a growing lag is the slow one",
        ("step", "partition"),
    ),
    Metric(
        "tracker_lag_seconds",
        "gauge",
        _BOTH,
        "age of the oldest record that the step has not done, by Kafka's time of the record; 0 without lag",
        "above what your readers bear",
        ("step", "partition"),
    ),
    Metric(
        "tracker_standing_seconds",
        "gauge",
        _BOTH,
        "longest time for which a partition with lag has made no progress while the services answer",
        "it nears TRACKER_WORKER_STUCK_AFTER_S or TRACKER_SINK_STUCK_AFTER_S: there the program ends for a restart",
    ),
    Metric("tracker_partitions", "gauge", _BOTH, "partitions that the program has, by step", "0: it has no assignment", ("step",)),
    Metric(
        "tracker_stopped_partitions",
        "gauge",
        _WORKER,
        "partitions of raw that the worker stopped on purpose, since too much of them was rejected",
        "above 0: its events wait until somebody decides",
    ),
    Metric(
        "tracker_copy_age_seconds",
        "gauge",
        _WORKER,
        "for how long a store has gone on without a saved copy; 0 where it did not move since, or where no copies are kept",
        "above 3 times TRACKER_WORKER_COPY_EVERY_S: a lost disk costs that much of the log",
        ("step", "partition"),
    ),
    Metric(
        "tracker_copies_failed_total",
        "counter",
        _WORKER,
        "stores that could not be saved",
        "it grows: copy_failed in the worker's log says why (the folder is full or gone)",
    ),
    Metric("tracker_service_answers", "gauge", _BOTH, "1 where kafka or clickhouse answered the last probe, else 0", "0", ("service",)),
    Metric("tracker_ready", "gauge", _BOTH, "1 where /readyz answers 200, else 0", "0 for minutes"),
    Metric("tracker_sink_rows_total", "counter", _SINK, "rows stored by table, withdrawals too", "", ("table",)),
    Metric("tracker_sink_rows_rejected_total", "counter", _SINK, "rows that ClickHouse refused; they are in rejected_rows", "above 0"),
    Metric("tracker_sink_tries_failed_total", "counter", _SINK, "tries to store a batch that ClickHouse did not take", "it grows"),
    Metric("tracker_sink_waiting", "gauge", _SINK, "1 while a batch waits for ClickHouse and the partitions are paused", "1 for minutes"),
    Metric("tracker_sink_buffered_bytes", "gauge", _SINK, "bytes of frames in memory, not stored yet", "beyond 3 times the batch limit"),
    Metric(
        "tracker_sink_freshness_seconds",
        "histogram",
        _SINK,
        "from when a touchpoint occurred, or was received by Kafka, until its row can be queried; some of each batch's new ones",
        "p99 of `received` above what you promised",
        ("since",),
        FRESHNESS_BUCKETS,
    ),
    Metric("process_resident_memory_bytes", "gauge", _BOTH, "resident memory", "it grows day by day", by_library=True),
    Metric("process_cpu_seconds_total", "counter", _BOTH, "processor time", by_library=True),
)


def of_program(program: Program) -> tuple[Metric, ...]:
    """The metrics that this program fills itself."""
    return tuple(metric for metric in METRICS if program in metric.programs and not metric.by_library)


def instruments(program: Program, makers: Mapping[Kind, Callable[..., Any]], registry: Any) -> dict[MetricName, Any]:
    """One instrument for each metric of `program`, made by prometheus_client's class of its kind, in `registry`."""
    made: dict[MetricName, Any] = {}
    for metric in of_program(program):
        more = {"buckets": metric.buckets} if metric.kind == "histogram" else {}
        made[metric.name] = makers[metric.kind](metric.name, metric.meaning, metric.labels, registry=registry, **more)
    return made
