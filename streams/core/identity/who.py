"""Who is who as of an epoch: pure look-ups in the history that the fold keeps. Nothing here changes anything."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from schemas.facts import Customer
from schemas.links import Token
from streams.core.identity.graph import NEVER, NOBODY, UNSEEN, GraphStore, Login, Node, Pair
from streams.core.identity.policy import Policy, solo


class Who:
    """Answers of the fold. An epoch that was not folded yet must not be asked: the caller waits until it is."""

    def __init__(self, policy: Policy, store: GraphStore) -> None:
        self.policy, self.store = policy, store

    def owner(self, tokens: Sequence[Token], at: int, epoch: int) -> Customer:
        """The customer of an event with these identities (strongest first, not empty) that happened at `at` (ms).

        The first identity that is not shared decides; a number finds through what it was seen with; then whoever was logged in
        on a shared device at that moment; else the event belongs to its strongest identity as a customer of its own.
        """
        for token in tokens:
            if token[0] in self.policy.numbers:
                found = self.found_by(token, epoch)
                if found:
                    return found
            elif (owner := self.owner_of(token, epoch)) != NOBODY:
                return owner
        for token in tokens:
            holder = self.holder(token, at, epoch)
            if holder:
                return holder
        return solo(tokens[0])

    def owner_of(self, token: Token, epoch: int) -> Customer:
        """The customer of one identity that is no number; NOBODY where it is shared."""
        node = self.store.node(token)
        if node is None or not node.history:
            return solo(token)
        history = node.history
        if history[-1][0] <= epoch:
            return history[-1][1]
        n = bisect_right(history, epoch, key=lambda entry: entry[0])
        return history[n - 1][1] if n else solo(token)

    def since(self, token: Token, epoch: int) -> int:
        """The epoch by which its owner as of `epoch` was known; 0 where it was never anybody else's."""
        node = self.store.node(token)
        history = node.history if node else []
        n = bisect_right(history, epoch, key=lambda entry: entry[0])
        return history[n - 1][0] if n else 0

    def home(self, token: Token, epoch: int) -> Customer:
        """Where rows about an identity live: its owner, or itself alone where nobody owns it."""
        if token[0] in self.policy.numbers:
            return self.found_by(token, epoch) or solo(token)
        return self.owner_of(token, epoch) or solo(token)

    def is_conflict(self, a: Token, b: Token, epoch: int) -> bool:
        """Whether two joining identities, if they were seen together and not cut, are kept apart by a limit."""
        one, other = self.owner_of(a, epoch), self.owner_of(b, epoch)
        return bool(one) and bool(other) and one != other

    def state(self, a: Token, b: Token, pair: Pair, epoch: int) -> str:
        """What became of a pair, the stronger end first: cut, finds (b is a number), shared, joined or conflict."""
        if pair.is_cut:
            return "cut"
        if b[0] in self.policy.numbers:
            return "finds"
        one, other = self.owner_of(a, epoch), self.owner_of(b, epoch)
        if NOBODY in (one, other):
            return "shared"
        return "joined" if one == other else "conflict"

    def found_by(self, number: Token, epoch: int) -> Customer:
        """The customer that a number leads to, over its neighbours in the order (strength, first seen, token); empty if none."""
        return next((found for _, found in self._leads(number, epoch)), NOBODY)

    def lead(self, number: Token, epoch: int) -> list[Token]:
        """From the number over what it was seen with to the identity that decides; empty where it leads to nobody."""
        nearest = next((neighbour for neighbour, _ in self._leads(number, epoch)), None)
        if nearest is None:
            return []
        return [number, *(self.lead(nearest, epoch) if nearest[0] in self.policy.numbers else [nearest])]

    def _leads(self, number: Token, epoch: int) -> Iterator[tuple[Token, Customer]]:
        node = self.store.node(number)
        for neighbour in self._anchors(node, epoch) if node else ():
            if neighbour[0] in self.policy.numbers:
                found = self.found_by(neighbour, epoch)
            else:
                found = self.owner_of(neighbour, epoch)
            if found:
                yield neighbour, found

    def _anchors(self, node: Node, epoch: int) -> list[Token]:
        seen: dict[Token, Pair] = {}
        for known, what, at, neighbour in node.sightings:
            if known > epoch:
                break
            pair = seen.setdefault(neighbour, Pair(NEVER, UNSEEN, 0))
            if what == "cut":
                pair.cut_at = max(pair.cut_at, at)
                continue
            pair.first_seen = min(pair.first_seen, at)
            if what == "linked":
                pair.linked_at = max(pair.linked_at, at)
        found = [(self.policy.strength[t[0]], p.first_seen, t) for t, p in seen.items() if not p.is_cut]
        return [token for _, _, token in sorted(found)]

    def holder(self, token: Token, at: int, epoch: int) -> Customer:
        """Who was logged in on this device or cookie at that moment, as known at the epoch; empty if nobody."""
        if token[0] not in self.policy.ownable:
            return NOBODY
        node = self.store.node(token)
        last: Login | None = None
        for login in node.logins if node else ():
            if login.at > at:
                break
            if login.epoch <= epoch:
                last = login
        return self.owner_of(last.account, epoch) if last and last.account else NOBODY
