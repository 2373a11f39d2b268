"""The first steps with what was bought, and its use."""

from schemas.fields import Text, WireModel
from schemas.touchpoints.spec import CUSTOMER, EventSpec
from schemas.vocabulary import Channel


class Use(WireModel):
    """step: of the onboarding; feature: of the product."""

    step: Text | None = None
    feature: Text | None = None


def _spec(event_type: str, meaning: str) -> EventSpec:
    return EventSpec(event_type=event_type, meaning=meaning, payload=Use, channel=Channel.WEB, actor=CUSTOMER)


SPECS = (
    _spec("onboarding.started", "the first step was begun"),
    _spec("onboarding.step_done", "a step was done"),
    _spec("onboarding.completed", "the last step was done"),
    _spec("product.used", "the product was used"),
)
