"""The fold: one frame of links after the other changes the graph, and says which customers the epoch changed.

The full rule is `kruskal.groups` over a region. The fast path joins two whole components whose union breaks no limit: then no
link of the region can be a conflict, so the answer is the union (a property test holds the two against each other). Regions that need the
full rule wait for the end of the frame: a region over the cap is told once for a frame, not once for each of its links.
"""

from collections.abc import Iterable

from schemas.facts import Control
from schemas.links import LinkEntry, Token
from streams.core.identity import kruskal
from streams.core.identity.changes import Changes
from streams.core.identity.graph import NEVER, UNSEEN, Component, GraphStore, Login, Node, Pair
from streams.core.identity.policy import Policy, solo
from streams.core.identity.regions import Regions
from streams.core.identity.who import Who


class Fold:
    """Folds `identity.links`; the same frames in the same order give the same graph, whoever folds and however often it restarts."""

    def __init__(self, policy: Policy, store: GraphStore) -> None:
        self.policy, self.store = policy, store
        self.who = Who(policy, store)
        self.regions = Regions(policy, store)
        self._waiting: dict[Token, bytes] = {}
        """Identities whose regions the frame has to tell by the full rule, each with the event that says so."""
        self._unsettled: set[bytes] = set()
        """Keys of their components: whatever touches these waits too."""

    def apply(self, epoch: int, entries: Iterable[LinkEntry], known_at: int = 0) -> list[Control]:
        """Folds one frame; epochs must rise. Returns a control record for each customer that the epoch changed, sorted by customer.

        `known_at`: when the log got the frame, ms UTC; it is told with the records and decides nothing.
        """
        changes = Changes(epoch, self.who, known_at)
        for entry in entries:
            changes.cause = entry.event_id
            if entry.what == "login" or entry.what == "logout":
                self._log_in(entry, changes)
            elif entry.what == "shared":
                self._mark_shared(entry.a, changes)
            elif entry.a != entry.b:
                self._observe(entry, changes)
        if self._waiting:
            self.regions.refold(self._waiting, changes)
            self._waiting, self._unsettled = {}, set()
        return changes.controls()

    def _wait(self, seeds: Iterable[Token], changes: Changes) -> None:
        """The full rule over their regions, at the end of the frame."""
        for token in seeds:
            self._waiting[token] = changes.cause
            self._unsettled.add(self._key(token))

    def _key(self, token: Token) -> bytes:
        return self._node(token).component or token

    def _whole(self, *tokens: Token) -> list[tuple[bytes, Component]] | None:
        """Their components with their keys; None where one waits for the full rule, or has to: it is not one customer."""
        if self._unsettled and any(self._key(token) in self._unsettled for token in tokens):
            return None
        found = [self.regions.component(token) for token in tokens]
        return found if all(component.is_whole for _, component in found) else None

    def _node(self, token: Token) -> Node:
        return self.store.node(token) or Node()

    def _observe(self, entry: LinkEntry, changes: Changes) -> None:
        a_is_number, b_is_number = entry.a[0] in self.policy.numbers, entry.b[0] in self.policy.numbers
        if a_is_number or b_is_number:
            self._observe_number(entry, changes)
            return
        a, b = self._node(entry.a), self._node(entry.b)
        pair = a.links.get(entry.b)
        is_new = pair is None
        pair = pair or Pair(NEVER, UNSEEN, changes.epoch)
        was_cut = pair.is_cut if not is_new else True
        if not _renew(pair, entry) and not is_new:
            return
        changes.pair(entry.a, entry.b)
        for token, node, other in ((entry.a, a, entry.b), (entry.b, b, entry.a)):
            node.links[other] = pair
            if was_cut != pair.is_cut:
                node.neighbours[other[0]] = node.neighbours.get(other[0], 0) + (-1 if pair.is_cut else 1)
            self.store.put_node(token, node)
        flipped = [t for t, node in ((entry.a, a), (entry.b, b)) if self._flip(t, node, changes)]
        self._rejoin(entry, a, b, pair, was_cut, flipped, changes)

    def _rejoin(self, entry: LinkEntry, a: Node, b: Node, pair: Pair, was_cut: bool, flipped: list[Token], changes: Changes) -> None:
        lower = [t for t, node in ((entry.a, a), (entry.b, b)) if self._lower(t, node, pair.first_seen)]
        if flipped or (pair.is_cut and not was_cut):
            self._wait((entry.a, entry.b, *(n for t in flipped for n in self._node(t).links)), changes)
        elif was_cut and not pair.is_cut and not a.is_nobody and not b.is_nobody:
            self._join(entry.a, entry.b, changes)
        else:
            for token in (entry.a, entry.b) if not (a.is_nobody or b.is_nobody) else lower:
                self._renew_best(token, changes)

    def _lower(self, token: Token, node: Node, first_seen: int) -> bool:
        if first_seen >= node.first_seen:
            return False
        node.first_seen = first_seen
        self.store.put_node(token, node)
        return True

    def _flip(self, token: Token, node: Node, changes: Changes) -> bool:
        """Sets whether the identity tells anything; true where that changed."""
        above = self.policy.shared_above.get(token[0])
        is_shared = node.is_marked_shared or (
            above is not None and any(node.neighbours.get(code, 0) > above for code in self.policy.shared_counts)
        )
        counted = sum(n for code, n in node.neighbours.items() if code not in self.policy.uncounted)
        is_nobody = is_shared or counted > self.policy.nobody_above
        if is_nobody == node.is_nobody:
            return False
        node.is_nobody = is_nobody
        self.store.put_node(token, node)
        changes.flip(token)
        if is_nobody and token[0] in self.policy.ownable:
            changes.logins(token, node.logins)
        return True

    def _mark_shared(self, token: Token, changes: Changes) -> None:
        if token[0] in self.policy.numbers:
            return
        node = self._node(token)
        node.is_marked_shared = True
        self.store.put_node(token, node)
        if self._flip(token, node, changes):
            self._wait((token, *node.links), changes)

    def _log_in(self, entry: LinkEntry, changes: Changes) -> None:
        node, account = self._node(entry.a), entry.b if entry.what == "login" else b""
        if any((login.at, login.event_id, login.account) == (entry.at, entry.event_id, account) for login in node.logins):
            return
        node.logins.append(login := Login(entry.at, entry.event_id, account, changes.epoch))
        node.logins.sort()
        self.store.put_node(entry.a, node)
        if node.is_nobody:
            changes.logins(entry.a, [login])
            later = [login.at for login in node.logins if login.at > entry.at]
            changes.ownership(entry.a, entry.at, min(later, default=NEVER))

    def _observe_number(self, entry: LinkEntry, changes: Changes) -> None:
        anchor, number = sorted((entry.a, entry.b), key=lambda t: self.policy.strength[t[0]])
        if self.policy.strength[anchor[0]] == self.policy.strength[number[0]]:
            self.store.add_number(anchor, number)  # neither leads to the other, but an event with both may lie at either
            self.store.add_number(number, anchor)
            return
        node = self._node(number)
        pair = node.links.setdefault(anchor, Pair(NEVER, UNSEEN, changes.epoch))
        if not _renew(pair, entry):
            return
        node.sightings.append((changes.epoch, entry.what, entry.at, anchor))
        self.store.put_node(number, node)
        self.store.add_number(anchor, number)
        changes.number(number, anchor)

    def _join(self, a: Token, b: Token, changes: Changes) -> None:
        whole = self._whole(a, b)
        if whole is None:
            self._wait((a, b), changes)
            return
        (key_a, one), (key_b, other) = whole
        if key_a == key_b:
            self._renew_best(a, changes)
            self._renew_best(b, changes)
            return
        if not kruskal.fits(one.counts, other.counts, self.policy):
            self._wait((a, b), changes)
            return
        if len(one.members) < len(other.members):
            key_a, one, key_b, other = key_b, other, key_a, one
        self._unite(key_a, one, key_b, other, (a, b), changes)

    def _unite(self, key: bytes, one: Component, other_key: bytes, other: Component, ends: tuple[Token, Token], changes: Changes) -> None:
        """`one` is the larger and keeps its key, so the smaller's nodes are written, and beyond them only those whose owner changes."""
        former = {solo(one.best[2]): one.members.copy(), solo(other.best[2]): other.members}
        kruskal.merge_counts(one.counts, other.counts)
        one.members += other.members
        fresh = [(self.policy.strength[t[0]], self._node(t).first_seen, t) for t in ends]
        one.best = min(one.best, other.best, *fresh)
        self.store.drop_component(other_key)
        self.store.put_component(key, one)
        for token in (*other.members, *ends):
            node = self._node(token)
            node.component = key
            self.store.put_node(token, node)
        owner = solo(one.best[2])
        for customer, members in former.items():
            if customer != owner:
                for token in members:
                    self.regions.own(token, owner, changes)

    def _renew_best(self, token: Token, changes: Changes) -> None:
        whole = self._whole(token)
        if whole is None:
            self._wait((token,), changes)
            return
        [(key, component)] = whole
        best = (self.policy.strength[token[0]], self._node(token).first_seen, token)
        if best[2] == component.best[2]:
            component.best = best
        elif best < component.best:
            component.best = best
            for member in component.members:
                self.regions.own(member, solo(token), changes)
        if len(component.members) > 1:
            self.store.put_component(key, component)


def _renew(pair: Pair, entry: LinkEntry) -> bool:
    """Takes an observation into a pair; true where that changed anything. All of it is a function of the set of observations."""
    before = (pair.first_seen, pair.evidence, pair.cut_at, pair.linked_at)
    if entry.what == "cut":
        pair.cut_at = max(pair.cut_at, entry.at)
    else:
        if entry.what == "linked":
            pair.linked_at = max(pair.linked_at, entry.at)
        pair.first_seen, pair.evidence = min((pair.first_seen, pair.evidence), (entry.at, entry.event_id))
    return before != (pair.first_seen, pair.evidence, pair.cut_at, pair.linked_at)
