"""Answers that came late: the first public reply of a representative in a ticket, later than the target after the ticket was opened.

Taken here: the calendar clock, as the target says; the first ticket.opened counts; a customer's own tickets only.
"""

from dataclasses import replace

from tests.reference.rules import FIRST_RESPONSE_MS, WAITED_SCORE
from tests.reference.sentiment import BY_RULE
from tests.reference.touches import Touch


def with_late_answers(history: list[Touch]) -> list[Touch]:
    """The same history, in order, with the score of a wait on late first answers that no other rule scores."""
    opened: dict[tuple[str, str], int] = {}
    answered: set[tuple[str, str]] = set()
    return [_scored(touch) if touch.counts and _is_late(touch, opened, answered) else touch for touch in history]


def _is_late(touch: Touch, opened: dict[tuple[str, str], int], answered: set[tuple[str, str]]) -> bool:
    """Goes on by one touchpoint: `opened` and `answered` keep what was seen of each ticket."""
    ticket = touch.content.event.source, getattr(touch.payload, "ticket_id", None) or ""
    if touch.event_type == "ticket.opened":
        opened.setdefault(ticket, touch.at)
    if touch.event_type != "ticket.replied" or touch.payload.author != "representative" or not touch.payload.public:
        return False
    if ticket in answered or ticket not in opened:
        return False
    answered.add(ticket)
    return touch.at - opened[ticket] > FIRST_RESPONSE_MS


def _scored(touch: Touch) -> Touch:
    return touch if touch.sentiment is not None else replace(touch, sentiment=WAITED_SCORE, sentiment_by=BY_RULE)
