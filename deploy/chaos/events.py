"""The events of a scenario and what is known of them beforehand: the simulated shop, whose every event id the driver knows."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from deploy.chaos.records import Record, record_of
from deploy.demo.shop import simulate
from schemas.normalise import moment

DAYS, SEED = 60, 11
EVENTS_A_CUSTOMER = 52
NO_TOUCHPOINTS = ("ad_cost.", "touchpoint.")
"""Beginnings of the event types that leave no row in `touchpoints`: costs have a table of their own."""
SHUFFLE, LATE = timedelta(minutes=10), timedelta(days=2)


@dataclass(frozen=True, slots=True)
class EventSet:
    """`records` in order of occurred_at, each with its time in ms since 1970; `touchpoints`: ids that must stand in the table."""

    records: Sequence[Record]
    times: Sequence[int]
    touchpoints: frozenset[str]


@cache
def event_set(events: int) -> EventSet:
    """About so many; the same number gives the same set."""
    records: list[Record] = []
    times: list[int] = []
    told: set[str] = set()
    retracted: set[str] = set()
    for event in simulate(max(1, events // EVENTS_A_CUSTOMER), DAYS, SEED):
        document = event.document
        records.append(record_of(document))
        times.append(int(moment(document["occurred_at"]).timestamp() * 1000))
        if document["event_type"] == "touchpoint.retracted":
            retracted.add(document["payload"]["target_event_id"])
        elif not document["event_type"].startswith(NO_TOUCHPOINTS):
            told.add(document["event_id"])
    return EventSet(records, times, frozenset(told - retracted))


def late_and_repeated(known: EventSet, rng: random.Random, repeated: float, late: float) -> list[Record]:
    """As they come in: each up to ten minutes off, share `late` two days later, share `repeated` once more within a day."""
    shuffle_ms, late_ms = SHUFFLE // timedelta(milliseconds=1), LATE // timedelta(milliseconds=1)
    coming: list[tuple[float, int]] = []
    for n, at in enumerate(known.times):
        comes_at = at + rng.uniform(-shuffle_ms, shuffle_ms) + (late_ms if rng.random() < late else 0)
        coming.append((comes_at, n))
        if rng.random() < repeated:
            coming.append((comes_at + rng.uniform(0, late_ms / 2), n))
    return [known.records[n] for _, n in sorted(coming)]


def slices(records: Sequence[Record], count: int) -> Iterable[Sequence[Record]]:
    """So many parts of about the same size, in order."""
    return [records[n * len(records) // count : (n + 1) * len(records) // count] for n in range(count)]
