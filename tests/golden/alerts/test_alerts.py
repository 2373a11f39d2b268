"""Each page of this folder, told in order, backwards, and with the clock running all the while."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from schemas.facts import Fact, ResolvedFrame
from schemas.ledger_tables import TABLES
from streams import pipeline
from streams.core.alerts.reasons import AlertRule
from streams.core.identity.fold import Fold
from streams.core.identity.graph import MemoryGraph
from streams.core.overlay import MemoryBytes
from tests.builders import a_rulebook
from tests.golden.alerts.tables import Alert, Story, stories, written
from tests.streams.core.told import a_gate, admitted

STORIES = list(stories())
COLUMNS = [column.name for column in TABLES["alerts"].columns]


def facts_of(story: Story) -> tuple[Fold, list[Fact]]:
    admission = admitted(*story.documents)
    assert not admission.letters, [rejection for _, rejection in admission.letters]
    fold = Fold(a_gate().policy, MemoryGraph())
    fold.apply(1, admission.entries)
    return fold, [record for record in admission.records if isinstance(record, Fact)]


def standing(fold: Fold, frames: Iterable[ResolvedFrame]) -> list[Alert]:
    """The alerts that stand in the end, each frame a chunk of its own."""
    store, rows = MemoryBytes(), dict[object, Sequence[object]]()
    for offset, frame in enumerate(frames):
        stitcher = pipeline.stitch(0, 1, fold.who, a_rulebook(), store, 1, [(offset, frame)])
        rows |= stitcher.effects.upserts.get("alerts", {})
        for key in stitcher.effects.withdrawals.get("alerts", {}):
            rows.pop(key, None)
        store.write(stitcher.overlay.changes)
    return sorted(alert_of(dict(zip(COLUMNS, row, strict=True))) for row in rows.values())


def alert_of(row: dict[str, Any]) -> Alert:
    raised, over = row["raised_at"], row["over_at"]
    subject = row["subject_kind"] if row["subject_kind"] in ("journey", "touchpoint") else f"{row['subject_kind']} {row['subject_id']}"
    return f"{row['rule']} {row['clock']}".strip(), str(subject), written(raised), written(over)


def frame(*facts: Fact, tick: int = 0) -> ResolvedFrame:
    return ResolvedFrame(1, list(facts), [], [], [], tick)


@pytest.mark.parametrize("story", STORIES, ids=[story.title for story in STORIES])
def test_the_alerts_that_stand_are_those_of_the_page(story: Story) -> None:
    fold, facts = facts_of(story)
    assert standing(fold, [frame(*facts), frame(tick=story.now)]) == sorted(story.alerts)


@pytest.mark.parametrize("story", STORIES, ids=[story.title for story in STORIES])
def test_they_are_the_same_whatever_came_first_and_whenever_the_clock_ran(story: Story) -> None:
    fold, facts = facts_of(story)
    live = [f for fact in facts for f in (frame(tick=fact.occurred_at), frame(fact), frame(tick=fact.occurred_at + 1))]
    backwards = [f for fact in reversed(facts) for f in (frame(fact), frame(tick=story.now))]
    behind = [frame(tick=story.now), *(frame(fact) for fact in facts)]
    for course in (live, backwards, behind):
        assert standing(fold, [*course, frame(tick=story.now)]) == sorted(story.alerts)


def test_every_rule_has_its_page() -> None:
    shown = {name.split()[0] for story in STORIES for name, *_ in story.alerts}
    assert shown == set(AlertRule)
