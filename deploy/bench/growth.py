"""Whether the cost of an event in order grows: with the length of its customer's history, and with the number of customers.

In one process, through the pure steps and the stores on disk, each case in a process of its own so that its memory is its own.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from uuid import UUID, uuid5

import orjson
import psutil

from deploy.bench.load import in_batches
from deploy.bench.steps import PARTITIONS, RECEIVED_AT, Line
from streams.core.admission import RawRecord
from streams.core.fact_building import Coordinates

_NAMESPACE = UUID("c2b0a1de-58c4-4f0a-8b3d-1f3f8f0f2a77")
_FIRST = datetime(2020, 1, 1, tzinfo=UTC)
MEASURED, MEASURED_LATE = 4_000, 8
"""Events whose cost is taken, behind those that make the history; before all of it."""
BATCH, MEASURED_BATCH = 12_000, 400


@dataclass(frozen=True, slots=True)
class Case:
    """`customers` with `history` touchpoints each; `is_late`: what is measured happened before all of them."""

    customers: int
    history: int
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Cost:
    """µs of processor time per event behind that (or before it), and what the process holds in memory then."""

    customers: int
    history: int
    is_late: bool
    micros: float
    resident_mib: float


def cost(case: Case) -> Cost:
    """In a process of its own."""
    command = (sys.executable, "-m", "deploy.bench.growth", str(case.customers), str(case.history), *(["late"] if case.is_late else []))
    return Cost(**json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def _measure(case: Case) -> Cost:
    events, measured = _events(case), MEASURED_LATE if case.is_late else MEASURED
    with tempfile.TemporaryDirectory() as folder:
        line = Line(Path(folder))
        for batch in in_batches(islice(events, case.customers * case.history), BATCH):
            _take(line, batch)
        line.spent.clear()
        for batch in in_batches(islice(events, measured), 1 if case.is_late else MEASURED_BATCH):
            _take(line, batch)
        resident = psutil.Process().memory_info().rss / 2**20
        return Cost(case.customers, case.history, case.is_late, sum(line.spent.values()) / measured * 1e6, resident)


def _events(case: Case) -> Iterator[tuple[bytes, bytes]]:
    """For ever: each round every customer once, an hour after the round before; what is measured in an order drawn by lot."""
    dice, number = Random(7), 0
    for hour in range(10**9):
        order = list(range(case.customers))
        is_measured = hour >= case.history
        if is_measured:
            dice.shuffle(order)
        for customer in order:
            yield _event(number, customer, _FIRST + timedelta(hours=-hour if is_measured and case.is_late else hour))
            number += 1


def _event(number: int, customer: int, at: datetime) -> tuple[bytes, bytes]:
    event_id = str(uuid5(_NAMESPACE, str(number)))
    document = {
        "event_id": event_id,
        "event_type": "page.viewed",
        "source": "bench",
        "occurred_at": at.isoformat(timespec="milliseconds"),
        "identities": [{"kind": "customer_number", "value": f"c-{customer}"}],
        "payload": {"url": "https://shop.example/garden"},
    }
    return event_id.encode(), orjson.dumps(document)


def _take(line: Line, batch: list[tuple[bytes, bytes]]) -> None:
    chunks: list[list[RawRecord]] = [[] for _ in range(PARTITIONS)]
    for n, (key, value) in enumerate(batch):
        p = n % PARTITIONS
        chunks[p].append(RawRecord(key, value, Coordinates(p, 0, RECEIVED_AT)))
    line.take(chunks)


if __name__ == "__main__":
    customers, history, *late = sys.argv[1:]
    print(json.dumps(asdict(_measure(Case(int(customers), int(history), bool(late))))))
