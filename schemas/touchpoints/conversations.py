"""Calls, messages and public comments."""

from schemas.fields import Count, Flag, Label, Milliseconds, Text, WireModel
from schemas.payload_words import Author, CallDirection
from schemas.touchpoints.spec import CUSTOMER, REPRESENTATIVE, EventSpec
from schemas.vocabulary import Actor, Channel, IdentityKind


class CallQueued(WireModel):
    """number: of the customer."""

    call_id: Label
    direction: CallDirection
    queue: Label
    number: Text | None = None


class CallAnswered(WireModel):
    """wait_ms: from queued to answered."""

    call_id: Label
    representative_id: Label
    wait_ms: Milliseconds


class CallAbandoned(WireModel):
    """wait_ms: from queued to hung up."""

    call_id: Label
    wait_ms: Milliseconds


class CallHeld(WireModel):
    """hold_ms: how long the customer listened to music."""

    call_id: Label
    hold_ms: Milliseconds | None = None


class CallTransferred(WireModel):
    """to_queue: where it goes on."""

    call_id: Label
    to_queue: Text | None = None


class CallEnded(WireModel):
    """wrap_ms: the representative's work after it; resolved: the matter is done."""

    call_id: Label
    talk_ms: Milliseconds
    hold_ms: Milliseconds
    wrap_ms: Milliseconds | None = None
    resolved: Flag | None = None
    reason: Text | None = None


class Message(WireModel):
    """network: chat, messenger, whatsapp, instagram, sms; text_length: in characters, the text itself stays where it is."""

    conversation_id: Label
    message_id: Label
    author: Author
    network: Text | None = None
    text_length: Count | None = None


class Comment(WireModel):
    """in_reply_to: the comment that is answered."""

    comment_id: Label
    network: Label
    post_id: Text | None = None
    needs_answer: Flag | None = None
    in_reply_to: Text | None = None


def _call(verb: str, meaning: str, payload: type[WireModel], actor: Actor, **more: tuple[str, ...]) -> EventSpec:
    return EventSpec(
        event_type=f"call.{verb}",
        meaning=meaning,
        payload=payload,
        channel=Channel.PHONE,
        actor=actor,
        business_key=more.get("business_key", ("call_id",)),
        personal=more.get("personal", ()),
        numbers={IdentityKind.CALL: "call_id"},
    )


def _message(verb: str, meaning: str, actor: Actor) -> EventSpec:
    key = ("conversation_id", "message_id")
    return EventSpec(
        event_type=f"message.{verb}", meaning=meaning, payload=Message, channel=Channel.LIVE_CHAT, actor=actor, business_key=key
    )


def _comment(verb: str, meaning: str, actor: Actor) -> EventSpec:
    key = ("network", "comment_id")
    return EventSpec(
        event_type=f"comment.{verb}", meaning=meaning, payload=Comment, channel=Channel.SOCIAL_COMMENT, actor=actor, business_key=key
    )


_OFTEN = ("call_id", "occurred_at")

SPECS = (
    _call("queued", "a call waits for somebody", CallQueued, CUSTOMER, business_key=_OFTEN, personal=("number",)),
    _call("answered", "somebody took the call", CallAnswered, REPRESENTATIVE, business_key=_OFTEN),
    _call("abandoned", "the customer hung up before anybody answered", CallAbandoned, CUSTOMER),
    _call("held", "the customer was asked to wait", CallHeld, REPRESENTATIVE, business_key=_OFTEN),
    _call("transferred", "the call went on to others", CallTransferred, REPRESENTATIVE, business_key=_OFTEN),
    _call("ended", "the call is over", CallEnded, REPRESENTATIVE),
    _message("received", "a message came in", CUSTOMER),
    _message("sent", "a message went out", REPRESENTATIVE),
    _comment("received", "somebody commented in public", CUSTOMER),
    _comment("answered", "the company answered in public", REPRESENTATIVE),
)
