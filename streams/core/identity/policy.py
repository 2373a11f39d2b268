"""The identity rules in the form that the fold reads: by kind code instead of by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from schemas.facts import Customer
from schemas.ids import customer_id_for
from schemas.links import KIND_CODES, KIND_NAMES, Token
from schemas.rules import IdentityRules


@dataclass(frozen=True, slots=True)
class Policy:
    """Compiled `identity` part of rules.yaml. `uncounted` kinds (click and numbers) enter neither cap nor nobody."""

    strength: Mapping[int, int]
    limit: Mapping[int, int]
    shared_above: Mapping[int, int]
    numbers: frozenset[int]
    shared_counts: frozenset[int]
    uncounted: frozenset[int]
    nobody_above: int
    component_cap: int
    ownable: frozenset[int]
    """kinds of which an interval from login to logout says whose they are"""


def policy_from(rules: IdentityRules) -> Policy:
    """The policy of a rules file; every kind that the file leaves out cannot occur, since rules name all kinds."""
    kinds = {KIND_CODES[str(name)]: rule for name, rule in rules.kinds.items()}
    numbers = frozenset(code for code, rule in kinds.items() if rule.finds_only)
    return Policy(
        strength={code: rule.strength for code, rule in kinds.items()},
        limit={code: rule.limit for code, rule in kinds.items() if rule.limit is not None},
        shared_above={code: rule.shared_above for code, rule in kinds.items() if rule.shared_above is not None},
        numbers=numbers,
        shared_counts=frozenset(KIND_CODES[str(name)] for name in rules.shared_counts),
        uncounted=numbers | {KIND_CODES["click"]},
        nobody_above=rules.nobody_above,
        component_cap=rules.component_cap,
        ownable=frozenset({KIND_CODES["device"], KIND_CODES["anonymous"]}) if rules.device_ownership == "login" else frozenset(),
    )


@lru_cache(maxsize=262_144)
def solo(token: Token) -> Customer:
    """The customer that an identity is when it is alone, and whose id a customer takes from its strongest identity."""
    return customer_id_for(KIND_NAMES[token[0]], token).bytes
