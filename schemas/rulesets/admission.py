"""What is let in: lateness, bots, drops, limits."""

from typing import Annotated, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from schemas.fields import Moment
from schemas.rulesets.patterns import Pattern, RuleModel
from schemas.vocabulary import Channel, Environment

RuleName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class Lateness(RuleModel):
    """Seconds by which a source may be late before its events stop moving `is_final`; nothing is dropped for it."""

    default_s: NonNegativeInt
    by_source: dict[str, NonNegativeInt] = Field(default_factory=dict)


class Bots(RuleModel):
    """An event whose bot score (0..1) reaches this is marked and kept out of metrics."""

    score_at_least: Annotated[float, Field(ge=0, le=1)]


class DropRule(RuleModel):
    """Drops what meets every condition that it names; `name` is counted and stands in the ledger."""

    name: RuleName
    types: tuple[Pattern, ...] = ()
    sources: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    environments: tuple[Environment, ...] = ()

    @model_validator(mode="after")
    def _names_a_condition(self) -> Self:
        if not (self.types or self.sources or self.channels or self.environments):
            raise ValueError("names no condition and would drop everything: name types, sources, channels or environments")
        return self


class LimitRules(RuleModel):
    """event_bytes: of one record; after_received_h: hours that a source's clock may go ahead; customer_facts: of one customer."""

    event_bytes: PositiveInt
    json_depth: Annotated[int, Field(ge=4, le=512)]
    after_received_h: PositiveInt
    earliest: Moment
    customer_facts: PositiveInt
    path_first: PositiveInt
    path_last: PositiveInt
