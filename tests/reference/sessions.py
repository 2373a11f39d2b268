"""Sessions: the customer's acts without a pause longer than the gap, and what others do while one is open.

Taken here: exactly the gap and exactly the longest duration still belong; the most touches are acts, and a session
that is full is closed; an act of somebody else belongs where the customer acted at most the gap before, and opens and prolongs nothing.
"""

from dataclasses import dataclass, field

from tests.reference.rules import SESSION_GAP_MS, SESSION_LONGEST_MS, SESSION_MOST
from tests.reference.touches import Touch


@dataclass
class Session:
    touches: list[Touch] = field(default_factory=list)

    @property
    def acts(self) -> list[Touch]:
        return [touch for touch in self.touches if touch.is_act]

    def is_open_at(self, at: int) -> bool:
        quiet = at - self.acts[-1].at
        return quiet <= SESSION_GAP_MS and at - self.touches[0].at <= SESSION_LONGEST_MS and len(self.acts) < SESSION_MOST


def sessions_of(history: list[Touch]) -> list[Session]:
    """`history`: touchpoints of one customer that count, in order. Every session begins with an act."""
    sessions: list[Session] = []
    for touch in history:
        if sessions and sessions[-1].is_open_at(touch.at):
            sessions[-1].touches.append(touch)
        elif touch.is_act:
            sessions.append(Session([touch]))
    return sessions
