"""A small world told twice: what links and facts say, without Kafka."""

from collections.abc import Sequence
from typing import Any

from deploy.rules.sample import World
from deploy.rules.who_moves import Knowledge
from schemas.facts import Fact
from schemas.links import LinkEntry, Token
from schemas.rules import Rules
from streams.core.identity.policy import policy_from
from streams.core.observations import observations
from streams.rules_file import load_rules
from tests.builders import MINUTE, T0, a_fact, a_token


class Facts:
    """A source of facts as they are; what they say of identities follows from them."""

    def __init__(self, *facts: Fact) -> None:
        self._facts = facts

    def know(self, rules: Sequence[Rules]) -> list[Knowledge]:
        return [self._known(each) for each in rules]

    def _known(self, rules: Rules) -> Knowledge:
        known = Knowledge(policy_from(rules.identity))
        for fact in self._facts:
            known.take(self._entries(fact, known))
        return known

    def _entries(self, fact: Fact, known: Knowledge) -> list[LinkEntry]:
        return observations(fact, known.fold.policy)

    def fill(self, rules: Sequence[Rules], worlds: Sequence[World]) -> None:
        for world in worlds:
            world.take_all(self._facts)


def seen(n: int, *identities: str, minute: float = 0, **given: Any) -> Fact:
    """A fact with identities as KIND:VALUE, the strongest first."""
    return a_fact(n, T0 + round(minute * MINUTE), [token(words) for words in identities], **given)


def token(words: str) -> Token:
    kind, _, value = words.partition(":")
    return a_token(kind, value)


def changed(**sections: Any) -> Rules:
    """The shipped rules with another version, and these fields of sections laid over theirs."""
    given = load_rules().model_dump(mode="json", by_alias=True)
    given["version"] += 1
    for section, fields in sections.items():
        given[section] = _over(given[section], fields)
    return Rules.model_validate(given)


def _over(below: Any, above: Any) -> Any:
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return {**below, **{key: _over(below.get(key), value) for key, value in above.items()}}
