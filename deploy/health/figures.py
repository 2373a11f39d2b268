"""The figures that people ask for, out of what /metrics says (pure)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from schemas.metrics import MetricName, Step


class Sample(NamedTuple):
    """One line of /metrics; of a histogram `name` ends in _bucket, _count or _sum."""

    name: str
    labels: dict[str, str]
    value: float


class Figure(NamedTuple):
    """`value` None where nothing was told yet."""

    name: str
    value: float | None
    unit: str


STEPS: Final[tuple[Step, ...]] = ("admit", "unify", "stitch", "insert")
"""Those that have a lag."""


def figures(samples: Iterable[Sample]) -> list[Figure]:
    """In the order in which they are shown; those that the program has not are left out."""
    known = list(samples)
    return [*_lags(known), *_outcomes(known), *_freshness(known), *_single(known)]


def _lags(samples: list[Sample]) -> Iterator[Figure]:
    for step in STEPS:
        if (records := _values(samples, "tracker_lag_records", step=step)) and (ages := _values(samples, "tracker_lag_seconds", step=step)):
            yield Figure(f"lag of {step}", sum(records), "records")
            yield Figure(f"lag of {step}, oldest", max(ages), "s")


def _outcomes(samples: list[Sample]) -> Iterator[Figure]:
    """Dead letters as a share of all records of raw, and by reason, since the start of the worker."""
    by_outcome: dict[str, float] = defaultdict(float)
    by_reason: dict[str, float] = defaultdict(float)
    for sample in _of(samples, "tracker_admit_records_total"):
        by_outcome[sample.labels["outcome"]] += sample.value
        if sample.labels["outcome"] == "dead":
            by_reason[sample.labels["reason"]] += sample.value
    if by_outcome:
        yield Figure("records admitted", sum(by_outcome.values()), "")
        yield Figure("dead letters", 100 * by_outcome["dead"] / max(1.0, sum(by_outcome.values())), "%")
    for reason, count in sorted(by_reason.items()):
        yield Figure(f"dead letters, {reason}", count, "")


def _freshness(samples: list[Sample]) -> Iterator[Figure]:
    for since in ("received", "occurred"):
        buckets = [
            (float(s.labels["le"]), s.value)
            for s in samples
            if s.name == "tracker_sink_freshness_seconds_bucket" and s.labels["since"] == since
        ]
        for share in (0.5, 0.99) if buckets else ():
            yield Figure(f"{since} to queryable, p{share * 100:.0f}", quantile(share, buckets), "s")


def _single(samples: list[Sample]) -> Iterator[Figure]:
    wanted: tuple[tuple[MetricName, str, str, Callable[[float], float]], ...] = (
        ("tracker_oldest_hole_seconds", "oldest hole", "s", float),
        ("tracker_holes_repaired_total", "holes repaired", "", float),
        ("tracker_sink_rows_rejected_total", "rows rejected", "", float),
        ("tracker_sink_buffered_bytes", "frames in memory", "MiB", _mib),
        ("process_resident_memory_bytes", "memory", "MiB", _mib),
    )
    for name, words, unit, turned in wanted:
        for value in _values(samples, name):
            yield Figure(words, turned(value), unit)


def quantile(share: float, buckets: Iterable[tuple[float, float]]) -> float | None:
    """As PromQL's histogram_quantile reckons it, of (upper bound, count up to it); None without samples."""
    ordered = sorted(buckets)
    if not ordered or not ordered[-1][1]:
        return None
    wanted = share * ordered[-1][1]
    lower, before = 0.0, 0.0
    for bound, count in ordered:
        if count >= wanted and bound == float("inf"):
            return lower
        if count >= wanted:
            return lower + (bound - lower) * (wanted - before) / (count - before)
        lower, before = bound, count
    return lower


def _of(samples: Iterable[Sample], name: MetricName) -> Iterator[Sample]:
    return (sample for sample in samples if sample.name == name)


def _values(samples: Iterable[Sample], name: MetricName, **labels: str) -> list[float]:
    return [sample.value for sample in _of(samples, name) if labels.items() <= sample.labels.items()]


def _mib(size_bytes: float) -> float:
    return size_bytes / 2**20
