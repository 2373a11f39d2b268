"""What every event carries around its payload. A field that is not named here is kept beside the others, as in a payload."""

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator, model_validator

from schemas.errors import IdentityRefused, ValueRefused
from schemas.fields import Count, Country, Currency, Flag, Label, Language, Moment, Money, Real, Source, Text, WireModel
from schemas.identities import normalise_identity
from schemas.vocabulary import Actor, Cause, Channel, Environment, IdentityKind, Outcome, SentimentJudge

PERSONAL_CONTEXT = ("page", "referrer", "click_ids", "device_id", "user_agent")
"""Fields of `context` that travel in a fact's personal part."""


class Identity(WireModel):
    """By what a source knew somebody; the value comes out in its normal form, also where rules.yaml calls it junk."""

    kind: IdentityKind
    value: Annotated[str, Field(strict=True, description="normalised by its kind: e-mail in lower case, phone to E.164, others trimmed")]
    source: Source | None = Field(None, description="the system that gave a number; the event's source where not given")

    @field_validator("value")
    @classmethod
    def _normal(cls, value: str, info: ValidationInfo) -> str:
        kind = info.data.get("kind")
        if kind is None:
            return value
        try:
            return normalise_identity(kind, value)
        except IdentityRefused:
            return _junk_or_refused(kind, value, info.context)


def _junk_or_refused(kind: IdentityKind, value: str, junk_form: object) -> str:
    """The validation context is `Limits.junk_form`: what the rules call junk is kept to be marked, all else goes on being refused."""
    form: Callable[[IdentityKind, str], str | None] | None = junk_form if callable(junk_form) else None
    normal = form(kind, value) if form else None
    return normalise_identity(kind, value) if normal is None else normal


class Links(WireModel):
    """Numbers of the things that the touchpoint belongs to."""

    order: Label | None = None
    ticket: Label | None = None
    call: Label | None = None
    return_: Label | None = Field(None, alias="return")
    shipment: Label | None = None
    subscription: Label | None = None


class Campaign(WireModel):
    """As the utm_ parameters say it."""

    utm_source: Text | None = None
    utm_medium: Text | None = None
    utm_campaign: Text | None = None
    utm_term: Text | None = None
    utm_content: Text | None = None
    utm_id: Text | None = None


class Context(WireModel):
    """Where and with what it happened. page, referrer: addresses."""

    page: Text | None = None
    referrer: Text | None = None
    campaign: Campaign | None = None
    click_ids: dict[str, Text] | None = Field(None, description="by parameter name, such as gclid or fbclid")
    device: Text | None = Field(None, description="desktop, phone, tablet, watch, tv, ...")
    device_id: Text | None = None
    locale: Language | None = None
    ip_country: Country | None = None
    user_agent: Text | None = None
    consent: dict[str, Flag] | None = Field(None, description="by purpose: granted or not, when it happened")


class Envelope(WireModel):
    """The fields of every event, beside `payload`."""

    event_id: UUID = Field(description="the same for every resend of the same event")
    event_type: Label = Field(description="one of this catalogue")
    schema_version: Annotated[int, Field(strict=True, ge=1)] = Field(1, description="of the payload's shape")
    source: Source = Field(description="the sending system, such as shop-eu")
    occurred_at: Moment = Field(description="when it happened, by the source's clock")
    sent_at: Moment | None = Field(None, description="when it was sent; of two contents with one id the later one wins")
    received_at: Moment | None = Field(None, description="when the edge got it; informative, dates are judged against Kafka's own time")
    sequence: Count | None = Field(None, description="the source's own order within one instant")
    identities: tuple[Identity, ...] = Field((), description="at least one, where the type's section does not say otherwise")
    actor: Actor | None = Field(None, description="by default as the event type says")
    links: Links | None = None
    channel: Channel | None = Field(None, description="by default as the event type says")
    owner: Label | None = Field(None, description="the team in charge; by default as rules.yaml says")
    environment: Environment = Field(Environment.PRODUCTION, description="only production enters metrics")
    context: Context | None = None
    sentiment: Annotated[Real, Field(ge=-1, le=1)] | None = Field(None, description="-1 (worst) to 1 (best)")
    sentiment_by: SentimentJudge | None = Field(None, description="who judged it")
    effort: Annotated[int, Field(strict=True, ge=1, le=7)] | None = Field(None, description="1 (least) to 7 (most)")
    cause: Cause | None = Field(None, description="what made a bad experience")
    outcome: Outcome | None = Field(None, description="how what the customer tried ended")
    amount: Money | None = Field(None, description="what it was about, in `currency`")
    currency: Currency | None = Field(None, description="required beside an amount")

    @field_validator("event_id")
    @classmethod
    def _not_nil(cls, value: UUID) -> UUID:
        if not value.int:
            raise ValueRefused("the nil UUID", "give each event an id of its own; with this one they would all be repeats of one event")
        return value

    @model_validator(mode="after")
    def _amount_has_currency(self) -> "Envelope":
        if self.amount is not None and self.currency is None:
            raise ValueRefused("missing beside an amount", "say in which currency the amount is", field="currency")
        return self


PayloadT_co = TypeVar("PayloadT_co", bound=WireModel, covariant=True)


class Event(Envelope, Generic[PayloadT_co]):
    """An event with a typed payload: `Event[OrderPlaced]`. Its concrete classes are made by `schemas.touchpoints.event_model`."""

    payload: PayloadT_co


AnyEvent = Event[Any]
