"""How touchpoints become sessions and journeys, and what each of them is: stage, scope, owner, sentiment."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from schemas.payload_words import Instrument
from schemas.rulesets.patterns import ALL, Pattern, RuleModel
from schemas.vocabulary import Actor, Stage

When = Literal["open_return", "renewal_due_within_30_days", "has_order_or_subscription"]
Score = Annotated[float, Field(ge=-1, le=1)]


class SessionRules(RuleModel):
    """gap_s: seconds of silence, exactly that many still belong; a session ends at longest_h hours or most_touches at the latest."""

    gap_s: PositiveInt
    longest_h: PositiveInt
    most_touches: PositiveInt
    actors: Annotated[tuple[Actor, ...], Field(min_length=1)]


class JourneyRules(RuleModel):
    """gap_days: days of silence that end a journey; closed_by: event types that end it at once."""

    gap_days: PositiveInt
    closed_by: tuple[Pattern, ...] = ()


class StageRule(RuleModel):
    """Applies where the type matches (no types: all) and the condition on the customer's own history holds (none: always)."""

    stage: Stage
    types: tuple[Pattern, ...] | None = None
    when: When | None = None
    within_days_after_delivery: PositiveInt | None = None

    @property
    def always(self) -> bool:
        """No condition beside the type."""
        return self.when is None and self.within_days_after_delivery is None


class SentimentRule(RuleModel):
    """Exactly one of: explicit (what the event says), survey, types with a score, waited_over_target (the score of a wait)."""

    explicit: Literal[True] | None = None
    survey: Instrument | None = None
    formula: Literal["(score - mid) / half_range"] | None = None
    types: tuple[Pattern, ...] | None = None
    score: Score | None = None
    waited_over_target: Score | None = None

    @model_validator(mode="before")
    @classmethod
    def _word(cls, value: Any) -> Any:
        return {"explicit": True} if value == "explicit" else value

    @model_validator(mode="after")
    def _is_one_rule(self) -> Self:
        said = [name for name in ("explicit", "survey", "types", "waited_over_target") if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError("must say exactly one of explicit, survey, types, waited_over_target")
        if (self.types is None) != (self.score is None):
            raise ValueError("types and score belong together")
        if (self.survey is None) != (self.formula is None):
            raise ValueError("survey and formula belong together")
        return self


class BadExperience(RuleModel):
    """A touchpoint is bad by its score, or by one of the facts under `or`."""

    score_at_most: Score
    or_: tuple[Literal["sla_missed", "refund_overdue", "delivered_late", "repeat_contact"], ...] = Field((), alias="or")


def last_is_for_all(stages: tuple[StageRule, ...]) -> tuple[StageRule, ...]:
    """Each touchpoint has a stage, so the last rule must apply to all; one before it would hide the rest."""
    catching = [at for at, rule in enumerate(stages) if rule.always and (rule.types is None or ALL in rule.types)]
    if catching != [len(stages) - 1]:
        raise ValueError("the last rule, and only the last, must have neither types nor a condition")
    return stages
