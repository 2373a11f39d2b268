"""Rows about who is who, told by the customers whose control records name them: links, conflicts, redirects, and what was known when."""

from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

from schemas.facts import Control, Customer
from schemas.links import Token, kind_of
from streams.core.effects import Effects
from streams.core.identity.graph import NEVER, NOBODY, UNSEEN, Pair
from streams.core.identity.policy import solo
from streams.core.identity.who import Who


def tell_identities(control: Control, who: Who, epochs: tuple[int, int], version: int, effects: Effects) -> None:
    """`epochs`: that of the control record, and that of the partition, which may be greater.

    Every later change of a pair comes with a control record of its own, so what a row says of a pair may be newer than the epoch.
    """
    told, epoch = epochs
    effects.upsert("identity_epochs", (told,), (told, control.known_at, version))
    for token, evidence in zip_longest(control.nodes, control.evidence, fillvalue=UNSEEN):
        if solo(token) == control.customer:
            _history(token, evidence, control, who, told, version, effects)
            if token[0] not in who.policy.numbers:
                _redirect(token, control.customer, who, epoch, version, effects)
    for login in control.logins:
        _login(login, version, effects)
    for a, b in control.pairs:
        _link(a, b, control.customer, who, epoch, version, effects)
    for a, b in control.conflicts:
        _conflict(a, b, control.customer, who, epoch, version, effects)


def tell_places(
    customer: Customer,
    pairs: Iterable[tuple[Token, Token]],
    conflicts: Iterable[tuple[Token, Token]],
    who: Who,
    epoch: int,
    version: int,
    effects: Effects,
) -> None:
    """The rows of pairs and conflicts that live with a customer, as they are: no epoch is told."""
    for a, b in pairs:
        _link(a, b, customer, who, epoch, version, effects)
    for a, b in conflicts:
        _conflict(a, b, customer, who, epoch, version, effects)


def _history(token: Token, evidence: bytes, control: Control, who: Who, told: int, version: int, effects: Effects) -> None:
    """Whose the identity is from this epoch on: true for ever, whatever is learnt later."""
    customer = who.found_by(token, told) if token[0] in who.policy.numbers else who.owner_of(token, told)
    key = (kind_of(token), token.hex(), told)
    row = (*key, customer or control.customer, _rule(token, customer, who), evidence, control.known_at, version)
    effects.upsert("identity_history", key, row)


def _rule(token: Token, customer: Customer, who: Who) -> str:
    if token[0] in who.policy.numbers:
        return "number" if customer else "nobody"
    if customer == NOBODY:
        return "shared"
    return "own" if customer == solo(token) else "linked"


def _login(login: tuple[Token, int, bytes, Token, int], version: int, effects: Effects) -> None:
    device, at, event_id, account, known_from = login
    key = (kind_of(device), device.hex(), at, event_id, account.hex())
    effects.upsert("identity_logins", key, (*key, kind_of(account) if account else "", known_from, version))


def _redirect(token: Token, former: Customer, who: Who, epoch: int, version: int, effects: Effects) -> None:
    owner = who.owner_of(token, epoch)
    if owner in (former, NOBODY):
        effects.withdraw("customer_redirects", (former,), version)
    else:
        effects.upsert("customer_redirects", (former,), (former, owner, who.since(token, epoch), version))


def _link(a: Token, b: Token, customer: Customer, who: Who, epoch: int, version: int, effects: Effects) -> None:
    key, pair = (customer, kind_of(a), a.hex(), kind_of(b), b.hex()), pair_of(a, b, who)
    if pair is None or customer != who.home(a, epoch):
        effects.withdraw("identity_links", key, version)
    else:
        effects.upsert("identity_links", key, _link_row(key, pair, who.state(a, b, pair, epoch), version))


def _conflict(a: Token, b: Token, customer: Customer, who: Who, epoch: int, version: int, effects: Effects) -> None:
    key, pair = (customer, kind_of(a), a.hex(), kind_of(b), b.hex()), pair_of(a, b, who)
    home, other = who.home(a, epoch), who.home(b, epoch)
    if pair is None or customer not in (home, other) or who.state(a, b, pair, epoch) != "conflict":
        effects.withdraw("identity_conflicts", key, version)
        return
    there = other if customer == home else home
    effects.upsert("identity_conflicts", key, (*key, there, pair.first_seen, pair.evidence, version))


def pair_of(a: Token, b: Token, who: Who) -> Pair | None:
    """What the fold knows of two identities; a number comes second."""
    number = b[0] in who.policy.numbers
    node = who.store.node(b if number else a)
    return node.links.get(a if number else b) if node else None


def _link_row(key: tuple[Any, ...], pair: Pair, state: str, version: int) -> tuple[Any, ...]:
    first_seen = pair.first_seen if pair.first_seen != NEVER else pair.cut_at
    return (*key, first_seen, state, pair.evidence, pair.known_from, version)
