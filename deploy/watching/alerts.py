"""Alerts for Prometheus, each with what to do; `deploy/prometheus/rules.yaml` is made of them."""

from typing import Final, NamedTuple

import yaml

GROUP: Final = "tracker"
RUNBOOK: Final = "docs/operating.md#what-to-watch"


class Alert(NamedTuple):
    """`lasting`: how long `expr` must hold; severity `page` wakes somebody, `ticket` waits for the morning."""

    name: str
    expr: str
    lasting: str
    severity: str
    summary: str
    todo: str


_FRESH: Final = 'sum by (le) (rate(tracker_sink_freshness_seconds_bucket{since="received"}[10m]))'
_ADMITTED: Final = "sum(rate(tracker_admit_records_total[10m]))"

ALERTS: Final[tuple[Alert, ...]] = (
    Alert("TrackerNoWorker", "absent(tracker_unify_epoch)", "2m", "page", "no worker tells of itself", "start one; events wait in Kafka"),
    Alert("TrackerNoSink", "absent(tracker_sink_waiting)", "2m", "page", "no sink tells of itself", "start one; rows wait 7 days"),
    Alert(
        "TrackerNotReady",
        "tracker_ready == 0",
        "5m",
        "page",
        "{{ $labels.instance }} is not at work",
        "`tracker health` names what is missing: partitions, who is who, Kafka or ClickHouse",
    ),
    Alert(
        "TrackerStandsStill",
        "tracker_standing_seconds > 60",
        "0m",
        "page",
        "{{ $labels.instance }} makes no progress for {{ $value }} s though it has lag and the services answer",
        "it ends for a restart by itself at its limit; keep its log, and see that something starts it again",
    ),
    Alert(
        "TrackerLag",
        "max by (step) (tracker_lag_seconds) > 300",
        "10m",
        "ticket",
        "step {{ $labels.step }} is {{ $value }} s behind",
        "admit, unify, stitch: start another worker; insert: look at ClickHouse, or start another sink",
    ),
    Alert(
        "TrackerHole",
        "tracker_oldest_hole_seconds > 180",
        "0m",
        "page",
        "a range of raw is not accounted for since {{ $value }} s",
        "`tracker reconcile` says which; events hole_below_the_log and hole_waits in the worker's log say why it is not mended",
    ),
    Alert(
        "TrackerHoleRepaired",
        "increase(tracker_holes_repaired_total[1h]) > 0",
        "0m",
        "ticket",
        "a hole was found and mended",
        "nothing is lost; keep the worker's log of that hour, for a step was skipped",
    ),
    Alert(
        "TrackerDeadLetters",
        f'sum(rate(tracker_admit_records_total{{outcome="dead"}}[10m])) / {_ADMITTED} > 0.01',
        "10m",
        "ticket",
        "{{ $value | humanizePercentage }} of the events cannot be accepted",
        "SELECT source, reason, field, count() FROM tracker.dead_letters GROUP BY 1, 2, 3: tell the producer",
    ),
    Alert(
        "TrackerPartitionStopped",
        "tracker_stopped_partitions > 0",
        "0m",
        "page",
        "{{ $labels.instance }} stopped {{ $value }} partitions of raw",
        "too much was rejected: the worker's log (partition_stopped) says why and how to go on; a restart does not mend it",
    ),
    Alert(
        "TrackerRowsRejected",
        "increase(tracker_sink_rows_rejected_total[15m]) > 0",
        "0m",
        "ticket",
        "ClickHouse refused rows",
        "SELECT table_name, reason, count() FROM tracker.rejected_rows GROUP BY 1, 2: a defect of ours",
    ),
    Alert(
        "TrackerClickHouseAway",
        "tracker_sink_waiting == 1",
        "5m",
        "page",
        "the sink waits for ClickHouse",
        "its log has ClickHouse's own words (sink.waiting): away, too many parts, memory; nothing is lost, rows wait 7 days",
    ),
    Alert(
        "TrackerServiceAway",
        "tracker_service_answers == 0",
        "2m",
        "page",
        "{{ $labels.service }} does not answer {{ $labels.instance }}",
        "bring it back; workers and sinks wait and go on by themselves",
    ),
    Alert(
        "TrackerFreshness",
        f"histogram_quantile(0.99, {_FRESH}) > 60",
        "10m",
        "ticket",
        "one touchpoint in a hundred needs {{ $value }} s until it can be queried",
        "tracker_lag_seconds by step says where the time goes",
    ),
    Alert(
        "TrackerChunksRefused",
        "rate(tracker_chunks_refused_total[15m]) > 0.1",
        "15m",
        "ticket",
        "chunks of {{ $labels.topic }} are read again and again",
        "something skips records on the way to the worker; keep its log, restart it",
    ),
    Alert(
        "TrackerCopiesFail",
        "increase(tracker_copies_failed_total[1h]) > 3",
        "0m",
        "ticket",
        "{{ $labels.instance }} cannot save copies of its stores",
        "copy_failed in its log says why: TRACKER_WORKER_COPIES_DIR is full or gone; until then a lost disk costs more time, nothing else",
    ),
    Alert(
        "TrackerMemory",
        "process_resident_memory_bytes > 2e9",
        "15m",
        "ticket",
        "{{ $labels.instance }} takes {{ $value | humanize1024 }}B",
        "worker: TRACKER_WORKER_CACHE_MIB, TRACKER_WORKER_IDENTITIES_IN_MEMORY; sink: TRACKER_SINK_MAX_BYTES",
    ),
)


def rules_yaml() -> str:
    """The whole file."""
    rules = [
        {
            "alert": a.name,
            "expr": a.expr,
            "for": a.lasting,
            "labels": {"severity": a.severity},
            "annotations": {"summary": a.summary, "runbook": a.todo, "runbook_url": RUNBOOK},
        }
        for a in ALERTS
    ]
    head = "# Made from deploy/watching/alerts.py: python -m deploy.watching\n"
    return head + yaml.safe_dump({"groups": [{"name": GROUP, "rules": rules}]}, sort_keys=False, width=140, allow_unicode=True)
