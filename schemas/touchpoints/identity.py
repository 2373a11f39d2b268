"""Statements about who is who, consent and erasure. All but consent are no touchpoints."""

from schemas.envelope import Identity
from schemas.fields import Flag, Label, Text, WireModel
from schemas.touchpoints.spec import CUSTOMER, SYSTEM, EventSpec
from schemas.vocabulary import Channel


class Pair(WireModel):
    """Two identities of one customer, or not."""

    a: Identity
    b: Identity
    reason: Text | None = None


class Shared(WireModel):
    """A device or an address of several people."""

    identity: Identity
    reason: Text | None = None


class Consent(WireModel):
    """purpose: analytics, marketing, ..."""

    purpose: Label
    granted: Flag


class Erasure(WireModel):
    """Whoever this identity stands for asks to be forgotten."""

    identity: Identity


def _statement(event_type: str, meaning: str, payload: type[WireModel], personal: tuple[str, ...]) -> EventSpec:
    return EventSpec(
        event_type=event_type,
        meaning=meaning,
        payload=payload,
        channel=None,
        actor=SYSTEM,
        needs_identity=False,
        personal=personal,
    )


SPECS = (
    _statement("identity.linked", "two identities are one customer", Pair, ("a", "b")),
    _statement("identity.unlinked", "two identities are not one customer, whatever was seen", Pair, ("a", "b")),
    _statement("identity.shared", "an identity belongs to several people", Shared, ("identity",)),
    EventSpec(
        event_type="consent.changed",
        meaning="the customer allowed or forbade a purpose",
        payload=Consent,
        channel=Channel.WEB,
        actor=CUSTOMER,
    ),
    _statement("erasure.requested", "a customer asks to be forgotten", Erasure, ("identity",)),
)
