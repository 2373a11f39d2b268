"""`rules.yaml` as one validated, frozen value. Pure: the text comes in (`streams.rules_file` reads it)."""

from functools import cached_property
from hashlib import blake2b
from typing import Annotated, Any, Self

import orjson
import yaml
from pydantic import AfterValidator, PositiveInt, ValidationError, model_validator

from schemas.codec import Limits
from schemas.errors import RulesInvalid
from schemas.rulesets.admission import Bots, DropRule, Lateness, LimitRules
from schemas.rulesets.identity import IdentityRules, Junk, KindRule
from schemas.rulesets.journeys import (
    BadExperience,
    JourneyRules,
    SentimentRule,
    SessionRules,
    StageRule,
    last_is_for_all,
)
from schemas.rulesets.patterns import ALL, Pattern, RuleModel, any_matches
from schemas.rulesets.service import AlertRules, Calendar, Targets
from schemas.touchpoints import EVENT_TYPES
from schemas.vocabulary import Scope

_REMEDY = "correct it there; rules.yaml of the project has every rule with its meaning"


class Rules(RuleModel):
    """`version` is stamped on every row that these rules shaped: raise it with every change."""

    version: PositiveInt
    identity: IdentityRules
    sessions: SessionRules
    journeys: JourneyRules
    stages: Annotated[tuple[StageRule, ...], AfterValidator(last_is_for_all)]
    scopes: dict[Scope, tuple[Pattern, ...]]
    owners: dict[str, tuple[Pattern, ...]]
    sentiment: tuple[SentimentRule, ...]
    bad_experience: BadExperience
    targets: Targets
    calendars: dict[str, Calendar]
    alerts: AlertRules
    lateness: Lateness
    bots: Bots
    drop: tuple[DropRule, ...] = ()
    limits: LimitRules

    @model_validator(mode="after")
    def _scopes_are_nested(self) -> Self:
        if list(self.scopes) != list(Scope) or ALL not in self.scopes[Scope.EXPERIENCE]:
            raise ValueError('scopes must name support, service, experience in this order, and experience must be ["*"]')
        return self

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        for target in (self.targets.first_response_s, self.targets.resolution_s, self.targets.refund_s):
            if target.calendar not in self.calendars:
                raise ValueError(f"a target names the calendar {target.calendar!r}, which calendars does not have")
            if target.clock == "business" and not any(self.calendars[target.calendar].week):
                raise ValueError(f"a business target names the calendar {target.calendar!r}, which is never open: give it hours")
        names = [rule.name for rule in self.drop]
        if len(names) != len(set(names)):
            raise ValueError("two rules under drop have one name: each is counted under its own")
        return self

    @cached_property
    def scope_by_type(self) -> dict[str, Scope]:
        """The innermost scope of every event type."""
        return {event_type: next(s for s in self.scopes if any_matches(self.scopes[s], event_type)) for event_type in EVENT_TYPES}

    @cached_property
    def owner_by_type(self) -> dict[str, str]:
        """The first team in the file that names the type; a type that no team names is left out."""
        owned = {t: next((team for team, types in self.owners.items() if any_matches(types, t)), None) for t in EVENT_TYPES}
        return {event_type: team for event_type, team in owned.items() if team is not None}

    @cached_property
    def stage_rules_by_type(self) -> dict[str, tuple[StageRule, ...]]:
        """For every type the rules that can apply to it, in order, up to the first that needs no look at the customer's history."""
        return {event_type: self._stage_rules(event_type) for event_type in EVENT_TYPES}

    def _stage_rules(self, event_type: str) -> tuple[StageRule, ...]:
        able = [rule for rule in self.stages if rule.types is None or any_matches(rule.types, event_type)]
        last = next(at for at, rule in enumerate(able) if rule.always)
        return tuple(able[: last + 1])

    @property
    def decode_limits(self) -> Limits:
        """What `schemas.codec.decode` needs."""
        return Limits(event_bytes=self.limits.event_bytes, json_depth=self.limits.json_depth, junk_form=self.identity.junk.form)

    @cached_property
    def digest(self) -> str:
        """32 hex digits over the content: tells rules apart that were changed without raising their version.

        The order inside a section counts, for of several owners the first that fits is taken.
        """
        content = orjson.dumps(self.model_dump(mode="json", by_alias=True))
        return blake2b(content, digest_size=16).hexdigest()


class _NoDoubledKeys(yaml.SafeLoader):
    """YAML takes the last of two equal keys and says nothing; here it is refused."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key.value!r} stands twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def rules_from(text: str) -> Rules:
    """Raises RulesInvalid, which names the first wrong field, or the line that is no YAML."""
    try:
        content = yaml.load(text, Loader=_NoDoubledKeys)
    except yaml.MarkedYAMLError as why:
        line = why.problem_mark.line + 1 if why.problem_mark else 0
        raise RulesInvalid(f"rules.yaml, line {line}: {why.problem}", field=f"line {line}", remedy=_REMEDY) from None
    except (yaml.YAMLError, ValueError):  # ValueError: what looks like a date and is none
        raise RulesInvalid("rules.yaml is no YAML text", field="", remedy=_REMEDY) from None
    try:
        return Rules.model_validate(content)
    except ValidationError as why:
        raise _invalid(why) from None


def _invalid(why: ValidationError) -> RulesInvalid:
    first = why.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"] if part != "[key]")
    message = first["msg"].removeprefix("Value error, ")
    return RulesInvalid(f"rules.yaml, {field or 'as a whole'}: {message}", field=field, remedy=_REMEDY)


__all__ = ["IdentityRules", "Junk", "KindRule", "Rules", "rules_from"]
