"""Whose an identity is now, by the history of who is who, before all that merely show it."""

from deploy.looking.finding import find, follow
from deploy.who.naming import customer_id_in, named
from deploy.who.sight import Ask
from schemas.identities import kind_of
from schemas.rules import Rules
from schemas.vocabulary import NUMBER_KINDS

EVER = "2200-01-01 00:00:00"
"""Of a shared device whoever logged in last is meant."""


def ids_of(ask: Ask, who: str, key: bytes, rules: Rules) -> tuple[str, ...]:
    """The customer's id, last; before it the former ids that lead to it. Raises NobodyFound, NotNamed, IdentityRefused.

    What belongs to several people, or to nobody, is looked for by who shows it.
    """
    is_bare_number = kind_of(who.partition(":")[0]) in NUMBER_KINDS and "@" not in who
    if customer_id_in(who) is None and not is_bare_number:
        identity = named(who, key, rules)
        asked = f"kind = '{identity.kind.value}', identity = '{identity.token.hex()}', at = '{EVER}'"
        for customer, rule in ask(f"SELECT customer_id, rule FROM customer_at({asked})"):
            if rule not in ("shared", "nobody"):
                return follow(ask, str(customer))
    return find(ask, who, key)
