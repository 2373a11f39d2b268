"""From the lead to the order and its payment."""

from typing import Annotated

from pydantic import Field

from schemas.fields import Count, Currency, Label, Moment, Money, NotNegative, Text, WireModel
from schemas.payload_words import CancelledBy
from schemas.touchpoints.spec import CUSTOMER, REPRESENTATIVE, EventSpec
from schemas.vocabulary import Actor, Channel, IdentityKind


class Opportunity(WireModel):
    """value: what it may bring; address: the postal one, in one line."""

    lead_id: Text | None = None
    opportunity_id: Text | None = None
    representative_id: Text | None = None
    value: Money | None = None
    currency: Currency | None = None
    reason: Text | None = None
    name: Text | None = None
    address: Text | None = None


class StoreVisit(WireModel):
    """Somebody known came into a shop."""

    store_id: Label
    representative_id: Text | None = None


class OrderLine(WireModel):
    """unit_price: of one piece before the discount; discount: of the whole line; cost: what one piece cost the company."""

    line_id: Label
    product_id: Label
    category: Text | None = None
    quantity: Count
    unit_price: Money
    discount: Money | None = None
    cost: Money | None = None


class Order(WireModel):
    """The whole order as it is now. total: what is to be paid; fx_rate: total times this is the reporting currency.

    name, address: to whom it goes, the postal address in one line.
    """

    order_id: Label
    lines: tuple[OrderLine, ...]
    total: Money
    currency: Currency
    fx_rate: Annotated[Money, Field(gt=0)] | None = None
    promised_at: Moment | None = None
    sales_channel: Text | None = None
    coupon: Text | None = None
    name: Text | None = None
    address: Text | None = None


class OrderCancelled(WireModel):
    """line_ids: only these; absent: all of it."""

    order_id: Label
    line_ids: tuple[Label, ...] | None = None
    reason: Text | None = None
    by: CancelledBy


class Payment(WireModel):
    """For an order or a subscription; reason: of a failure."""

    order_id: Text | None = None
    subscription_id: Text | None = None
    amount: NotNegative
    currency: Currency
    method: Text | None = None
    reason: Text | None = None


_ORDER = {IdentityKind.ORDER: "order_id"}
_WHOSE = ("name", "address")


def _opportunity(event_type: str, meaning: str, actor: Actor, channel: Channel, business_key: tuple[str, ...] = ()) -> EventSpec:
    return EventSpec(
        event_type=event_type,
        meaning=meaning,
        payload=Opportunity,
        channel=channel,
        actor=actor,
        business_key=business_key,
        personal=_WHOSE,
    )


def _order(event_type: str, meaning: str, payload: type[WireModel], business_key: tuple[str, ...]) -> EventSpec:
    return EventSpec(
        event_type=event_type,
        meaning=meaning,
        payload=payload,
        channel=Channel.WEB,
        actor=CUSTOMER,
        business_key=business_key,
        numbers=_ORDER,
        personal=_WHOSE if payload is Order else (),
    )


def _payment(event_type: str, meaning: str) -> EventSpec:
    return EventSpec(
        event_type=event_type,
        meaning=meaning,
        payload=Payment,
        channel=Channel.WEB,
        actor=CUSTOMER,
        numbers=_ORDER | {IdentityKind.SUBSCRIPTION: "subscription_id"},
    )


_CHANGE = ("order_id", "occurred_at")

SPECS = (
    _opportunity("lead.created", "somebody asked to be called", CUSTOMER, Channel.WEB, ("lead_id",)),
    _opportunity("demo.booked", "somebody booked a demonstration", CUSTOMER, Channel.WEB),
    _opportunity("meeting.held", "a representative met somebody", REPRESENTATIVE, Channel.SALES_REP),
    _opportunity("quote.sent", "a quote was sent", REPRESENTATIVE, Channel.SALES_REP),
    _opportunity("quote.accepted", "a quote was accepted", CUSTOMER, Channel.SALES_REP),
    _opportunity("opportunity.lost", "nothing came of it", REPRESENTATIVE, Channel.SALES_REP, ("opportunity_id",)),
    EventSpec(
        event_type="store.visited",
        meaning="somebody known came into a shop",
        payload=StoreVisit,
        channel=Channel.STORE,
        actor=CUSTOMER,
    ),
    _order("order.placed", "an order was placed", Order, ("order_id",)),
    _order("order.changed", "an order was changed; the payload is the whole order", Order, _CHANGE),
    _order("order.cancelled", "an order or some of its lines were cancelled", OrderCancelled, _CHANGE),
    _payment("payment.succeeded", "money came in"),
    _payment("payment.failed", "a payment did not go through"),
)
