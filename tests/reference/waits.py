"""Waits over the target: a call that was answered late, and the first public reply of a representative in a ticket.

Taken here: the calendar clock, as the target says; the first ticket.opened counts, and where a representative opened it nobody waits; a
customer's own tickets only, and those that count; who is called by the company does not wait for an answer.
"""

from dataclasses import dataclass, field, replace

from tests.reference.identities import thing_of, things_of
from tests.reference.rules import CALL_ANSWER_MS, FIRST_RESPONSE_MS, WAITED_SCORE
from tests.reference.sentiment import BY_RULE
from tests.reference.touches import Touch

Ticket = tuple[str, str]
"""(source, number)"""


@dataclass
class Waits:
    """What was seen of each ticket so far."""

    opened: dict[Ticket, int | None] = field(default_factory=dict)
    answered: set[Ticket] = field(default_factory=set)
    called: set[str] = field(default_factory=set)

    def take(self, touch: Touch) -> tuple[bool, bool]:
        """Goes on by one touchpoint: whether somebody waited too long for it, and whether that was for an answer in a ticket."""
        if touch.event_type.startswith("call."):
            return self._rings_long(touch), False
        tickets = [(source, number) for kind, source, number in things_of(touch.content) if kind == "ticket"]
        if touch.event_type == "ticket.opened":
            for ticket in tickets:
                self.opened.setdefault(ticket, None if touch.actor == "representative" else touch.at)
        if touch.event_type != "ticket.replied" or touch.payload.author != "representative" or not touch.payload.public:
            return False, False
        asked = {t: at for t in tickets if t not in self.answered and (at := self.opened.get(t)) is not None}
        self.answered.update(asked)
        late = any(touch.at - at > FIRST_RESPONSE_MS for at in asked.values())
        return late, late

    def _rings_long(self, touch: Touch) -> bool:
        number = f"{touch.content.event.source} {thing_of(touch.content, 'call')}"
        if touch.event_type == "call.queued":
            (self.called.add if touch.payload.direction == "outbound" else self.called.discard)(number)
        return touch.event_type == "call.answered" and number not in self.called and touch.payload.wait_ms > CALL_ANSWER_MS


def with_waits(history: list[Touch]) -> list[Touch]:
    """The same history, in order, with the score of a wait where no other rule scores."""
    waits = Waits()
    return [_scored(touch) if touch.counts and waits.take(touch)[0] else touch for touch in history]


def _scored(touch: Touch) -> Touch:
    return touch if touch.sentiment is not None else replace(touch, sentiment=WAITED_SCORE, sentiment_by=BY_RULE)
