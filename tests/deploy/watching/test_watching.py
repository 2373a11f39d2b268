"""What operators are told to watch exists, and is what the code has."""

import json
import re

import pytest
import yaml
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from deploy.watching.__main__ import FILES, PROJECT
from deploy.watching.alerts import ALERTS
from deploy.watching.dashboard import queries
from schemas.metrics import METRICS, NAMES, Metric, instruments

KNOWN = {*NAMES, *(f"{m.name}_{end}" for m in METRICS if m.kind == "histogram" for end in ("bucket", "sum", "count"))}
LABELS: dict[str, set[str]] = {m.name: {*m.labels, "instance", "job"} for m in METRICS}


def named(expr: str) -> set[str]:
    return set(re.findall(r"\b(?:tracker|process)_\w+", expr))


@pytest.mark.parametrize("name", FILES)
def test_the_file_is_what_the_code_makes(name: str) -> None:
    assert (PROJECT / name).read_text(encoding="utf-8") == FILES[name](), "write it anew: python -m deploy.watching"


def test_the_list_has_each_name_once_and_leaves_none_out() -> None:
    assert [metric.name for metric in METRICS] == list(NAMES)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_an_alert_asks_for_metrics_and_labels_that_exist_and_says_what_to_do(alert: tuple[str, ...]) -> None:
    _, expr, _, severity, summary, todo = alert
    assert named(expr)
    assert named(expr) <= KNOWN
    labels = set.union(*(LABELS[re.sub("_(bucket|sum|count)$", "", name)] for name in named(expr)))
    assert set(re.findall(r"\$labels\.(\w+)", summary)) | set(re.findall(r"[{,](\w+)=", expr)) <= labels
    assert severity in ("page", "ticket")
    assert todo


def test_the_dashboard_shows_every_metric_and_no_other() -> None:
    document = json.loads((PROJECT / "deploy/dashboards/tracker.json").read_text(encoding="utf-8"))
    shown = {name for panel in document["panels"] for target in panel.get("targets", ()) for name in named(target["expr"])}
    assert shown <= KNOWN
    assert {re.sub("_bucket$", "", name) for name in shown} == set(NAMES)
    assert len({panel["id"] for panel in document["panels"]}) == len(document["panels"])


def test_the_scrape_file_leads_to_the_rules() -> None:
    folder = PROJECT / "deploy" / "prometheus"
    scrape = yaml.safe_load((folder / "scrape.yaml").read_text(encoding="utf-8"))
    rules = [yaml.safe_load((folder / name).read_text(encoding="utf-8")) for name in scrape["rule_files"]]
    assert [rule["alert"] for group in rules[0]["groups"] for rule in group["rules"]] == [alert.name for alert in ALERTS]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_follows_the_conventions(metric: Metric) -> None:
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert bool(metric.buckets) == (metric.kind == "histogram")
    assert queries(metric)


@pytest.mark.parametrize("program", ["worker", "sink"])
def test_every_metric_of_a_program_can_be_made(program: str) -> None:
    registry = CollectorRegistry()
    made = instruments(program, {"counter": Counter, "gauge": Gauge, "histogram": Histogram}, registry)  # type: ignore[arg-type]  # a literal
    assert set(made) == {m.name for m in METRICS if program in m.programs and not m.by_library}
