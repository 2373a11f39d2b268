"""Grafana's dashboard: one panel for each metric of the list, by program."""

import json
from collections.abc import Iterator
from typing import Any, Final

from schemas.metrics import METRICS, Metric, Program

TITLE: Final = "Touchpoint tracker"
WIDTH, HEIGHT, COLUMNS = 8, 7, 3
SOURCE: Final = {"type": "prometheus", "uid": "${source}"}
PROGRAMS: Final[tuple[Program, ...]] = ("worker", "sink")


def dashboard_json() -> str:
    """The whole file, as Grafana imports it; it asks for the Prometheus to read from."""
    document = {
        "title": TITLE,
        "uid": "touchpoint-tracker",
        "tags": ["tracker"],
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [{"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}]},
        "panels": list(_panels()),
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def queries(metric: Metric) -> list[tuple[str, str]]:
    """(PromQL, legend) of what is worth seeing of a metric."""
    by = ", ".join(metric.labels)
    legend = " ".join(f"{{{{{label}}}}}" for label in metric.labels) or "{{instance}}"
    if metric.kind == "histogram":
        rate = f"sum by (le, {by}) (rate({metric.name}_bucket[5m]))"
        return [(f"histogram_quantile({share}, {rate})", f"{legend} p{share * 100:.0f}") for share in (0.5, 0.99)]
    if metric.kind == "counter":
        rate = f"rate({metric.name}[5m])"
        return [(f"sum by ({by}) ({rate})" if by else rate, legend)]
    return [(f"max by ({by}) ({metric.name})" if by else metric.name, legend)]


def _panels() -> Iterator[dict[str, Any]]:
    number = top = 0
    for program in PROGRAMS:
        number += 1
        yield {"id": number, "type": "row", "title": program, "gridPos": {"h": 1, "w": WIDTH * COLUMNS, "x": 0, "y": top}, "panels": []}
        top += 1
        shown = [metric for metric in METRICS if metric.programs[0] == program]
        for place, metric in enumerate(shown):
            number += 1
            at = {"h": HEIGHT, "w": WIDTH, "x": place % COLUMNS * WIDTH, "y": top + place // COLUMNS * HEIGHT}
            yield {**_panel(metric), "id": number, "gridPos": at}
        top += (len(shown) + COLUMNS - 1) // COLUMNS * HEIGHT


def _panel(metric: Metric) -> dict[str, Any]:
    return {
        "type": "timeseries",
        "title": metric.name.removeprefix("tracker_").replace("_", " "),
        "description": metric.meaning + (f". Worry when: {metric.watch}" if metric.watch else ""),
        "datasource": SOURCE,
        "fieldConfig": {"defaults": {"unit": _unit(metric)}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + n), "expr": expr, "legendFormat": legend, "datasource": SOURCE}
            for n, (expr, legend) in enumerate(queries(metric))
        ],
    }


def _unit(metric: Metric) -> str:
    if "seconds" in metric.name and metric.kind != "counter":
        return "s"
    return "bytes" if metric.name.endswith("bytes") else "short"
