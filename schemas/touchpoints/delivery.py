"""Parcels, and what the customer is told before asking."""

from schemas.fields import Label, Moment, Text, WireModel
from schemas.payload_words import NotificationSubject
from schemas.touchpoints.spec import SYSTEM, EventSpec
from schemas.vocabulary import Channel, IdentityKind


class About(WireModel):
    """The thing that a message or a question is about. kind: order, shipment, ticket, call, return, subscription, touchpoint, ..."""

    kind: Label
    id: Label


class Shipment(WireModel):
    """line_ids: of the order, where not all of it is inside; new_promised_at: of a delay; reason: of a delay or failure."""

    shipment_id: Label
    order_id: Label
    line_ids: tuple[Label, ...] | None = None
    carrier: Text | None = None
    promised_at: Moment | None = None
    new_promised_at: Moment | None = None
    reason: Text | None = None


class Notification(WireModel):
    """medium: email, sms, push, whatsapp, phone, ...; where it is the name of a channel it is the touchpoint's channel."""

    notification_id: Label
    subject: NotificationSubject
    about: About
    medium: Label


def _shipment(verb: str, meaning: str, business_key: tuple[str, ...]) -> EventSpec:
    return EventSpec(
        event_type=f"shipment.{verb}",
        meaning=meaning,
        payload=Shipment,
        channel=Channel.DELIVERY,
        actor=SYSTEM,
        business_key=business_key,
        numbers={IdentityKind.SHIPMENT: "shipment_id", IdentityKind.ORDER: "order_id"},
    )


_ONCE, _OFTEN = ("shipment_id",), ("shipment_id", "occurred_at")

SPECS = (
    _shipment("sent", "a parcel left", _ONCE),
    _shipment("delayed", "a parcel will be late", _OFTEN),
    _shipment("delivered", "a parcel was handed over", _ONCE),
    _shipment("failed", "a parcel could not be handed over", _OFTEN),
    EventSpec(
        event_type="notification.sent",
        meaning="the customer was told before asking",
        payload=Notification,
        channel=Channel.EMAIL,
        actor=SYSTEM,
        business_key=("notification_id",),
    ),
)
