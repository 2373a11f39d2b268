"""Tickets, and what is wrong with an order."""

from schemas.fields import Flag, Label, Text, WireModel
from schemas.payload_words import Author, OrderIssue, TicketStatus
from schemas.touchpoints.spec import CUSTOMER, REPRESENTATIVE, SYSTEM, EventSpec
from schemas.vocabulary import Actor, Channel, IdentityKind


class TicketOpened(WireModel):
    """reason: why the customer writes, from the help desk's own list; parent_ticket_id: of a follow-up."""

    ticket_id: Label
    subject: Text | None = None
    reason: Text | None = None
    priority: Text | None = None
    queue: Text | None = None
    first_message: Text | None = None
    order_id: Text | None = None
    parent_ticket_id: Text | None = None


class TicketAssigned(WireModel):
    """To a person, a team or both."""

    ticket_id: Label
    representative_id: Text | None = None
    team: Text | None = None


class TicketReplied(WireModel):
    """public: the customer sees it; substantive: an answer, not an automatic acknowledgement."""

    ticket_id: Label
    message_id: Label
    author: Author
    public: Flag
    substantive: Flag | None = None
    representative_id: Text | None = None


class TicketChanged(WireModel):
    """tags: all that it has now; merged_into: the ticket that goes on in its place."""

    ticket_id: Label
    status: TicketStatus | None = None
    tags: tuple[Text, ...] | None = None
    reason: Text | None = None
    merged_into: Text | None = None


class IssueRaised(WireModel):
    """What the customer says is wrong."""

    order_id: Label
    issue: OrderIssue


_TICKET = {IdentityKind.TICKET: "ticket_id"}
_OFTEN = ("ticket_id", "occurred_at")


def _changed(verb: str, meaning: str, actor: Actor) -> EventSpec:
    return EventSpec(
        event_type=f"ticket.{verb}",
        meaning=meaning,
        payload=TicketChanged,
        channel=Channel.EMAIL,
        actor=actor,
        business_key=_OFTEN,
        numbers=_TICKET,
    )


SPECS = (
    EventSpec(
        event_type="ticket.opened",
        meaning="a customer has a question or a problem",
        payload=TicketOpened,
        channel=Channel.EMAIL,
        actor=CUSTOMER,
        business_key=("ticket_id",),
        personal=("subject", "first_message"),
        numbers=_TICKET | {IdentityKind.ORDER: "order_id"},
    ),
    EventSpec(
        event_type="ticket.assigned",
        meaning="somebody is to answer",
        payload=TicketAssigned,
        channel=Channel.EMAIL,
        actor=SYSTEM,
        business_key=_OFTEN,
        numbers=_TICKET,
    ),
    EventSpec(
        event_type="ticket.replied",
        meaning="somebody wrote into a ticket",
        payload=TicketReplied,
        channel=Channel.EMAIL,
        actor=REPRESENTATIVE,
        business_key=("ticket_id", "message_id"),
        numbers=_TICKET,
    ),
    _changed("pending", "the customer is to answer", REPRESENTATIVE),
    _changed("solved", "it is answered", REPRESENTATIVE),
    _changed("reopened", "it was not answered after all", SYSTEM),
    _changed("closed", "it cannot come back", SYSTEM),
    _changed("tagged", "its tags changed", SYSTEM),
    EventSpec(
        event_type="order_issue.raised",
        meaning="a customer says what is wrong with an order",
        payload=IssueRaised,
        channel=Channel.WEB,
        actor=CUSTOMER,
        numbers={IdentityKind.ORDER: "order_id"},
    ),
)
