"""The links between identities, as a set: what was seen together and when first, what was cut, what is shared, who logged in where.

Every valid content counts here, whether it lost against another, was retracted, is a test or comes from a crawler.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from tests.reference.contents import Content
from tests.reference.identities import Identity, TokenOf, identities_of, identity_of, is_junk, is_number, pairs_of, strength
from tests.reference.rules import NOBODY_ABOVE, SHARED_ABOVE, SHARED_COUNTS, UNCOUNTED

Pair = tuple[Identity, Identity]
"""the identity with the lesser token first"""


@dataclass
class Links:
    token_of: TokenOf
    first_seen: dict[Pair, int] = field(default_factory=dict)
    evidence: dict[Pair, UUID] = field(default_factory=dict)
    """the event that first showed the pair; of two at one time that with the lesser id"""
    cut_at: dict[Pair, int] = field(default_factory=dict)
    linked_at: dict[Pair, int] = field(default_factory=dict)
    declared_shared: set[Identity] = field(default_factory=set)
    logins: dict[Identity, list[tuple[int, bytes, Identity | None]]] = field(default_factory=lambda: defaultdict(list))
    """by device or cookie: (at, event id, who is logged in from then on), nobody after a logout"""

    def pair(self, a: Identity, b: Identity) -> Pair:
        return (a, b) if self.token_of(*a) < self.token_of(*b) else (b, a)

    def see(self, a: Identity, b: Identity, content: Content) -> None:
        if a == b:
            return
        pair, found = self.pair(a, b), (content.at, content.event.event_id)
        if pair not in self.first_seen or found < (self.first_seen[pair], self.evidence[pair]):
            self.first_seen[pair], self.evidence[pair] = found

    def is_cut(self, pair: Pair) -> bool:
        """Unlinked, and not linked by word at a later time; the same time stays apart."""
        return pair in self.cut_at and self.linked_at.get(pair, -1) <= self.cut_at[pair]

    def active(self) -> dict[Pair, int]:
        """Pairs that may join, with the time at which each was first seen."""
        return {p: at for p, at in self.first_seen.items() if not self.is_cut(p) and not is_number(p[0]) and not is_number(p[1])}


def links_of(contents: Iterable[Content], token_of: TokenOf) -> Links:
    links = Links(token_of)
    for content in contents:
        identities = identities_of(content, token_of)
        for a, b in pairs_of(identities):
            links.see(a, b, content)
        if content.event.event_type.startswith("identity."):
            _statement(links, content)
        elif content.event.event_type in ("login.succeeded", "logout.done"):
            _login(links, content, identities)
    for entries in links.logins.values():
        entries.sort(key=lambda entry: (*entry[:2], token_of(*entry[2]) if entry[2] else b""))
    return links


def _statement(links: Links, content: Content) -> None:
    event, payload = content.event, content.event.payload
    if event.event_type == "identity.shared":
        links.declared_shared.add(identity_of(payload.identity, event.source))
        return
    a, b = identity_of(payload.a, event.source), identity_of(payload.b, event.source)
    if a == b or is_junk(a) or is_junk(b):
        return
    times = links.linked_at if event.event_type == "identity.linked" else links.cut_at
    pair = links.pair(a, b)
    times[pair] = max(content.at, times.get(pair, content.at))
    if event.event_type == "identity.linked":
        links.see(a, b, content)


def _login(links: Links, content: Content, identities: list[Identity]) -> None:
    """A login hands every device and cookie that it names to the strongest identity beside them."""
    people = [i for i in identities if strength(i) < strength(("device", "")) and not is_number(i)]
    in_hands_of = people[0] if content.event.event_type == "login.succeeded" and people else None
    if content.event.event_type == "login.succeeded" and in_hands_of is None:
        return
    for device in (i for i in identities if i[0] in ("device", "anonymous")):
        links.logins[device].append((content.at, content.event.event_id.bytes, in_hands_of))


def useless(links: Links) -> set[Identity]:
    """Identities that tell nobody apart: declared shared, seen with too many strong ones of one kind, or with too many at all."""
    around: dict[Identity, set[Identity]] = defaultdict(set)
    for a, b in links.active():
        around[a].add(b)
        around[b].add(a)
    return links.declared_shared | {i for i, neighbours in around.items() if _is_shared(i, neighbours) or _is_nobody(neighbours)}


def _is_shared(identity: Identity, neighbours: set[Identity]) -> bool:
    counts = Counter(kind for kind, _ in neighbours)
    most = SHARED_ABOVE.get(identity[0])
    return most is not None and any(counts[kind] > most for kind in SHARED_COUNTS)


def _is_nobody(neighbours: set[Identity]) -> bool:
    return sum(kind not in UNCOUNTED for kind, _ in neighbours) > NOBODY_ABOVE
