"""docs/metrics-of-the-system.md."""

from collections.abc import Iterator

from deploy.watching.alerts import ALERTS
from schemas.metrics import METRICS

HEAD = """\
# Metrics of the system

What workers and sinks tell of themselves on `/metrics` (Prometheus), for whoever runs the tracker; what the data says of customers is
another matter. Made from `schemas/metrics.py` and `deploy/watching/alerts.py` by `python -m deploy.watching`; a test compares.

Served where `TRACKER_WORKER_HEALTH_PORT` and `TRACKER_SINK_HEALTH_PORT` say, on loopback by default. Alerts:
[deploy/prometheus/rules.yaml](../deploy/prometheus/rules.yaml), a scrape configuration beside it; Grafana:
[deploy/dashboards/tracker.json](../deploy/dashboards/tracker.json). `tracker health` shows the most important ones in a terminal.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_metrics(), "", *_alerts()]) + "\n"


def _metrics() -> Iterator[str]:
    yield "## Metrics\n\n| name | kind | of | labels | meaning | worry when |\n|---|---|---|---|---|---|"
    for m in METRICS:
        yield f"| `{m.name}` | {m.kind} | {', '.join(m.programs)} | {', '.join(m.labels)} | {m.meaning} | {m.watch} |"


def _alerts() -> Iterator[str]:
    yield "## Alerts\n\n| alert | when | for | severity | what to do |\n|---|---|---|---|---|"
    for a in ALERTS:
        yield f"| {a.name} | `{a.expr}` | {a.lasting} | {a.severity} | {a.todo} |"
