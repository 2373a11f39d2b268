"""What raw must come to, against a reading that knows nothing of the order; and the ledger of a worker that cuts it as it likes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.accounting.expectation import Expectation, costs, letters_between, touchpoints_between
from deploy.accounting.faults import Fault, Figures, Finding
from deploy.accounting.ledger_check import LedgerCheck, Outcome
from deploy.accounting.spool import BEYOND_ALL
from schemas.ledger import LedgerRecord
from streams import pipeline
from streams.core.admission import RawRecord
from streams.core.overlay import MemoryBytes
from streams.ledger import ledger_record
from tests.streams.core.told import Document, a_gate, a_record, at, event

IDS = 4


@dataclass(frozen=True)
class Said:
    """One record: of event `n` a content with a time of sending, or that it is taken back, or nothing that can be read."""

    what: str
    n: int
    content: int = 0
    sent: int = 0


said = st.builds(
    Said,
    what=st.sampled_from(("view", "view", "view", "cost", "retract", "broken", "foreign")),
    n=st.integers(0, IDS - 1),
    content=st.integers(0, 1),
    sent=st.integers(0, 2),
)
stories = st.lists(said, max_size=25)


def document(s: Said) -> Document | bytes:
    if s.what == "broken":
        return b"{"
    if s.what == "retract":
        target = str(UUID(int=s.n + 1))
        return event("touchpoint.retracted", 100 + 10 * s.n + s.sent, payload={"target_event_id": target})
    kind, number = ("ad_cost.reported", 50 + s.n) if s.what == "cost" else ("page.viewed", s.n)
    given: dict[str, Any] = {} if s.what == "cost" else {"outcome": ("succeeded", "failed")[s.content]}
    return event(kind, number, when=at(minutes=number), sent_at=at(days=1, seconds=s.sent), **given)


def records(story: Sequence[Said]) -> list[RawRecord]:
    """Offset 3 n: Kafka may lack offsets."""
    made = [a_record(document(s), 3 * n) for n, s in enumerate(story)]
    return [RawRecord(b"other", r.value, r.at) if s.what == "foreign" else r for s, r in zip(story, made, strict=True)]


def expected_rows(story: Sequence[Said]) -> dict[int, Said]:
    """By event number the content that must have a row: of those told the one sent last, equal contents apart."""
    contents = [s for s in story if s.what == "view"]
    gone = {s.n for s in story if s.what == "retract"}
    best: dict[int, Said] = {}
    for s in contents:
        if s.n not in gone and (s.n not in best or _order(s) > _order(best[s.n])):
            best[s.n] = s
    return best


def _order(s: Said) -> tuple[int, bytes]:
    from schemas.codec import Decoded, decode
    from streams.core.fact_building import content_hash

    decoded = decode(orjson.dumps(document(s)))
    assert isinstance(decoded, Decoded)
    return s.sent, content_hash(decoded.document)


def read(story: Iterable[RawRecord], figures: Figures) -> tuple[MemoryBytes, list[tuple[int, Outcome]]]:
    store = MemoryBytes()
    expectation, outcomes = Expectation(a_gate(), store, figures), []
    for n, record in enumerate(story):
        outcomes.append((record.at.offset, expectation.take(record)))
        if n % 4 == 3:
            store.write(expectation.overlay.changes)
            expectation.written()
    store.write(expectation.overlay.changes)
    return store, outcomes


@settings(max_examples=60)
@given(story=stories)
def test_every_record_ends_as_exactly_one_and_the_right_contents_have_rows(story: list[Said]) -> None:
    figures = Figures(0, 0, 3 * len(story))
    store, _ = read(records(story), figures)
    assert figures.accounted == len(story)
    rows = touchpoints_between(store, 0, 10_000)
    best = expected_rows(story)
    assert {UUID(bytes=event_id).int - 1 for event_id in rows} == set(best)
    for event_id, offset in rows.items():
        told = story[offset // 3]
        assert (told.n, told.content) == (UUID(bytes=event_id).int - 1, best[told.n].content)
    assert len(rows) + len(dict(costs(store))) == figures.stored
    assert letters_between(store, 0, 10_000) == {3 * n for n, s in enumerate(story) if s.what == "broken"}
    assert figures.dropped == sum(s.what == "foreign" for s in story)


def ledger_of(story: Sequence[RawRecord], cuts: Iterable[int]) -> list[LedgerRecord]:
    """As a worker tells it that cuts the log there."""
    store, told = MemoryBytes(), []
    limits = sorted({0, *(cut for cut in cuts if cut < len(story)), len(story)})
    for begin, end in pairwise(limits):
        admission = pipeline.admit(a_gate(), store, lambda entry: True, story[begin:end])
        store.write(admission.overlay.changes)
        first = 0 if begin == 0 else story[begin - 1].at.offset + 1
        told.append(ledger_record(0, first, story[end - 1].at.offset, admission.counts, "w"))
    return told


def checked(told: Iterable[LedgerRecord], story: Sequence[RawRecord], first_repair: int = BEYOND_ALL) -> list[Finding]:
    _, outcomes = read(story, Figures(0, 0, 0))
    check = LedgerCheck(0, sorted(told, key=lambda r: (r.first, r.last)), 0, first_repair)
    found = [finding for offset, outcome in outcomes for finding in check.take(offset, outcome)]
    return [*found, *check.finish(story[-1].at.offset + 1 if story else 0)]


@settings(max_examples=60)
@given(story=stories.filter(bool), cuts=st.lists(st.integers(0, 25), max_size=6), more=st.lists(st.integers(0, 25), max_size=6))
def test_a_true_ledger_is_clean_however_it_is_cut_and_though_work_was_repeated(story: list[Said], cuts: list[int], more: list[int]) -> None:
    log = records(story)
    assert checked([*ledger_of(log, cuts), *ledger_of(log, more)], log) == []


@settings(max_examples=60)
@given(
    story=stories.filter(bool),
    cuts=st.lists(st.integers(0, 25), max_size=6),
    which=st.integers(0, 30),
    flaw=st.sampled_from(("gone", "dead", "accepted", "ids_xor", "dropped", "absent")),
)
def test_a_false_ledger_is_found(story: list[Said], cuts: list[int], which: int, flaw: str) -> None:
    log = records(story)
    told = ledger_of(log, cuts)
    n = which % len(told)
    held = told.pop(n)
    if flaw != "gone":
        told.insert(n, held.model_copy(update={flaw: getattr(held, flaw) + 1}))
    found = checked(told, log)
    if flaw == "gone" and n == len(told):
        assert found == [], "nothing is told behind it: it may be under way"
        return
    assert [(each.fault, each.first, each.last) for each in found] == [
        (Fault.GAP if flaw == "gone" else Fault.COUNTS, held.first, held.last)
    ]


@pytest.mark.parametrize("first_repair", [BEYOND_ALL, 0])
def test_behind_a_repair_only_the_sum_of_accepted_and_duplicate_is_compared(first_repair: int) -> None:
    log = records([Said("view", 0), Said("view", 0), Said("broken", 0)])
    (told,) = ledger_of(log, [])
    shifted = told.model_copy(update={"accepted": 0, "duplicate": 2, "ids_xor": 0})
    assert bool(checked([shifted], log, first_repair)) == (first_repair == BEYOND_ALL)
    assert [each.fault for each in checked([told.model_copy(update={"dead": 0, "absent": 7})], log, first_repair)] == [Fault.COUNTS]
