"""Waits over the target: a call that was answered late, and the first public reply of a representative in a ticket.

Taken here: the calendar clock, as the target says; the first ticket.opened counts; a customer's own tickets only, and those that count.
"""

from dataclasses import dataclass, field, replace

from tests.reference.identities import things_of
from tests.reference.rules import CALL_ANSWER_MS, FIRST_RESPONSE_MS, WAITED_SCORE
from tests.reference.sentiment import BY_RULE
from tests.reference.touches import Touch

Ticket = tuple[str, str]
"""(source, number)"""


@dataclass
class Waits:
    """What was seen of each ticket so far."""

    opened: dict[Ticket, int] = field(default_factory=dict)
    answered: set[Ticket] = field(default_factory=set)

    def take(self, touch: Touch) -> tuple[bool, bool]:
        """Goes on by one touchpoint: whether somebody waited too long for it, and whether that was for an answer in a ticket."""
        if touch.event_type == "call.answered":
            return touch.payload.wait_ms > CALL_ANSWER_MS, False
        tickets = [(source, number) for kind, source, number in things_of(touch.content) if kind == "ticket"]
        if touch.event_type == "ticket.opened":
            for ticket in tickets:
                self.opened.setdefault(ticket, touch.at)
        if touch.event_type != "ticket.replied" or touch.payload.author != "representative" or not touch.payload.public:
            return False, False
        late = [touch.at - self.opened[t] > FIRST_RESPONSE_MS for t in tickets if t in self.opened and t not in self.answered]
        self.answered.update(t for t in tickets if t in self.opened)
        return any(late), any(late)


def with_waits(history: list[Touch]) -> list[Touch]:
    """The same history, in order, with the score of a wait where no other rule scores."""
    waits = Waits()
    return [_scored(touch) if touch.counts and waits.take(touch)[0] else touch for touch in history]


def _scored(touch: Touch) -> Touch:
    return touch if touch.sentiment is not None else replace(touch, sentiment=WAITED_SCORE, sentiment_by=BY_RULE)
