"""What an event says about identities: entries for `identity.links`, a function of the event alone."""

from itertools import combinations

from schemas.facts import Fact
from schemas.links import LinkEntry, Token
from streams.core.identity.policy import Policy

LOGINS = {"login.succeeded": "login", "account.created": "login", "logout.done": "logout"}


def pairs_of(tokens: list[Token], policy: Policy) -> list[tuple[Token, Token]]:
    """All pairs of the joining identities; each number with the strongest of them, or with each other where there is none."""
    joining = [t for t in tokens if t[0] not in policy.numbers]
    numbers = [t for t in tokens if t[0] in policy.numbers]
    if not joining:
        return list(combinations(numbers, 2))
    return [*combinations(joining, 2), *((joining[0], number) for number in numbers)]


def observations(fact: Fact, policy: Policy) -> list[LinkEntry]:
    """Pairs, and who took or gave back which device. Tokens come strongest first."""
    entries = [LinkEntry("pair", a, b, fact.occurred_at, fact.event_id) for a, b in pairs_of(fact.tokens, policy)]
    what = LOGINS.get(fact.event_type)
    if what is not None:
        strongest = fact.tokens[0]
        named = strongest[0] not in policy.ownable and strongest[0] not in policy.numbers
        if named or what == "logout":
            account = strongest if what == "login" else b""
            entries += [
                LinkEntry(what, t, account, fact.occurred_at, fact.event_id)  # type: ignore[arg-type]
                for t in fact.tokens
                if t[0] in policy.ownable
            ]
    return entries
