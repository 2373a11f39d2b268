"""Replay of all events is the live state: histories of every event type, in any order, with ticks, retractions and kills at any point."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.examples import example
from schemas.facts import RETRACTED, Customer, Fact, Removal, ResolvedFrame, fact_key
from schemas.ledger_tables import TABLES
from schemas.touchpoints import EVENT_TYPES
from streams import pipeline
from streams.core import checkpoints, replay
from streams.core.alerts.rows import alert_row, key_of
from streams.core.effects import CONTENT_WIDTH
from streams.core.fact_store import CustomerStore
from streams.core.history import History
from streams.core.identity.fold import Fold
from streams.core.identity.graph import MemoryGraph
from streams.core.overlay import MemoryBytes, Overlay
from streams.core.state import State
from tests.builders import a_policy, a_rulebook
from tests.streams.core.kept import check_checkpoints
from tests.streams.core.told import admitted

START = datetime(2026, 2, 25, 9, 0, tzinfo=UTC)
MINUTES = (0, 0, 1, 20, 31, 65, 1_500, 4_000, 9_000, 12_000, 20_000, 60_000)
FAR_TICK = 4_000_000_000_000
"""ms; every clock has run out"""
THINGS = ("order_id", "ticket_id", "call_id", "return_id", "shipment_id", "subscription_id", "conversation_id", "survey_id")
WITHOUT_FACTS = ("touchpoint.retracted", "ad_cost.reported", "erasure.requested")
TYPES = tuple(name for name in EVENT_TYPES if name not in WITHOUT_FACTS)
EPISODE_TYPES = tuple(name for name in TYPES if name.partition(".")[0] in ("order", "shipment", "ticket", "call", "return", "refund"))
Rows = dict[tuple[Any, ...], tuple[int, Any]]


@dataclass(frozen=True)
class Happening:
    event_type: str
    minutes: int
    thing: str
    actor: str | None
    sentiment: float | None
    environment: str


HAPPENINGS = st.builds(
    Happening,
    st.one_of(st.sampled_from(TYPES), st.sampled_from(EPISODE_TYPES)),
    st.sampled_from(MINUTES),
    st.sampled_from("aab"),
    st.sampled_from((None, None, None, "representative", "system")),
    st.sampled_from((None, None, None, -0.8, 0.5)),
    st.sampled_from(("production",) * 7 + ("test",)),
)
KILLS = st.lists(st.sampled_from(("", "", "", "before", "after", "disk")), max_size=40)
"""What befalls each chunk: killed before its effects, killed before its store, killed with its disk lost; then nothing more."""


def document(n: int, told: Happening) -> dict[str, Any]:
    more = {"actor": told.actor, "sentiment": told.sentiment}
    made = example(
        told.event_type,
        event_id=str(UUID(int=n + 1)),
        occurred_at=(START + timedelta(minutes=told.minutes)).isoformat(),
        environment=told.environment,
        **{field: value for field, value in more.items() if value is not None},
    )
    made["payload"] |= {field: f"{field}-{told.thing}" for field in THINGS if field in made["payload"]}
    return made


class Course:
    """One partition with one customer or several, its log, its store, and what ClickHouse shows of it."""

    def __init__(self, fold: Fold, log: Sequence[ResolvedFrame]) -> None:
        self.who, self.log = fold.who, log
        self.disk, self.position = MemoryBytes(), 0
        self.rows: Rows = {}

    def run(self, kills: Sequence[str], chunk: int) -> None:
        """Chunk by chunk to the end of the log, whatever befalls it."""
        left = list(kills)
        while self.position < len(self.log):
            self._chunk(list(enumerate(self.log))[self.position : self.position + chunk], left.pop(0) if left else "")

    def _chunk(self, frames: Sequence[tuple[int, ResolvedFrame]], kill: str) -> None:
        stitcher = pipeline.stitch(0, 1, self.who, a_rulebook(), self.disk, 1, frames)
        if kill == "before":
            return
        for table, changed in stitcher.effects.tables().items():
            width = len(TABLES[table].keys)
            for row in changed.upserts:
                self._show((table, *row[:width]), row[-1], row[: CONTENT_WIDTH[table]])
            for row in changed.withdrawals:
                self._show((table, *row[:-1]), row[-1], None)
        if kill == "disk":
            self.disk, self.position = MemoryBytes(), 0
        elif not kill:
            self.disk.write(stitcher.overlay.changes)
            self.position += len(frames)

    def _show(self, key: tuple[Any, ...], version: int, content: Any) -> None:
        if key not in self.rows or version >= self.rows[key][0]:
            self.rows[key] = version, content

    def live(self) -> dict[tuple[Any, ...], Any]:
        return {key: content for key, (_, content) in self.rows.items() if content is not None}

    def state(self, customer: Customer) -> State | None:
        return CustomerStore(Overlay(self.disk), customer).state()


def told_in_order(fold: Fold, facts: Iterable[Fact]) -> dict[Customer, History]:
    mine: dict[Customer, list[Fact]] = defaultdict(list)
    for fact in facts:
        mine[fold.who.owner(fact.tokens, fact.occurred_at, 1)].append(fact)
    found: dict[Customer, History] = {}
    for customer, history in mine.items():
        found[customer] = told = History.at_start(customer, a_rulebook(), 0)
        for fact in sorted(history, key=lambda f: fact_key(f.occurred_at, f.sequence, f.event_id)):
            told.extend(fact)
        told.finish()
    return found


def rows_of(histories: dict[Customer, History]) -> dict[tuple[Any, ...], Any]:
    rows: dict[tuple[Any, ...], Any] = {}
    for customer, history in histories.items():
        rows |= {(t, *key): row[: CONTENT_WIDTH[t]] for t, by_key in history.rows.items() for key, row in by_key.items()}
        for reason in (reason for group in history.reasons.values() for reason in group):
            row = alert_row(customer, reason, a_rulebook().version, 0, False, 0)
            rows[("alerts", *key_of(customer, reason))] = row[: CONTENT_WIDTH["alerts"]]
    return rows


def log_of(data: st.DataObject, facts: list[Fact], gone: list[Fact]) -> list[ResolvedFrame]:
    """Facts and removals in any order, some twice, a few to a frame, ticks between them."""
    removals = [Removal(f.occurred_at, f.sequence, f.event_id, f.tokens, RETRACTED) for f in gone]
    again = data.draw(st.lists(st.sampled_from(facts), max_size=4), label="sent again")
    coming: list[Fact | Removal] = data.draw(st.permutations([*facts, *removals, *again]), label="order")
    frames: list[ResolvedFrame] = []
    while coming:
        size = data.draw(st.integers(1, 4), label="in a frame")
        head, coming = coming[:size], coming[size:]
        frames.append(ResolvedFrame(1, [r for r in head if isinstance(r, Fact)], [r for r in head if isinstance(r, Removal)], []))
        tick = data.draw(st.sampled_from((None, None, *MINUTES)), label="tick")
        if tick is not None:
            frames.append(ResolvedFrame(1, [], [], [], [], int((START + timedelta(minutes=tick)).timestamp() * 1000)))
    return frames


@settings(max_examples=150)
@given(st.lists(HAPPENINGS, min_size=1, max_size=16), KILLS, st.integers(1, 3), st.sampled_from([(32, 8), (2, 1), (1, 1)]), st.data())
def test_the_replay_of_all_events_is_the_live_state(
    told: list[Happening], kills: list[str], chunk: int, spaced: tuple[int, int], data: st.DataObject
) -> None:
    admission = admitted(*(document(n, happening) for n, happening in enumerate(told)))
    assert not admission.letters
    facts = [record for record in admission.records if isinstance(record, Fact)]
    fold = Fold(a_policy(), MemoryGraph())
    fold.apply(1, admission.entries)
    gone = data.draw(st.lists(st.sampled_from(facts), max_size=3, unique_by=lambda f: f.event_id), label="taken back")
    log = log_of(data, facts, gone) + [ResolvedFrame(1, [], [], [], [], FAR_TICK)] * 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "SPACING", spaced[0])
        patch.setattr(replay, "FIRST_PAGE", spaced[1])
        course = Course(fold, log)
        course.run(kills, chunk)
    histories = told_in_order(fold, [fact for fact in facts if fact not in gone])
    assert course.live() == rows_of(histories)
    for customer, history in histories.items():
        state = course.state(customer)
        assert state is not None
        for part in ("session", "journey", "totals", "context", "watch"):
            assert getattr(state, part) == getattr(history.state, part), part
        mine = (fact for fact in facts if fact not in gone and fold.who.owner(fact.tokens, fact.occurred_at, 1) == customer)
        check_checkpoints(course.disk, customer, mine)


@cache
def every_type() -> list[Fact]:
    admission = admitted(*(document(n, Happening(name, n, "a", None, None, "production")) for n, name in enumerate(TYPES)))
    return [record for record in admission.records if isinstance(record, Fact)]


def test_every_type_that_makes_a_touchpoint_can_be_drawn() -> None:
    assert {fact.event_type for fact in every_type()} == set(TYPES)
    assert set(EPISODE_TYPES) <= set(TYPES)


def felt(*scores: float) -> tuple[Fold, list[Fact]]:
    """Pages a day apart that felt so."""
    told = (document(n, Happening("page.viewed", n * 1_440, "a", None, score, "production")) for n, score in enumerate(scores))
    admission = admitted(*told)
    fold = Fold(a_policy(), MemoryGraph())
    fold.apply(1, admission.entries)
    return fold, [record for record in admission.records if isinstance(record, Fact)]


def test_an_alert_lasts_again_when_the_good_experience_that_ended_it_is_taken_back() -> None:
    """It began before the change, so neither course of the replay tells of its beginning."""
    fold, facts = felt(-0.8, -0.8, 0.5)
    good = facts[2]
    gone = Removal(good.occurred_at, good.sequence, good.event_id, good.tokens, RETRACTED)
    tick = ResolvedFrame(1, [], [], [], [], FAR_TICK)
    course = Course(fold, [ResolvedFrame(1, facts, [], []), tick, ResolvedFrame(1, [], [gone], []), tick])
    course.run((), 1)
    assert course.live() == rows_of(told_in_order(fold, facts[:2]))
    assert [key for key in course.live() if key[0] == "alerts"], "a row of two bad ones is an alert"
