"""The figures and the page that is made from them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.bench.landing import Landing, NotLanded, flow, watch
from deploy.bench.page import PAGE, page
from deploy.bench.results import RESULTS, keep, read
from deploy.bench.steady import Stream


def test_each_measure_is_kept_with_what_made_it(tmp_path: Path) -> None:
    path, now = tmp_path / "figures.json", datetime(2026, 3, 1, tzinfo=UTC)
    keep("recovering", {"rate": 5.0}, "python -m deploy.bench --only recovering", now, 0.26, path)
    keep("growing", {"histories": []}, "python -m deploy.bench --only growing", now, 0.0, path)
    kept = read(path)
    assert kept.keys() == {"recovering", "growing"}
    assert kept["recovering"]["figures"] == {"rate": 5.0}
    assert (kept["recovering"]["at"], kept["recovering"]["load_before"]) == ("2026-03-01", 0.3)
    assert kept["recovering"]["machine"]["cores"] >= 1


def test_the_page_says_what_the_figures_say() -> None:
    assert PAGE.read_text() == page(read(RESULTS)), "write it anew: python -m deploy.bench page"


def test_the_page_tells_of_a_lag_that_grows() -> None:
    stream: dict[str, Any] = {
        "wanted": 9_000,
        "rate": 8_990.0,
        "seconds": 300.0,
        "lags": (1, 2, 3, 40_000),
        "p50_ms": 900.0,
        "p99_ms": 4_000.0,
    }
    half = {**stream, "wanted": 4_500, "lags": (1, 1, 1, 1), "p99_ms": 1_200.0}
    run = {"at": "2026-03-01", "commit": "c", "machine": {"cores": 2, "memory_gib": 24, "python": "3.11"}, "load_before": 0.1}
    told = page({"steady": {**run, "figures": {"tried": [{**stream, "is_flat": False}], "half": half}}})
    assert "8,990 events/s over 300 s, lag growing" in told
    assert "1.2 s" in told


@pytest.mark.parametrize(("lags", "flat"), [((0, 900, 800, 950), True), ((0, 900, 5_000, 9_000), False)])
def test_a_lag_is_flat_when_its_last_quarter_is_not_above_the_second(lags: tuple[float, ...], flat: bool) -> None:
    assert Stream(1_000, 1_000.0, 60.0, lags, 1.0, 1.0, (), {}).is_flat is flat


def test_full_flow_is_what_a_backlog_takes_beyond_one_of_a_few() -> None:
    whole, few = Landing(1_100, [(0.0, 0), (4.0, 100), (12.0, 1_100)]), Landing(100, [(0.0, 0), (4.0, 100)])
    assert whole.rate == 1_100 / 12
    assert flow(whole, few) == 1_000 / 8


def test_full_flow_is_the_rate_where_a_backlog_took_no_longer_than_a_few() -> None:
    assert flow(Landing(200, [(4.0, 200)]), Landing(100, [(4.0, 100)])) == 50.0
    assert flow(Landing(200, [(4.0, 200)]), None) == 50.0


def test_watching_ends_when_all_have_landed_or_says_how_many_have() -> None:
    seen = iter([0, 3, 10])
    landing = watch(10, lambda: next(seen), 60.0)
    assert isinstance(landing, Landing)
    assert [landed for _, landed in landing.samples] == [0, 3, 10]
    with pytest.raises(NotLanded, match="4 of 10"):
        watch(10, lambda: 4, -1.0)
