"""Advertisements and what they cost."""

from schemas.fields import Count, Currency, Label, Moment, Money, Text, WireModel
from schemas.touchpoints.spec import CUSTOMER, SYSTEM, EventSpec
from schemas.vocabulary import Actor, Channel


class Ad(WireModel):
    """An advertisement and where it stood."""

    network: Label
    campaign_id: Label
    campaign_name: Text | None = None
    ad_group: Text | None = None
    creative_id: Text | None = None
    keyword: Text | None = None
    placement: Text | None = None
    click_id: Text | None = None
    landing_url: Text | None = None
    text: Text | None = None


class AdCost(WireModel):
    """What a campaign cost from period_start (included) to period_end (excluded)."""

    network: Label
    campaign_id: Label
    period_start: Moment
    period_end: Moment
    cost: Money
    currency: Currency
    impressions: Count | None = None
    clicks: Count | None = None


_PERSONAL = ("landing_url", "text")


def _ad(verb: str, meaning: str, channel: Channel, actor: Actor) -> EventSpec:
    return EventSpec(event_type=f"ad.{verb}", meaning=meaning, payload=Ad, channel=channel, actor=actor, personal=_PERSONAL)


SPECS = (
    _ad("shown", "an advertisement was shown", Channel.DISPLAY, SYSTEM),
    _ad("clicked", "an advertisement was clicked", Channel.DISPLAY, CUSTOMER),
    _ad("commented", "somebody wrote below a paid post", Channel.PAID_SOCIAL, CUSTOMER),
    EventSpec(
        event_type="ad_cost.reported",
        meaning="what a campaign cost in a period; goes to its own table",
        payload=AdCost,
        channel=None,
        actor=SYSTEM,
        needs_identity=False,
        business_key=("network", "campaign_id", "period_start", "period_end"),
    ),
)
