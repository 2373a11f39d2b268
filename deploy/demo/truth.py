"""How well the stitching matches the known truth: precision and recall over pairs of events, and by B-cubed. Pure.

A pair is two events; it is right where one person is behind both and one customer holds both. B-cubed asks the same for each event
and takes the mean, so that one large customer does not drown the small ones (Bagga and Baldwin, 1998).
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace

from deploy.demo.evidence import evidence_groups
from deploy.demo.world import SimulatedEvent

EventId = str


@dataclass(frozen=True, slots=True)
class Score:
    """Shares from 0 to 1; an empty denominator gives 1. `events` were compared, `pairs` are the true ones among them."""

    precision: float
    recall: float
    events: int
    pairs: int

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Scoreboard:
    """`connected`: recall counts only true pairs that some observed evidence connects; its precision is that over all pairs."""

    pairwise: Score
    connected: Score
    b_cubed: Score
    people: int = 0
    """behind the events that were compared"""
    customers: int = 0
    """that hold them"""


def _pairs(sizes: Iterable[int]) -> int:
    return sum(n * (n - 1) // 2 for n in sizes)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


def pairwise(found: Mapping[EventId, Hashable], truth: Mapping[EventId, Hashable]) -> Score:
    """Over the events that both know."""
    both = [(found[event], truth[event]) for event in truth if event in found]
    right = _pairs(Counter(both).values())
    joined, true = _pairs(Counter(f for f, _ in both).values()), _pairs(Counter(t for _, t in both).values())
    return Score(_share(right, joined), _share(right, true), len(both), true)


def b_cubed(found: Mapping[EventId, Hashable], truth: Mapping[EventId, Hashable]) -> Score:
    """Over the events that both know; each event counts itself, so both shares are above 0."""
    both = [(found[event], truth[event]) for event in truth if event in found]
    cells, customers, people = Counter(both), Counter(f for f, _ in both), Counter(t for _, t in both)
    precision = sum(n * n / customers[f] for (f, _), n in cells.items())
    recall = sum(n * n / people[t] for (_, t), n in cells.items())
    return Score(_share(precision, len(both)), _share(recall, len(both)), len(both), _pairs(people.values()))


def scoreboard(found: Mapping[EventId, Hashable], events: Iterable[SimulatedEvent]) -> Scoreboard:
    """`found`: the customer of each event id; events that are nobody's are left out."""
    known = [event for event in events if event.truth]
    truth = {str(event.document["event_id"]): event.truth for event in known}
    connected = pairwise(found, evidence_groups(known))
    over_all = pairwise(found, truth)
    by_evidence = Score(over_all.precision, connected.recall, connected.events, connected.pairs)
    both = [(person, found[event]) for event, person in truth.items() if event in found]
    people, customers = len({person for person, _ in both}), len({customer for _, customer in both})
    return Scoreboard(over_all, by_evidence, b_cubed(found, truth), people, customers)


def by_difficulty(found: Mapping[EventId, Hashable], events: Iterable[SimulatedEvent]) -> dict[str, Scoreboard]:
    """The same for the people of each kind of trouble, against everybody: a pair counts for the kinds of both of its people.

    Precision of a kind: of the joined pairs with at least one event of such people, the share that is right.
    """
    known = [event for event in events if event.truth]
    kinds: dict[str, list[SimulatedEvent]] = defaultdict(list)
    for event in known:
        kinds[event.difficulty or "none"].append(event)
    return {kind: _with_foreign_pairs(scoreboard(found, group), found, group, known) for kind, group in sorted(kinds.items())}


def _with_foreign_pairs(
    board: Scoreboard, found: Mapping[EventId, Hashable], group: list[SimulatedEvent], everybody: list[SimulatedEvent]
) -> Scoreboard:
    own = Counter(found[e] for e in _ids(group) if e in found)
    all_of = Counter(found[e] for e in _ids(everybody) if e in found)
    joined = sum(n * (n - 1) // 2 + n * (all_of[customer] - n) for customer, n in own.items())
    right = board.pairwise.recall * board.pairwise.pairs
    precision = _share(right, joined)
    over_all = Score(precision, board.pairwise.recall, board.pairwise.events, board.pairwise.pairs)
    connected = Score(precision, board.connected.recall, board.connected.events, board.connected.pairs)
    return replace(board, pairwise=over_all, connected=connected)


def _ids(events: Iterable[SimulatedEvent]) -> set[EventId]:
    """Each id once: of two contents under one id only one is kept."""
    return {str(event.document["event_id"]) for event in events}
