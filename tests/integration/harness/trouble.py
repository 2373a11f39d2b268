"""When to hit: in the middle of the work on each slice of a load, told by how far it is, whatever the machine's speed."""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from deploy.chaos.line import Line
from deploy.chaos.programs import until
from deploy.chaos.records import Record
from deploy.drain import drain
from schemas.topics import topic_names

SMALL_STEPS: Mapping[str, Any] = {"worker_raw_chunk": 50, "worker_resolved_chunk": 2, "sink_max_rows": 400, "sink_max_age_s": 0.2}
"""So that a small load has many moments."""
LEAST = 6
"""Records of the ledger that every slice makes at least: one for each partition."""


def covered(line: Line) -> int:
    """Records of the ledger: ranges of raw that are done with, and what the stores said of themselves."""
    return sum(line.ends(topic_names(line.generation).ledger).values())


def under_load(line: Line, rng: random.Random, records: Sequence[Record], times: int) -> Iterator[int]:
    """Sends all in slices; yields so many times, each in the middle of the work on a slice, and sends the last slice."""
    size = len(records) // (times + 1)
    for n in range(times):
        wanted = covered(line) + rng.randint(1, LEAST)
        line.send(records[n * size : (n + 1) * size])
        until(f"work on slice {n} of {times}", lambda wanted=wanted: covered(line) >= wanted)  # type: ignore[misc]
        yield n
    line.send(records[times * size :])


def is_under_way(line: Line) -> bool:
    """Whether something has not landed yet."""
    return not drain(0.3, line.broker, line.generation).is_drained
