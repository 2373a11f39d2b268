"""Whether costs grow with the length of a customer's history and with the number of customers: of an event in order, a late one, a merge.

In one process, through the pure steps and the stores on disk, each case in a process of its own so that its memory is its own.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from time import sleep
from typing import Literal, cast
from uuid import UUID, uuid5

import psutil

from deploy.bench.load import Record, as_record, in_batches
from deploy.bench.steps import PARTITIONS, RECEIVED_AT, Line
from streams.core.admission import RawRecord
from streams.core.fact_building import Coordinates

_NAMESPACE = UUID("c2b0a1de-58c4-4f0a-8b3d-1f3f8f0f2a77")
_FIRST = datetime(2020, 1, 1, tzinfo=UTC)
_APART = timedelta(minutes=40)
"""Between two events of a customer: more than the gap of a session, and 100,000 of them end before RECEIVED_AT."""
What = Literal["in order", "late", "merge"]
MEASURED: Mapping[What, int] = {"in order": 4_000, "late": 8, "merge": 100}
"""Events whose cost is taken: behind those that make the history, before all of it, or such as show that two customers are one."""
ROUNDS, SETTLE_S = 3, 3.0
"""Medians of these; before them RocksDB may bring in order what the history left behind, whose time would count for the events."""
BATCH, TOGETHER = 12_000, {"in order": 400, "late": 1, "merge": 10}


@dataclass(frozen=True, slots=True)
class Case:
    """`customers` with `history` touchpoints each, and what comes then."""

    customers: int
    history: int
    what: What = "in order"


@dataclass(frozen=True, slots=True)
class Cost:
    """µs of processor time per such event, median of the rounds, and what the process holds in memory then."""

    customers: int
    history: int
    what: What
    micros: float
    resident_mib: float


def cost(case: Case) -> Cost:
    """In a process of its own."""
    command = (sys.executable, "-m", "deploy.bench.growth", str(case.customers), str(case.history), case.what)
    return Cost(**json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def _measure(case: Case) -> Cost:
    events, measured = _events(case), MEASURED[case.what]
    with tempfile.TemporaryDirectory() as folder:
        line = Line(Path(folder))
        for batch in in_batches(islice(events, case.customers * case.history), BATCH):
            _take(line, batch)
        sleep(SETTLE_S if case.customers * case.history > BATCH else 0)
        micros = [_spent(line, in_batches(islice(events, measured), TOGETHER[case.what])) / measured * 1e6 for _ in range(ROUNDS)]
        resident = psutil.Process().memory_info().rss / 2**20
        return Cost(case.customers, case.history, case.what, median(micros), resident)


def _spent(line: Line, batches: Iterable[list[Record]]) -> float:
    """Seconds of processor time."""
    line.spent.clear()
    for batch in batches:
        _take(line, batch)
    return sum(line.spent.values())


def _events(case: Case) -> Iterator[Record]:
    """For ever: each round every customer once, a while after the round before; what is measured in an order drawn by lot."""
    dice, number = Random(7), 0
    for turn in range(10**9):
        order = list(range(case.customers))
        is_measured = turn >= case.history
        if is_measured:
            dice.shuffle(order)
        at = _FIRST + (-turn if is_measured and case.what == "late" else turn) * _APART
        width = 2 if is_measured and case.what == "merge" else 1
        for n in range(0, case.customers - width + 1, width):
            yield _event(number, order[n : n + width], at)
            number += 1


def _event(number: int, customers: list[int], at: datetime) -> Record:
    """Seen together, they turn out to be one."""
    document = {
        "event_id": str(uuid5(_NAMESPACE, str(number))),
        "event_type": "page.viewed",
        "source": "bench",
        "occurred_at": at.isoformat(timespec="milliseconds"),
        "identities": [{"kind": "anonymous", "value": f"c-{customer}"} for customer in customers],
        "payload": {"url": "https://shop.example/garden"},
    }
    return as_record(document)


def _take(line: Line, batch: list[Record]) -> None:
    chunks: list[list[RawRecord]] = [[] for _ in range(PARTITIONS)]
    for n, (key, value) in enumerate(batch):
        p = n % PARTITIONS
        chunks[p].append(RawRecord(key, value, Coordinates(p, 0, RECEIVED_AT)))
    line.take(chunks)


if __name__ == "__main__":
    customers, history, what = sys.argv[1:]
    print(json.dumps(asdict(_measure(Case(int(customers), int(history), cast("What", what))))))
