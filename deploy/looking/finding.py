"""Who is meant: a customer id, an identity as KIND:VALUE, or the number of a thing such as order:O-1, with @ its source where needed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from deploy.looking.errors import NobodyFound
from schemas.identities import kind_of, normalise_identity
from schemas.links import token_for
from schemas.vocabulary import NUMBER_KINDS, IdentityKind
from sinks.ddl import text

Rows = Sequence[Sequence[Any]]
Ask = Callable[[str], Rows]
NUMBERS: Final[Mapping[IdentityKind, tuple[str, str]]] = {
    IdentityKind.ORDER: ("orders", "order_id"),
    IdentityKind.SUBSCRIPTION: ("subscriptions", "subscription_id"),
    IdentityKind.SHIPMENT: ("shipments", "shipment_id"),
    IdentityKind.RETURN: ("returns", "return_id"),
    IdentityKind.TICKET: ("tickets", "ticket_id"),
    IdentityKind.CALL: ("calls", "call_id"),
}
"""table and column in which the numbers of things stand in clear"""
assert frozenset(NUMBERS) == NUMBER_KINDS, "every kind of number can be looked for"
MOST_STEPS: Final = 50
_HOW: Final = "name a customer id, or KIND:VALUE such as email:jo@example.org or order:1001"


def find(ask: Ask, who: str, key: bytes) -> tuple[str, ...]:
    """The customer's id, last; before it the former ids that lead to it. `key`: the secret of the installation's tokens.

    Raises NobodyFound, and IdentityRefused for a value that is none of its kind.
    """
    wanted = _as_id(who)
    if wanted is None:
        return follow(ask, _by_identity(ask, who, key))
    return follow(ask, wanted)


def follow(ask: Ask, customer: str) -> tuple[str, ...]:
    """Along `customer_redirects`, until a customer that has touchpoints."""
    steps = [customer]
    while len(steps) < MOST_STEPS:
        if ask(f"SELECT 1 FROM touchpoints WHERE customer_id = {text(steps[-1])} LIMIT 1"):
            return tuple(steps)
        found = ask(f"SELECT now_customer_id FROM customer_redirects WHERE customer_id = {text(steps[-1])}")
        if not found or str(found[0][0]) in steps:
            break
        steps.append(str(found[0][0]))
    raise NobodyFound("no customer has this id", remedy=f"{_HOW}; what was sent lately may not have landed: tracker drain")


def _as_id(who: str) -> str | None:
    try:
        return str(UUID(who.strip()))
    except ValueError:
        return None


def _by_identity(ask: Ask, who: str, key: bytes) -> str:
    kind_word, colon, value = who.partition(":")
    kind = kind_of(kind_word)
    if not colon or kind is None:
        raise NobodyFound("neither a customer id nor KIND:VALUE of a known kind", remedy=f"{_HOW}; kinds: {', '.join(IdentityKind)}")
    found = _candidates(ask, kind, normalise_identity(kind, value), key)
    if not found:
        raise NobodyFound(f"no customer shows this {_named(kind)}", remedy=f"{_HOW}; `tracker drain` waits for what was sent lately")
    if len(found) > 1:
        listed = ", ".join(f"{customer} (from {first_seen:%Y-%m-%d})" for customer, first_seen in found)
        raise NobodyFound(f"{len(found)} customers show this {_named(kind)}", remedy=f"name one of them by its id: {listed}")
    return str(found[0][0])


def _candidates(ask: Ask, kind: IdentityKind, value: str, key: bytes) -> Rows:
    if kind in NUMBERS:
        table, column = NUMBERS[kind]
        number, at, source = value.rpartition("@")
        where = f"{table} WHERE {column} = {text(value)}"
        where += f" OR ({column} = {text(number)} AND source = {text(source)})" if at else ""
        return ask(f"SELECT customer_id, min(opened_at) AS first_seen FROM {where} GROUP BY 1 ORDER BY first_seen LIMIT 20")
    where = f"identities WHERE kind = {text(kind.value)} AND token = {text(token_for(kind.value, value, key).hex())}"
    return ask(f"SELECT customer_id, min(valid_from) AS first_seen FROM {where} GROUP BY 1 ORDER BY first_seen LIMIT 20")


def _named(kind: IdentityKind) -> str:
    return kind.value.replace("_", " ") + (" number" if kind in NUMBERS else "")
