"""Bad experiences: a low score, an answer that came late, goods or money that came late, the same matter again within the week.

Taken here: goods are late after the first promise made for the order or for the parcel; money is late by the time from the request of the
return to the first refund for it; somebody asks again where the contact before was about the same order, or either names none; what the
company begins is no contact: a call of its own, a ticket that a representative opens. A call that somebody hung up at once is none for
whoever asks later, if nothing else was asked meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from uuid import UUID

from tests.reference.contents import ms
from tests.reference.identities import thing_of, things_of
from tests.reference.rules import REFUND_MS, REPEAT_MS
from tests.reference.sentiment import hung_up_at_once, is_bad_by_score
from tests.reference.touches import Touch
from tests.reference.waits import Waits

CONTACTS = ("ticket.opened", "call.queued", "order_issue.raised")
Thing = tuple[str, str, str]


@dataclass
class Promises:
    """What a customer was promised and asked for so far."""

    waits: Waits = field(default_factory=Waits)
    promised: dict[Thing, int] = field(default_factory=dict)
    requested: dict[Thing, int] = field(default_factory=dict)
    refunded: set[Thing] = field(default_factory=set)

    def take(self, touch: Touch) -> bool:
        """Goes on by one touchpoint: whether a promise was broken by it."""
        things = things_of(touch.content)
        self._promise(touch, things)
        answer_was_late = self.waits.take(touch)[1]
        return answer_was_late or self._is_late(touch, things) or self._is_overdue(touch, things)

    def _promise(self, touch: Touch, things: list[Thing]) -> None:
        promised_at = getattr(touch.payload, "promised_at", None)
        kind = {"order": "order", "shipment": "shipment"}.get(touch.event_type.partition(".")[0])
        for thing in things:
            if promised_at is not None and thing[0] == kind:
                self.promised.setdefault(thing, ms(promised_at))

    def _is_late(self, touch: Touch, things: list[Thing]) -> bool:
        return touch.event_type == "shipment.delivered" and any(touch.at > self.promised.get(thing, touch.at) for thing in things)

    def _is_overdue(self, touch: Touch, things: list[Thing]) -> bool:
        returns = [thing for thing in things if thing[0] == "return"]
        if touch.event_type == "return.requested":
            for thing in returns:
                self.requested.setdefault(thing, touch.at)
        if touch.event_type != "refund.issued":
            return False
        first = [thing for thing in returns if thing not in self.refunded]
        self.refunded.update(first)
        return any(touch.at - self.requested.get(thing, touch.at) > REFUND_MS for thing in first)


def is_contact(touch: Touch) -> bool:
    """The customer asks for something."""
    return touch.event_type in CONTACTS and touch.actor != "representative" and getattr(touch.payload, "direction", None) != "outbound"


def repeats_in(history: list[Touch], within_ms: int = REPEAT_MS) -> set[UUID]:
    """Events by which somebody asks again so soon; `history` as below."""
    found: set[UUID] = set()
    before: Touch | None = None
    for touch, meanwhile in _contacts(history):
        if before is not None and touch.at - before.at <= within_ms and len(_orders(before, touch)) < 2:
            found.add(touch.event_id)
        if not (touch.event_type == "call.queued" and any(_hung_up(touch, later) for later in meanwhile)):
            before = touch
    return found


def _contacts(history: list[Touch]) -> Iterator[tuple[Touch, list[Touch]]]:
    """Each contact, and what happened from it to the next."""
    at = [n for n, touch in enumerate(history) if is_contact(touch)]
    for n, end in pairwise([*at, len(history)]):
        yield history[n], history[n + 1 : end]


def _hung_up(call: Touch, later: Touch) -> bool:
    return hung_up_at_once(later.content.event) and thing_of(call.content, "call") == thing_of(later.content, "call") != ""


def _orders(*touches: Touch) -> set[str]:
    return {thing_of(touch.content, "order") for touch in touches} - {""}


def bad_ones(history: list[Touch]) -> set[UUID]:
    """Events of bad experiences; `history`: touchpoints of one customer that count, in order, waits scored."""
    promises = Promises()
    return repeats_in(history) | {touch.event_id for touch in history if _is_bad(touch, promises)}


def _is_bad(touch: Touch, promises: Promises) -> bool:
    broken = promises.take(touch)
    return broken or is_bad_by_score(touch.sentiment)
