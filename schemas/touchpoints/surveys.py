"""Questions about the experience."""

from pydantic import model_validator

from schemas.errors import ValueRefused
from schemas.fields import Flag, Label, Real, Text, WireModel
from schemas.payload_words import Instrument
from schemas.touchpoints.delivery import About
from schemas.touchpoints.spec import CUSTOMER, SYSTEM, EventSpec
from schemas.vocabulary import Channel


class Scale(WireModel):
    """scale_min: the worst answer; scale_max: the best answer."""

    survey_id: Label
    instrument: Instrument
    scale_min: Real
    scale_max: Real

    @model_validator(mode="after")
    def _has_a_range(self) -> "Scale":
        if self.scale_min >= self.scale_max:
            raise ValueRefused("a scale without a range", "scale_max must be greater than scale_min", field="scale_max")
        return self


class SurveyOffered(Scale):
    """scale_min: the worst answer; scale_max: the best; delivered: false where it is known that the question did not reach the customer."""

    about: About | None = None
    delivered: Flag | None = None


class SurveyAnswered(Scale):
    """scale_min: the worst answer; scale_max: the best; score: absent where the customer only wrote or it did not apply."""

    score: Real | None = None
    not_applicable: Flag | None = None
    comment: Text | None = None
    about: About | None = None

    @model_validator(mode="after")
    def _score_on_scale(self) -> "SurveyAnswered":
        if self.score is not None and not self.scale_min <= self.score <= self.scale_max:
            raise ValueRefused("a score outside its scale", "it must lie between scale_min and scale_max", field="score")
        return self


_KEY = ("survey_id", "identities")  # one survey may go to many

SPECS = (
    EventSpec(
        event_type="survey.offered",
        meaning="the customer was asked",
        payload=SurveyOffered,
        channel=Channel.SURVEY,
        actor=SYSTEM,
        business_key=_KEY,
    ),
    EventSpec(
        event_type="survey.answered",
        meaning="the customer answered",
        payload=SurveyAnswered,
        channel=Channel.SURVEY,
        actor=CUSTOMER,
        business_key=_KEY,
        personal=("comment",),
    ),
)
