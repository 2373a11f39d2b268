"""Rows about who is who: which identity belongs to whom since when, what was seen together, what was set aside, former customer ids."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from schemas.ids import customer_id_for
from tests.reference.identities import Identity, identities_of, is_number, strength
from tests.reference.links import Pair
from tests.reference.touches import Touch
from tests.reference.who import CustomerKey, Who, found_by, home_of

Row = dict[str, Any]
NEVER_SEEN = UUID(bytes=b"\xff" * 16)
"""The evidence of a pair that was only ever cut."""


def identity_tables(who: Who, histories: Mapping[CustomerKey, list[Touch]]) -> dict[str, list[Row]]:
    """`histories` in order, with what does not count."""
    pairs = [_Pair(who, pair) for pair in who.links.first_seen | who.links.cut_at if not _alike(pair)]
    return {
        "identities": [row for owner, history in histories.items() for row in _identities(who, owner, history)],
        "identity_links": [pair.link() for pair in pairs],
        "identity_conflicts": [row for pair in pairs for row in pair.conflicts()],
        "customer_redirects": [_redirect(who, identity, owner) for identity, owner in who.customer.items() if _has_moved(who, identity)],
    }


def customer_id(who: Who, owner: CustomerKey) -> UUID:
    """Named after the token of its strongest identity."""
    return customer_id_for(owner[0], who.links.token_of(*owner))


def _identities(who: Who, owner: CustomerKey, history: Iterable[Touch]) -> Iterable[Row]:
    """Every identity from the first touchpoint on that shows it with this customer."""
    seen: set[Identity] = set()
    for touch in history:
        shown = identities_of(touch.content, who.links.token_of) or [("anonymous", f"event:{touch.event_id}")]
        for kind, value in shown:
            if (kind, value) in seen:
                continue
            seen.add((kind, value))
            number = is_number((kind, value))
            is_made_up = (kind, value) == ("anonymous", f"event:{touch.event_id}")
            yield {
                "customer_id": customer_id(who, owner),
                "kind": kind,
                "token": who.links.token_of(kind, value).hex(),
                "valid_from": touch.at,
                "value": "" if number or is_made_up else value,
                "alone_id": customer_id_for(kind, who.links.token_of(kind, value)),
                "evidence": touch.event_id,
            }


def _has_moved(who: Who, identity: Identity) -> bool:
    return identity not in who.shared and who.customer[identity] != identity


def _redirect(who: Who, identity: Identity, owner: CustomerKey) -> Row:
    return {"customer_id": customer_id(who, identity), "now_customer_id": customer_id(who, owner)}


def _alike(pair: Pair) -> bool:
    """Two numbers of one kind: neither leads to the other."""
    a, b = pair
    return is_number(a) and strength(a) == strength(b)


class _Pair:
    """Two identities, the stronger first; of equal ones that with the lesser token."""

    def __init__(self, who: Who, pair: Pair) -> None:
        self.who, self.pair = who, pair
        self.a, self.b = sorted(pair, key=lambda identity: (strength(identity), who.links.token_of(*identity)))

    def link(self) -> Row:
        """Lives with the customer of the stronger one."""
        return self._key(self._home(self.a)) | self._seen() | {"state": self.state}

    def conflicts(self) -> list[Row]:
        """One row on either side."""
        if self.state != "conflict":
            return []
        homes = (self._home(self.a), self._home(self.b))
        return [self._key(here) | {"other_customer_id": there} | self._seen() for here, there in (homes, homes[::-1])]

    @property
    def state(self) -> str:
        if self.who.links.is_cut(self.pair):
            return "cut"
        if is_number(self.b):
            return "finds"
        if self.a in self.who.shared or self.b in self.who.shared:
            return "shared"
        return "joined" if home_of(self.who, self.a) == home_of(self.who, self.b) else "conflict"

    def _key(self, home: UUID) -> Row:
        tokens = [self.who.links.token_of(*identity).hex() for identity in (self.a, self.b)]
        return {"customer_id": home, "kind_a": self.a[0], "token_a": tokens[0], "kind_b": self.b[0], "token_b": tokens[1]}

    def _seen(self) -> Row:
        links = self.who.links
        if self.pair not in links.first_seen:
            return {"first_seen_at": links.cut_at[self.pair], "evidence": NEVER_SEEN}
        return {"first_seen_at": links.first_seen[self.pair], "evidence": links.evidence[self.pair]}

    def _home(self, identity: Identity) -> UUID:
        """Where nobody owns it, it is a customer of its own."""
        found = found_by(self.who, identity) if is_number(identity) else home_of(self.who, identity)
        return customer_id(self.who, found or identity)
