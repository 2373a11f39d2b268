"""Who is who: the identities of each customer, and the customer of each event. A function of the set of links.

A customer's key is the identity that it is named after; an event that shows nothing but junk is a customer of its own, named after itself.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

from tests.reference.contents import Content
from tests.reference.identities import Identity, identities_of, is_number, strength
from tests.reference.links import Links, Pair, useless
from tests.reference.rules import COMPONENT_CAP, LIMIT, UNCOUNTED

CustomerKey = Identity
Named = dict[Identity, CustomerKey]


@dataclass
class Who:
    links: Links
    shared: set[Identity]
    customer: Named
    """of every identity that joined another; the others are customers of their own"""
    conflicts: list[Pair]
    anchors: dict[Identity, list[Identity]]
    """by number: what may find its customer, best first"""


def who_is_who(links: Links) -> Who:
    shared = useless(links)
    groups, conflicts = join(links, shared)
    return Who(links, shared, _named(links, groups), conflicts, _anchors(links))


def join(links: Links, shared: set[Identity]) -> tuple[list[set[Identity]], list[Pair]]:
    """Kruskal over the links in the order (strength of the weaker end, first seen, tokens of the pair); returns groups and conflicts."""
    group: dict[Identity, set[Identity]] = {}
    conflicts = []
    for pair, _ in sorted(links.active().items(), key=lambda item: _place(links, *item)):
        a, b = pair
        if a in shared or b in shared:
            continue
        left, right = group.setdefault(a, {a}), group.setdefault(b, {b})
        if left is right:
            continue
        if not _fits(left, right):
            conflicts.append(pair)
            continue
        left, right = (left, right) if len(left) >= len(right) else (right, left)
        left |= right
        group.update(dict.fromkeys(right, left))
    return list({id(members): members for members in group.values()}.values()), conflicts


def _place(links: Links, pair: Pair, at: int) -> tuple[int, int, bytes, bytes]:
    a, b = pair
    return max(strength(a), strength(b)), at, links.token_of(*a), links.token_of(*b)


def _fits(left: set[Identity], right: set[Identity]) -> bool:
    counts = Counter(kind for kind, _ in (*left, *right))
    counted = sum(n for kind, n in counts.items() if kind not in UNCOUNTED)
    return counted <= COMPONENT_CAP and all(counts[kind] <= most for kind, most in LIMIT.items())


def _named(links: Links, groups: list[set[Identity]]) -> Named:
    """Named after the strongest identity, then the one first seen in any pair that may join (cut ones too), then the least token."""
    seen: dict[Identity, int] = {}
    for pair, at in links.first_seen.items():
        if not any(map(is_number, pair)):
            for identity in pair:
                seen[identity] = min(at, seen.get(identity, at))
    named: Named = {}
    for members in groups:
        best = min(members, key=lambda i: (strength(i), seen[i], links.token_of(*i)))
        named.update(dict.fromkeys(members, best))
    return named


def _anchors(links: Links) -> dict[Identity, list[Identity]]:
    """Neighbours of a strictly stronger kind that nobody cut off, in the order (strength, first seen, token)."""
    found: dict[Identity, list[tuple[int, int, bytes, Identity]]] = defaultdict(list)
    for pair, at in links.first_seen.items():
        for number, other in (pair, pair[::-1]):
            if is_number(number) and strength(other) < strength(number) and not links.is_cut(pair):
                found[number].append((strength(other), at, links.token_of(*other), other))
    return {number: [entry[3] for entry in sorted(entries)] for number, entries in found.items()}


def owner_of(who: Who, content: Content) -> CustomerKey:
    """The first that answers: an identity that is not shared, a number, whoever was logged in, the strongest identity by itself."""
    identities = identities_of(content, who.links.token_of)
    if not identities:
        return ("anonymous", f"event:{content.event.event_id}")
    for identity in identities:
        owner = found_by(who, identity) if is_number(identity) else home_of(who, identity)
        if owner is not None:
            return owner
    for identity in identities:
        owner = logged_in(who, identity, content.at)
        if owner is not None:
            return owner
    return identities[0]


def home_of(who: Who, identity: Identity) -> CustomerKey | None:
    """None for what several people share."""
    return None if identity in who.shared else who.customer.get(identity, identity)


def found_by(who: Who, number: Identity) -> CustomerKey | None:
    """Over the best neighbour that belongs to somebody; None where there is none."""
    for anchor in who.anchors.get(number, ()):
        owner = found_by(who, anchor) if is_number(anchor) else home_of(who, anchor)
        if owner is not None:
            return owner
    return None


def logged_in(who: Who, identity: Identity, at: int) -> CustomerKey | None:
    """In whose hands a shared device was: after the last login or logout up to that moment, the moment itself included."""
    last = [account for since, _, account in who.links.logins.get(identity, ()) if since <= at][-1:]
    return home_of(who, last[0]) if last and last[0] is not None else None
