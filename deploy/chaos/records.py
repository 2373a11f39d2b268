"""Records as they lie on `touchpoints.raw`."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Record:
    """Key and value, whatever they are."""

    key: bytes | None
    value: bytes


def record_of(document: Mapping[str, Any]) -> Record:
    """As a producer keys it: by its id, a retraction by that of its target."""
    subject = document["event_id"]
    if document["event_type"] == "touchpoint.retracted":
        subject = document["payload"]["target_event_id"]
    return Record(subject.encode(), orjson.dumps(document))


def disordered(records: Iterable[Record], seed: int, repeated: float = 0.05) -> list[Record]:
    """Shuffled, and a share of them twice."""
    rng, order = random.Random(seed), list(records)
    order += rng.sample(order, round(repeated * len(order)))
    rng.shuffle(order)
    return order
