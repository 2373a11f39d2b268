"""What the code knows about one event type beside its fields."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from schemas.errors import ConfigurationError
from schemas.fields import WireModel
from schemas.vocabulary import Actor, Channel, IdentityKind

CUSTOMER, REPRESENTATIVE, BOT, SYSTEM = Actor.CUSTOMER, Actor.REPRESENTATIVE, Actor.BOT, Actor.SYSTEM
OCCURRED_AT, IDENTITIES = "occurred_at", "identities"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSpec:
    """One row of the catalogue.

    channel, actor: where the event does not say (`None`: no touchpoint); `schemas.touchpoints.defaults` refines both by the payload.
    business_key: payload fields, or `occurred_at` and `identities`, that name the event for good; empty: the producer takes a UUIDv7.
    personal: payload fields that travel in a fact's personal part and land in columns marked personal.
    numbers: by identity kind the payload field that carries that thing's number.
    """

    event_type: str
    meaning: str
    payload: type[WireModel]
    channel: Channel | None
    actor: Actor
    version: int = 1
    business_key: tuple[str, ...] = ()
    needs_identity: bool = True
    personal: tuple[str, ...] = ()
    numbers: Mapping[IdentityKind, str] = field(default_factory=lambda: MappingProxyType({}))


def registry(specs: Iterable[EventSpec]) -> Mapping[str, EventSpec]:
    """By event type, in the order given; a second spec under one name is refused, for one of them would never be read."""
    table: dict[str, EventSpec] = {}
    for spec in specs:
        if spec.event_type in table:
            twice = f"the event type {spec.event_type} stands twice in the catalogue"
            raise ConfigurationError(twice, setting=spec.event_type, remedy="give one of them another name")
        table[spec.event_type] = spec
    return MappingProxyType(table)
