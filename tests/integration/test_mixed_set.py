"""The mixed set holds what the proofs are about."""

from collections import Counter

import pytest

from deploy.chaos.records import Record
from schemas.codec import Decoded, decode
from schemas.touchpoints import EVENT_TYPES
from streams.core.admission import Admission, Gate, RawRecord
from streams.core.fact_building import Coordinates
from streams.core.identity.fold import Fold
from streams.core.identity.graph import MemoryGraph
from streams.core.overlay import MemoryBytes, Overlay
from streams.rules_file import load_rules
from tests.integration.conftest import SHORT, Told
from tests.integration.harness.mixed import mixed

FAR_FUTURE_MS = 4_000_000_000_000


def test_it_has_every_event_type_and_nothing_that_must_be_refused(short_set: Told) -> None:
    limits = load_rules().decode_limits
    decoded = [decode(record.value, limits) for record in short_set.records]
    assert [d for d in decoded if not isinstance(d, Decoded)] == []
    assert {d.event.event_type for d in decoded if isinstance(d, Decoded)} == set(EVENT_TYPES)


def test_it_is_the_same_each_time_it_is_told(short_set: Told) -> None:
    assert mixed(SHORT) == list(short_set.documents)


def test_at_least_five_in_a_hundred_events_move_to_another_customer_later(short_set: Told) -> None:
    assert moved_share(short_set.records) >= 0.05


def moved_share(records: list[Record]) -> float:
    """Of the events those whose customer is another at the end than when they came, each folded as it comes."""
    gate = Gate(load_rules(), b"moved")
    admission = Admission(gate, Overlay(MemoryBytes()), lambda entry: False)
    fold = Fold(gate.policy, MemoryGraph())
    came = []
    for n, record in enumerate(records):
        admission.admit(RawRecord(record.key, record.value, Coordinates(0, n, FAR_FUTURE_MS)))
        fold.apply(n, list(admission.entries))
        admission.entries.clear()
        came += [(r.tokens, r.occurred_at, fold.who.owner(r.tokens, r.occurred_at, n)) for r in admission.records]
        admission.records.clear()
    last = len(records)
    return sum(fold.who.owner(tokens, at, last) != then for tokens, at, then in came) / len(came)


def test_it_has_corrections_and_retractions_before_and_after_their_target(short_set: Told) -> None:
    ids = Counter(document["event_id"] for document in short_set.documents)
    assert sum(count > 1 for count in ids.values()) >= 20
    place = {document["event_id"]: n for n, document in enumerate(short_set.documents)}
    words = [(n, d["payload"]["target_event_id"]) for n, d in enumerate(short_set.documents) if d["event_type"] == "touchpoint.retracted"]
    known = [(n, place[target]) for n, target in words if target in place]
    assert sum(n < target for n, target in known) >= 5
    assert sum(n > target for n, target in known) >= 5


@pytest.mark.parametrize("environment", ["test", "internal"])
def test_it_has_what_must_not_enter_metrics(short_set: Told, environment: str) -> None:
    assert sum(document.get("environment") == environment for document in short_set.documents) >= 5
