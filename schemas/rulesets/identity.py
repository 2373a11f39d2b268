"""Who may be joined to whom: `identity` of rules.yaml."""

import re
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PositiveInt, model_validator

from schemas.identities import placeholder
from schemas.rulesets.patterns import RuleModel
from schemas.vocabulary import NUMBER_KINDS, IdentityKind


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as why:
        raise ValueError(f"is no regular expression: {why}") from None
    return pattern


Regex = Annotated[str, AfterValidator(_compiles)]


class KindRule(RuleModel):
    """strength: smaller is stronger; limit: of this kind one customer may have; finds_only: never joins two customers."""

    strength: Annotated[int, Field(ge=0)]
    limit: PositiveInt | None = None
    shared_above: PositiveInt | None = None
    finds_only: bool = False


class Junk(RuleModel):
    """What stands for nobody."""

    values: tuple[str, ...] = ()
    email_patterns: tuple[Regex, ...] = ()
    phone_patterns: tuple[Regex, ...] = ()

    def form(self, kind: IdentityKind, value: str) -> str | None:
        """The comparable form of a value that is junk, None for any other. Takes raw and normalised values alike."""
        plain = placeholder(value)
        if plain in self._plain_values:
            return plain
        if kind is IdentityKind.PHONE:
            plain = re.sub(r"[^\d+]", "", plain)
        return plain if any(pattern.search(plain) for pattern in self._patterns.get(kind, ())) else None

    @cached_property
    def _plain_values(self) -> frozenset[str]:
        return frozenset(map(placeholder, self.values))

    @cached_property
    def _patterns(self) -> dict[IdentityKind, tuple[re.Pattern[str], ...]]:
        return {
            IdentityKind.EMAIL: tuple(map(re.compile, self.email_patterns)),
            IdentityKind.PHONE: tuple(map(re.compile, self.phone_patterns)),
        }


class IdentityRules(RuleModel):
    """nobody_above, component_cap: identities, click and number kinds not counted."""

    kinds: dict[IdentityKind, KindRule]
    shared_counts: tuple[IdentityKind, ...]
    nobody_above: PositiveInt
    junk: Junk
    component_cap: PositiveInt
    device_ownership: Literal["login", "none"]

    @model_validator(mode="after")
    def _kinds_are_complete(self) -> Self:
        missing = [kind.value for kind in IdentityKind if kind not in self.kinds]
        if missing:
            raise ValueError(f"kinds leaves out {', '.join(missing)}: give every identity kind a strength")
        wrong = [kind.value for kind, rule in self.kinds.items() if rule.finds_only != (kind in NUMBER_KINDS)]
        if wrong:
            raise ValueError(f"finds_only is for the numbers of things and for all of them; set it right for {', '.join(wrong)}")
        return self

    @model_validator(mode="after")
    def _strengths_are_an_order(self) -> Self:
        by_strength: dict[int, IdentityKind] = {}
        for kind, rule in self.kinds.items():
            if rule.strength in by_strength:
                tie = f"{by_strength[rule.strength].value} and {kind.value}"
                raise ValueError(f"{tie} have the same strength {rule.strength}: give each kind its own, the fold sorts by it")
            by_strength[rule.strength] = kind
        weakest_joining = max(rule.strength for rule in self.kinds.values() if not rule.finds_only)
        if any(rule.strength < weakest_joining for rule in self.kinds.values() if rule.finds_only):
            raise ValueError("the numbers of things must be weaker than every other kind: give them the greatest strengths")
        return self
