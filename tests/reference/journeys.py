"""Journeys: everything that happens to a customer until silence longer than the journey gap; exactly the gap still belongs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from uuid import UUID

from tests.reference.identities import things_of
from tests.reference.rules import JOURNEY_GAP_MS, PATH_FIRST, PATH_LAST
from tests.reference.touches import Touch


@dataclass
class Journey:
    touches: list[Touch] = field(default_factory=list)

    @property
    def acts(self) -> list[Touch]:
        return [touch for touch in self.touches if touch.is_act]

    @property
    def told(self) -> list[Touch]:
        """What counts as first and last touch: the customer's acts, or everything where there are none."""
        return self.acts or self.touches


def journeys_of(history: list[Touch]) -> list[Journey]:
    """`history`: touchpoints of one customer that count, in order."""
    journeys: list[Journey] = []
    for touch in history:
        if not journeys or touch.at - journeys[-1].touches[-1].at > JOURNEY_GAP_MS:
            journeys.append(Journey())
        journeys[-1].touches.append(touch)
    return journeys


def collapsed(words: Iterable[str]) -> list[str]:
    """Repeats that follow on each other count once."""
    return [word for word, _ in groupby(words)]


def capped(path: list[str]) -> list[str]:
    """The first and the last steps of a long path; a path that both cover is whole."""
    return path if len(path) <= PATH_FIRST + PATH_LAST else path[:PATH_FIRST] + path[-PATH_LAST:]


def appearing(words: Iterable[str]) -> list[str]:
    """Each word once, in order of first appearance; empty ones left out."""
    return list(dict.fromkeys(word for word in words if word))


def handovers(owners: list[str]) -> int:
    """How often the team in charge is another one than at the touchpoint before; touchpoints without a team are passed over."""
    return sum(a != b for a, b in pairwise([owner for owner in owners if owner]))


def counted_returns(history: list[Touch]) -> set[UUID]:
    """The events by which a return counts: it is requested, or received where no request is known before."""
    seen: set[tuple[str, str]] = set()
    found: set[UUID] = set()
    for touch in history:
        if touch.event_type in ("return.requested", "return.received"):
            fresh = {(source, number) for kind, source, number in things_of(touch.content) if kind == "return"} - seen
            seen |= fresh
            found |= {touch.event_id} if fresh else set()
    return found
