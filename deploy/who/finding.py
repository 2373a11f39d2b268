"""Whose an identity is now, by the history of who is who; customers that merely show it are not asked."""

from deploy.looking.errors import NobodyFound
from deploy.looking.finding import find, follow
from deploy.who.naming import customer_id_in, named
from deploy.who.sight import Ask
from schemas.rules import Rules
from schemas.vocabulary import NUMBER_KINDS

EVER = "2200-01-01 00:00:00"
"""Of a shared device whoever logged in last is meant."""


def ids_of(ask: Ask, who: str, key: bytes, rules: Rules) -> tuple[str, ...]:
    """The customer's id, last; before it the former ids that lead to it. Raises NobodyFound, NotNamed, IdentityRefused."""
    is_bare_number = who.partition(":")[0] in NUMBER_KINDS and "@" not in who
    if customer_id_in(who) is not None or is_bare_number:
        return find(ask, who, key)
    identity = named(who, key, rules)
    asked = f"kind = '{identity.kind.value}', identity = '{identity.token.hex()}', at = '{EVER}'"
    rows = ask(f"SELECT customer_id, rule FROM customer_at({asked})")
    if not rows:
        raise NobodyFound("no touchpoint shows this identity", remedy="what was sent lately may not have landed: tracker drain")
    customer, rule = rows[0]
    if rule in ("shared", "nobody"):
        raise NobodyFound("this identity is of several people, or of nobody", remedy="tracker shared lists them; name another identity")
    return follow(ask, str(customer))
