"""Goods and money on their way back, line by line."""

from schemas.fields import Count, Currency, Label, NotNegative, Text, WireModel
from schemas.payload_words import Resolution
from schemas.touchpoints.spec import CUSTOMER, SYSTEM, EventSpec
from schemas.vocabulary import Actor, Channel, IdentityKind


class ReturnLine(WireModel):
    """reason: a code of the shop, such as too_small."""

    line_id: Label
    quantity: Count
    reason: Label


class Return(WireModel):
    """The whole return as it is now."""

    return_id: Label
    order_id: Label
    lines: tuple[ReturnLine, ...]
    resolution: Resolution | None = None


class Refund(WireModel):
    """amount: what goes back to the customer, not negative."""

    refund_id: Label
    order_id: Label
    return_id: Text | None = None
    line_ids: tuple[Label, ...] | None = None
    amount: NotNegative
    currency: Currency
    reason: Text | None = None


class Exchange(WireModel):
    """new_order_id: where the shop books the new goods as an order."""

    return_id: Label
    order_id: Label
    new_order_id: Text | None = None


_NUMBERS = {IdentityKind.RETURN: "return_id", IdentityKind.ORDER: "order_id"}


def _return(verb: str, meaning: str, actor: Actor, business_key: tuple[str, ...] = ("return_id",)) -> EventSpec:
    return EventSpec(
        event_type=f"return.{verb}",
        meaning=meaning,
        payload=Return,
        channel=Channel.RETURNS,
        actor=actor,
        business_key=business_key,
        numbers=_NUMBERS,
    )


def _back(event_type: str, meaning: str, payload: type[WireModel], business_key: tuple[str, ...]) -> EventSpec:
    return EventSpec(
        event_type=event_type,
        meaning=meaning,
        payload=payload,
        channel=Channel.RETURNS,
        actor=SYSTEM,
        business_key=business_key,
        numbers=_NUMBERS,
    )


_OFTEN = ("return_id", "occurred_at")

SPECS = (
    _return("requested", "the customer wants to send something back", CUSTOMER),
    _return("approved", "the customer may", SYSTEM),
    _return("rejected", "the customer may not", SYSTEM),
    _return("label_sent", "the customer has the label", SYSTEM, _OFTEN),
    _return("shipped", "the goods are on their way", CUSTOMER, _OFTEN),
    _return("received", "the goods are back", SYSTEM, _OFTEN),
    _back("refund.issued", "money goes back", Refund, ("refund_id",)),
    _back("exchange.shipped", "other goods go out", Exchange, _OFTEN),
)
