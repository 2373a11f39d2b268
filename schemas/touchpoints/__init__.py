"""The catalogue: every event type that producers may send, by area. `EVENT_TYPES` is the table that all else is made from."""

from collections.abc import Mapping
from functools import cache
from itertools import chain
from typing import Any

from pydantic_core import SchemaValidator

from schemas.envelope import AnyEvent, Event
from schemas.touchpoints import (
    ads,
    conversations,
    corrections,
    delivery,
    identity,
    mail,
    onboarding,
    returns,
    sales,
    self_service,
    site,
    subscriptions,
    support,
    surveys,
)
from schemas.touchpoints.spec import EventSpec, registry

AREAS = {
    "ads": ads.SPECS,
    "marketing mail": mail.SPECS,
    "site and app": site.SPECS,
    "self-service": self_service.SPECS,
    "sales": sales.SPECS,
    "subscription": subscriptions.SPECS,
    "onboarding and use": onboarding.SPECS,
    "delivery": delivery.SPECS,
    "support": support.SPECS,
    "calls, messages, comments": conversations.SPECS,
    "returns": returns.SPECS,
    "surveys": surveys.SPECS,
    "identity": identity.SPECS,
    "correction": corrections.SPECS,
}

EVENT_TYPES: Mapping[str, EventSpec] = registry(chain.from_iterable(AREAS.values()))


@cache
def event_model(event_type: str) -> type[AnyEvent]:
    """The concrete model `Event[payload]` of a known event type, built on first use (about a millisecond); KeyError for an unknown one."""
    payload: Any = EVENT_TYPES[event_type].payload
    model: type[AnyEvent] = Event[payload]
    model.model_rebuild()
    return model


@cache
def validator_for(event_type: str) -> SchemaValidator:
    """pydantic's own validator of that model: the hot path saves the method call around it."""
    validator: SchemaValidator = event_model(event_type).__pydantic_validator__  # type: ignore[assignment]
    return validator


__all__ = ["AREAS", "EVENT_TYPES", "EventSpec", "event_model", "validator_for"]
