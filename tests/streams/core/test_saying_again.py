"""What a range of raw says again tells whoever missed it all, and nothing new to whoever knew."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.facts import Fact, Removal, decode_resolved
from streams import pipeline
from streams.core.admission import Admission, RawRecord
from streams.core.identity.fold import Fold
from streams.core.identity.graph import MemoryGraph
from streams.core.overlay import MemoryBytes
from streams.frames import resolved_frames
from tests.builders import a_rulebook
from tests.streams.core.told import Document, Row, a_gate, a_record, at, event, named

Said = tuple[str, int, int, int]
"""What, of which event, with which content, sent when."""
stories = st.lists(
    st.tuples(st.sampled_from(("view", "view", "retract", "cost")), st.integers(0, 2), st.integers(0, 1), st.integers(0, 2)),
    min_size=1,
    max_size=12,
)


def document(said: Said) -> Document:
    what, n, content, sent = said
    if what == "retract":
        return event("touchpoint.retracted", 100 + 10 * n + sent, payload={"target_event_id": str(UUID(int=n + 1))})
    if what == "cost":
        return event("ad_cost.reported", n + 50, sent_at=at(days=1))
    outcome = ("succeeded", "failed")[content]
    return event("page.viewed", n, when=at(hours=content + n), sent_at=at(days=1, seconds=sent), outcome=outcome)


def admitted(records: Sequence[RawRecord], store: MemoryBytes, says_again: bool) -> Admission:
    admission = pipeline.admit(a_gate(), store, lambda entry: False, records, says_again)
    store.write(admission.overlay.changes)
    return admission


def touchpoints(admission: Admission, *told: list[Fact | Removal]) -> list[Row]:
    """The live rows after these records, each list a chunk of its own; less where they lay and when they were sent."""
    fold, frames = Fold(a_gate().policy, MemoryGraph()), list[Any]()
    fold.apply(1, admission.entries)
    for records in told:
        for home in pipeline.resolve(records, fold.who, 1, 1).values():
            frames += [decode_resolved(frame) for frame in resolved_frames(1, home)]
    effects = pipeline.stitch(0, 1, fold.who, a_rulebook(), MemoryBytes(), 1, list(enumerate(frames))).effects
    arrival = {"version", "raw_offset", "raw_partition", "received_at", "skew_ms", "sent_at"}
    rows = [{name: value for name, value in row.items() if name not in arrival} for row in named(effects).get("touchpoints", [])]
    return sorted(rows, key=lambda row: (row["event_id"], row["occurred_at"]))


@settings(max_examples=150)
@given(story=stories)
def test_said_again_it_is_the_whole_story_and_knowing_it_changes_nothing(story: list[Said]) -> None:
    records = [a_record(document(said), offset) for offset, said in enumerate(story)]
    store = MemoryBytes()
    first = admitted(records, store, says_again=False)
    known = dict(store.content)
    again = admitted(records, store, says_again=True)
    assert store.content == known
    assert again.counts.accepted == 0
    assert again.counts.duplicate == len(records)
    whole = touchpoints(first, first.records)
    assert touchpoints(first, again.records) == whole
    assert touchpoints(first, first.records, again.records) == whole
    assert touchpoints(first, again.records, first.records) == whole


@given(story=stories)
def test_costs_are_said_again_as_they_stand(story: list[Said]) -> None:
    records = [a_record(document(said), offset) for offset, said in enumerate(story)]
    store = MemoryBytes()
    first, again = (admitted(records, store, says_again) for says_again in (False, True))
    assert again.effects.upserts.get("ad_costs", {}).keys() == first.effects.upserts.get("ad_costs", {}).keys()


def test_without_being_asked_a_repeat_says_nothing() -> None:
    records = [a_record(document(("view", 0, 0, 0)))]
    store = MemoryBytes()
    admitted(records, store, says_again=False)
    assert admitted(records, store, says_again=False).records == []
