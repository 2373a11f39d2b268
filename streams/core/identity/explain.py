"""Why two identities are one customer, or are not: the links between them, and what the rules made of each.

The way goes over as few obstacles as there can be, then over as few links. Where it has none, the two are one customer: that is what
the fold says too, for the links are folded by `Fold`, and a conflict's limit comes from the same `kruskal.groups` (a property test holds
the two against each other).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise

from schemas.facts import Customer
from schemas.links import LinkEntry, Token
from streams.core.identity import kruskal
from streams.core.identity.fold import Fold
from streams.core.identity.graph import NEVER, MemoryGraph, Node, Pair
from streams.core.identity.policy import Policy

Told = tuple[int, LinkEntry]
"""epoch, and an entry of its frame"""


@dataclass(frozen=True, slots=True)
class Step:
    """Two identities that were seen together. Times are ms UTC.

    state   joined; or an obstacle: conflict, cut, shared (an end of it tells nothing), number (nothing is joined over a number);
            finds, where a number leads to a customer
    limit   of a conflict: the code of the kind whose limit would be broken, `kruskal.CAP` for the cap
    """

    a: Token
    b: Token
    state: str
    first_seen: int
    evidence: bytes
    is_stated: bool
    """identity.linked said so; else both were seen in one event"""
    limit: int | None = None
    cut_at: int | None = None
    cut_by: bytes = b""


@dataclass(frozen=True, slots=True)
class Mute:
    """An identity that tells nothing alone, and the rule: marked, shared (`count` different of a kind), crowd (neighbours)."""

    token: Token
    rule: str
    kind: int
    count: int
    above: int
    evidence: bytes = b""


@dataclass(frozen=True, slots=True)
class Holding:
    """Who was logged in on a shared device from `since` to `until` (exclusive, NEVER while it lasts)."""

    since: int
    until: int
    account: Token
    customer: Customer
    evidence: bytes


@dataclass(frozen=True, slots=True)
class Why:
    """`steps` is empty where nothing connects the two. Customers are empty where an identity tells nothing alone."""

    a: Token
    b: Token
    customer_a: Customer
    customer_b: Customer
    is_joined: bool
    steps: tuple[Step, ...]
    mutes: tuple[Mute, ...]


def beside(told: Callable[[], Iterable[Told]], seeds: Iterable[Token]) -> list[Told]:
    """The entries that can matter to the seeds: those of all that was ever seen together with them, over any number of links.

    `told` is called twice, so that the entries need not be kept; memory grows with the identities.
    """
    root: dict[Token, Token] = {}

    def find(t: Token) -> Token:
        while (up := root.setdefault(t, t)) != t:
            root[t] = t = root.setdefault(up, up)
        return t

    for _, entry in told():
        if entry.b:
            root[find(entry.a)] = find(entry.b)
    wanted = {find(seed) for seed in seeds}
    return [(epoch, entry) for epoch, entry in told() if find(entry.a) in wanted]


class Explainer:
    """Folds the entries once, in the order of the log, and answers as of the last of them."""

    def __init__(self, policy: Policy, told: Iterable[Told]) -> None:
        self._policy, self._fold, self.epoch = policy, Fold(policy, MemoryGraph()), 0
        self._cuts: dict[frozenset[Token], LinkEntry] = {}
        self._marks: dict[Token, LinkEntry] = {}
        for epoch, entry in told:
            self._fold.apply(epoch, [entry])
            self.epoch = epoch
            if entry.what == "cut":
                key = frozenset((entry.a, entry.b))
                self._cuts[key] = max(self._cuts.get(key, entry), entry, key=lambda e: (e.at, e.event_id))
            elif entry.what == "shared":
                self._marks.setdefault(entry.a, entry)
        self.who, self._store, self._regions = self._fold.who, self._fold.store, self._fold.regions

    def customer(self, token: Token) -> Customer:
        """Empty where it tells nothing alone."""
        is_number = token[0] in self._policy.numbers
        return self.who.found_by(token, self.epoch) if is_number else self.who.owner_of(token, self.epoch)

    def why(self, a: Token, b: Token) -> Why:
        """`a` and `b` differ."""
        leads = [self.who.lead(t, self.epoch) if t[0] in self._policy.numbers else [t] for t in (a, b)]
        middle = self._way(leads[0][-1], leads[1][-1]) if all(leads) else []
        is_joined = bool(middle) and all(self._state(x, y) == "joined" for x, y in pairwise(middle))
        path = [*leads[0][:-1], *middle, *leads[1][-2::-1]] if is_joined else self._way(a, b)
        finds = {frozenset(pair) for lead in leads for pair in pairwise(lead)}
        refused = self._refused(path)
        steps = tuple(self._step(x, y, finds, refused) for x, y in pairwise(path))
        mutes = tuple(mute for token in dict.fromkeys([a, *path, b]) if (mute := self._mute(token)) is not None)
        return Why(a, b, self.customer(a), self.customer(b), is_joined, steps, mutes)

    def holdings(self, device: Token) -> list[Holding]:
        """Who was logged in on a device or cookie, in order; of several events at one moment the last in order holds."""
        node = self._store.node(device)
        logins = node.logins if node else []
        ends = [login.at for login in logins[1:]] + [NEVER]
        return [
            Holding(login.at, until, login.account, self.who.owner_of(login.account, self.epoch), login.event_id)
            for login, until in zip(logins, ends, strict=False)
            if login.account and until > login.at
        ]

    def _neighbours(self, token: Token) -> Iterator[tuple[Token, Pair]]:
        node = self._store.node(token)
        yield from node.links.items() if node else ()
        for number in self._store.numbers_of(token):
            held = self._store.node(number)
            if held is not None and token in held.links:
                yield number, held.links[token]

    def _way(self, start: Token, end: Token) -> list[Token]:
        """Tokens from start to end over the fewest obstacles, then links; empty where there is no way."""
        best: dict[Token, tuple[int, int]] = {start: (0, 0)}
        came: dict[Token, Token] = {}
        heap = [((0, 0), start)]
        while heap:
            cost, token = heappop(heap)
            if token == end:
                way = [end]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return way[::-1]
            if cost > best[token]:
                continue
            for other, pair in self._neighbours(token):
                further = cost[0] + (self._state(token, other, pair) != "joined"), cost[1] + 1
                if other not in best or further < best[other]:
                    best[other], came[other] = further, token
                    heappush(heap, (further, other))
        return []

    def _state(self, a: Token, b: Token, pair: Pair | None = None) -> str:
        pair = pair or dict(self._neighbours(a))[b]
        strength = self._policy.strength
        a, b = sorted((a, b), key=lambda token: (strength[token[0]], token))
        state = self.who.state(a, b, pair, self.epoch)
        return "number" if state == "finds" else state

    def _step(self, a: Token, b: Token, finds: set[frozenset[Token]], refused: kruskal.Refusals) -> Step:
        pair, ends = dict(self._neighbours(a))[b], frozenset((a, b))
        state = "finds" if ends in finds else self._state(a, b, pair)
        cut = self._cuts.get(ends) if state == "cut" else None
        limit = refused.get((min(a, b), max(a, b))) if state == "conflict" else None
        by_whom = (cut.at, cut.event_id) if cut else (None, b"")
        return Step(a, b, state, pair.first_seen, pair.evidence, pair.linked_at >= 0, limit, *by_whom)

    def _refused(self, path: Iterable[Token]) -> kruskal.Refusals:
        """The conflicts of all regions that the way touches, with the limit of each."""
        refused: kruskal.Refusals = {}
        seen: set[Token] = set()
        for token in path:
            if token[0] not in self._policy.numbers and token not in seen:
                region = self._region(token)
                kruskal.groups(region, self._regions.edges(region), self._policy, refused)
                seen.update(region)
        return refused

    def _region(self, start: Token) -> dict[Token, Node]:
        region: dict[Token, Node] = {}
        stack = [start]
        while stack:
            token = stack.pop()
            if token not in region:
                region[token] = node = self._regions.node(token)
                stack += [other for other, _ in self._regions.active(node)]
        return region

    def _mute(self, token: Token) -> Mute | None:
        node = self._store.node(token)
        if node is None or not node.is_nobody:
            return None
        if node.is_marked_shared:
            return Mute(token, "marked", 0, 0, 0, self._marks[token].event_id)
        above = self._policy.shared_above.get(token[0])
        for code in sorted(self._policy.shared_counts):
            if above is not None and node.neighbours.get(code, 0) > above:
                return Mute(token, "shared", code, node.neighbours[code], above)
        counted = sum(n for code, n in node.neighbours.items() if code not in self._policy.uncounted)
        return Mute(token, "crowd", 0, counted, self._policy.nobody_above)
