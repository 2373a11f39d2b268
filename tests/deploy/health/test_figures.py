"""What is read out of /metrics, and what is said of a page that does not answer."""

import pytest

from deploy.health.asking import ask
from deploy.health.figures import Sample, figures, quantile
from schemas.errors import ConfigurationError

INF = float("inf")


def test_a_quantile_is_interpolated_within_its_bucket_as_prometheus_does() -> None:
    buckets = [(1.0, 50.0), (2.0, 90.0), (5.0, 100.0), (INF, 100.0)]
    assert quantile(0.5, buckets) == 1.0
    assert quantile(0.7, buckets) == pytest.approx(1.5)
    assert quantile(0.99, buckets) == pytest.approx(4.7)


def test_beyond_the_last_bound_the_bound_is_said_and_of_nothing_nothing() -> None:
    assert quantile(0.99, [(1.0, 1.0), (INF, 100.0)]) == 1.0
    assert quantile(0.5, [(1.0, 0.0), (INF, 0.0)]) is None
    assert quantile(0.5, []) is None


def test_lags_are_summed_and_the_oldest_is_named_by_step() -> None:
    samples = [
        Sample(f"tracker_lag_{what}", {"step": "admit", "partition": str(p)}, value)
        for what, values in (("records", (3, 4)), ("seconds", (1.5, 0.5)))
        for p, value in enumerate(values)
    ]
    assert [(f.name, f.value, f.unit) for f in figures(samples)] == [("lag of admit", 7, "records"), ("lag of admit, oldest", 1.5, "s")]


def test_dead_letters_are_a_share_and_counted_by_reason() -> None:
    told = {("accepted", "page.viewed"): 95.0, ("dead", "malformed"): 4.0, ("dead", "too_large"): 1.0}
    samples = [Sample("tracker_admit_records_total", {"outcome": o, "reason": r}, n) for (o, r), n in told.items()]
    found = {f.name: f.value for f in figures(samples)}
    assert found["dead letters"] == 5.0
    assert found["dead letters, malformed"] == 4.0


@pytest.mark.enable_socket
def test_a_page_that_does_not_answer_is_a_finding_with_the_setting_to_look_at() -> None:
    asked = ask("127.0.0.1:1", "sink")
    assert not asked.is_well
    assert "TRACKER_SINK_HEALTH_PORT" in asked.findings[0].remedy


def test_what_is_no_address_is_said() -> None:
    with pytest.raises(ConfigurationError, match="no address"):
        ask("worker:many", "worker")
