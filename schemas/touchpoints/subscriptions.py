"""Subscriptions: each renewal is a sale anew."""

from schemas.fields import Currency, Label, Moment, Money, Text, WireModel
from schemas.touchpoints.spec import CUSTOMER, SYSTEM, EventSpec
from schemas.vocabulary import Actor, Channel, IdentityKind


class Subscription(WireModel):
    """As it is now. price: for one interval; interval: month, year, ...; period_end: until when it is paid."""

    subscription_id: Label
    plan: Label
    price: Money | None = None
    currency: Currency | None = None
    interval: Text | None = None
    period_end: Moment | None = None
    reason: Text | None = None


def _spec(event_type: str, meaning: str, actor: Actor) -> EventSpec:
    return EventSpec(
        event_type=event_type,
        meaning=meaning,
        payload=Subscription,
        channel=Channel.WEB,
        actor=actor,
        business_key=_KEY,
        numbers={IdentityKind.SUBSCRIPTION: "subscription_id"},
    )


_KEY = ("subscription_id", "occurred_at")

SPECS = (
    _spec("trial.started", "a trial began", CUSTOMER),
    _spec("subscription.started", "a subscription began", CUSTOMER),
    _spec("subscription.renewed", "another period began", SYSTEM),
    _spec("subscription.changed", "the plan or the price changed", CUSTOMER),
    _spec("subscription.cancelled", "the customer wants no other period", CUSTOMER),
    _spec("subscription.lapsed", "it ended", SYSTEM),
)
