"""One world, stitched and judged: the figures, by kind of difficulty, and what they leave out. Pure."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from deploy.demo.truth import Score, Scoreboard, by_difficulty, pairwise, scoreboard
from deploy.demo.world import SimulatedEvent
from deploy.score.apart import Joined, LeftApart, joined, left_apart, touching_groups

LEAST_PRECISION: Final = 0.999
LEAST_RECALL: Final = 0.98
"""Of the pairs that some observed evidence connects."""


@dataclass(frozen=True, slots=True)
class World:
    """What was simulated. `aided`: who shares something has an account, and the service desk tells what it knows."""

    people: int
    days: int
    seed: int
    aided: bool
    events: int


@dataclass(frozen=True, slots=True)
class Board:
    """`touching`: recall over the pairs that any identity connects, also one that others show too: the widest notion of evidence."""

    world: World
    way: str
    """in-process or live"""
    overall: Scoreboard
    touching: Score
    by_difficulty: Mapping[str, Scoreboard]
    left_apart: Sequence[LeftApart]
    joined: Sequence[Joined]

    @property
    def meets_the_goal(self) -> bool:
        return self.overall.pairwise.precision >= LEAST_PRECISION and self.overall.connected.recall >= LEAST_RECALL


def board(found: Mapping[str, Hashable], events: Sequence[SimulatedEvent], world: World, way: str) -> Board:
    """`found`: by event id the customer."""
    known = [event for event in events if event.truth]
    by_any = pairwise(found, touching_groups(known))
    over_all = scoreboard(found, events)
    touching = Score(over_all.pairwise.precision, by_any.recall, by_any.events, by_any.pairs)
    return Board(world, way, over_all, touching, by_difficulty(found, events), left_apart(events, found.keys()), joined(found, events))


def document(judged: Board) -> dict[str, Any]:
    """What `--json` prints and docs/score.json keeps; shares are rounded to six digits."""
    return {
        "world": asdict(judged.world),
        "way": judged.way,
        "meets_the_goal": judged.meets_the_goal,
        "overall": _scoreboard(judged.overall),
        "touching": _score(judged.touching),
        "by_difficulty": {kind: _scoreboard(found) for kind, found in judged.by_difficulty.items()},
        "left_apart": [asdict(row) for row in judged.left_apart],
        "joined": [asdict(row) for row in judged.joined],
    }


def _scoreboard(found: Scoreboard) -> dict[str, Any]:
    scores = {"pairwise": found.pairwise, "connected": found.connected, "b_cubed": found.b_cubed}
    return {"people": found.people, "customers": found.customers, **{name: _score(score) for name, score in scores.items()}}


def _score(score: Score) -> dict[str, float]:
    shares = {"precision": score.precision, "recall": score.recall, "f1": score.f1}
    return {**{name: round(share, 6) for name, share in shares.items()}, "events": score.events, "pairs": score.pairs}
