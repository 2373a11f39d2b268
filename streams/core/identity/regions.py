"""Regions: what active links connect. The full rule is told here, over every region that a change may reach."""

from collections.abc import Iterable, Mapping

from schemas.links import Token
from streams.core.identity import kruskal
from streams.core.identity.changes import Changes
from streams.core.identity.graph import NOBODY, Component, GraphStore, Node, Pair
from streams.core.identity.policy import Policy, solo


class Regions:
    """Reads and writes components and owners."""

    def __init__(self, policy: Policy, store: GraphStore) -> None:
        self.policy, self.store = policy, store

    def node(self, token: Token) -> Node:
        """The node of an identity; a fresh one where it is not known."""
        return self.store.node(token) or Node()

    def component(self, token: Token) -> tuple[bytes, Component]:
        node = self.node(token)
        found = self.store.component(node.component) if node.component else None
        if found is not None:
            return node.component, found
        best = (self.policy.strength[token[0]], node.first_seen, token)
        return token, Component([token], True, {token[0]: 1}, best)

    def own(self, token: Token, owner: bytes, changes: Changes) -> None:
        node = self.node(token)
        now = node.history[-1][1] if node.history else solo(token)
        if now == owner:
            return
        changes.node(token)
        if node.history and node.history[-1][0] == changes.epoch:
            node.history[-1] = (changes.epoch, owner)
        else:
            node.history.append((changes.epoch, owner))
        self.store.put_node(token, node)

    def refold(self, seeds: Mapping[Token, bytes], changes: Changes) -> None:
        """The full rule over every region that the seeds or their former components reach; of each seed the event that made it one.

        What changes in a region is put down to the last of its seeds' events.
        """
        waiting = set(seeds)
        for token in seeds:
            key, component = self.component(token)
            waiting.update(component.members)
            self.store.drop_component(key)
        settled: set[bytes] = set()
        place, causes = {token: n for n, token in enumerate(seeds)}, list(seeds.values())
        while waiting:
            region = self._region(waiting.pop(), settled)
            waiting.difference_update(region)
            last = max((place[token] for token in region if token in place), default=None)
            changes.cause = changes.cause if last is None else causes[last]
            settled.add(self._settle(region, changes))

    def active(self, node: Node) -> Iterable[tuple[Token, Pair]]:
        """The links of an identity that may join: not cut, and both ends tell something."""
        if node.is_nobody:
            return
        for other, pair in node.links.items():
            if not pair.is_cut and not self.node(other).is_nobody:
                yield other, pair

    def _region(self, start: Token, settled: set[bytes]) -> dict[Token, Node]:
        """All that active links reach. Components of former times go, but not those just `settled`, which may bear an old key."""
        region: dict[Token, Node] = {}
        stack = [start]
        while stack:
            token = stack.pop()
            if token in region:
                continue
            region[token] = node = self.node(token)
            if node.component and node.component not in settled:
                self.store.drop_component(node.component)
            stack += [other for other, _ in self.active(node) if other not in region]
        return region

    def edges(self, region: Mapping[Token, Node]) -> set[kruskal.Edge]:
        """What Kruskal's algorithm is given of a region."""
        return {kruskal.edge(t, o, p.first_seen, self.policy) for t, node in region.items() for o, p in self.active(node)}

    def _settle(self, region: dict[Token, Node], changes: Changes) -> bytes:
        customers = kruskal.groups(region, self.edges(region), self.policy)
        key = min(region)
        counts: dict[int, int] = {}
        for token, node in region.items():
            counts[token[0]] = counts.get(token[0], 0) + 1
            if node.component != key:
                node.component = key
                self.store.put_node(token, node)
        best = min((self.policy.strength[t[0]], node.first_seen, t) for t, node in region.items())
        self.store.put_component(key, Component(list(region), len(customers) == 1, counts, best))
        for members in customers:
            chosen = min((self.policy.strength[t[0]], region[t].first_seen, t) for t in members)[2]
            for token in members:
                self.own(token, NOBODY if region[token].is_nobody else solo(chosen), changes)
        return key
