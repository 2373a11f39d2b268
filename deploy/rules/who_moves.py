"""Who is who under two sets of rules, from the same links: which customers split and join, which identities move. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from schemas.facts import Customer
from schemas.links import LinkEntry, Token
from streams.core.identity.fold import Fold
from streams.core.identity.graph import NEVER, NOBODY, MemoryGraph, Node
from streams.core.identity.policy import Policy

Groups = dict[Customer, frozenset[Token]]
States = dict[tuple[Token, Token], str]
Turned = tuple[Token, Token, str, str]
"""(one identity, another, what became of their link before, and after)"""
UNSEEN = "not linked"


class Knowledge:
    """One fold in memory. `epoch` counts the frames that it took.

    `shown`: identities that events show, where these were looked at; what is not among them is let in no more.
    """

    def __init__(self, policy: Policy) -> None:
        self.graph = MemoryGraph()
        self.fold, self.epoch = Fold(policy, self.graph), -1
        self.shown: set[Token] = set()

    def take(self, entries: Iterable[LinkEntry]) -> None:
        """One frame of the log."""
        self.epoch += 1
        self.fold.apply(self.epoch, entries)

    def owner_of(self, token: Token) -> Customer:
        """NOBODY also where no event shows it."""
        if self.shown and token not in self.shown:
            return NOBODY
        return self.fold.who.owner_of(token, self.epoch)

    def owner(self, tokens: list[Token], at: int) -> Customer:
        """The customer of an event."""
        return self.fold.who.owner(tokens, at, self.epoch)

    def nodes(self) -> Iterator[tuple[Token, Node]]:
        """Identities that join: numbers of things are left out."""
        return ((t, node) for t, node in self.graph.nodes.items() if t[0] not in self.fold.policy.numbers)

    def is_shared(self, node: Node) -> bool:
        """Of an identity that tells nothing alone: it is several people's; otherwise it has too many neighbours."""
        counted = sum(n for code, n in node.neighbours.items() if code not in self.fold.policy.uncounted)
        return node.is_marked_shared or counted <= self.fold.policy.nobody_above

    def states(self) -> States:
        """By pair of joining identities, the lesser token first, what became of it."""
        who = self.fold.who
        return {
            (a, b): who.state(a, b, pair, self.epoch)
            for a, node in self.nodes()
            for b, pair in node.links.items()
            if a < b and pair.first_seen != NEVER
        }


@dataclass(frozen=True, slots=True)
class Count:
    """Linked identities that join, and what they come to. `customers` are those with at least one such identity."""

    identities: int
    customers: int
    conflicts: int
    shared: int
    nobody: int


@dataclass(frozen=True, slots=True)
class Parting:
    """One customer that becomes several, or several that become one. `pairs`: links that decide it, with their state before and after."""

    before: Mapping[Customer, tuple[Token, ...]]
    after: Mapping[Customer, tuple[Token, ...]]
    pairs: tuple[Turned, ...]


@dataclass(frozen=True, slots=True)
class Moves:
    """`renamed`: customers of the same identities under another id. `moved`: identities that lie at another id, or at nobody now or before.

    `group` names for every customer that changed what it changed with: one name for all customers whose events mix.
    """

    before: Count
    after: Count
    splits: tuple[Parting, ...]
    joins: tuple[Parting, ...]
    renamed: int
    moved: tuple[Token, ...]
    group: Mapping[Customer, Customer]


def count(known: Knowledge, states: States) -> Count:
    """Of one fold."""
    mute = [node for _, node in known.nodes() if node.is_nobody]
    shared = sum(known.is_shared(node) for node in mute)
    identities = [token for token, _ in known.nodes()]
    owners = {known.owner_of(token) for token in identities} - {NOBODY}
    conflicts = sum(state == "conflict" for state in states.values())
    return Count(len(identities), len(owners), conflicts, shared, len(mute) - shared)


def moves(old: Knowledge, new: Knowledge) -> Moves:
    """Both must have taken links that tell of the same events."""
    tokens = {token for known in (old, new) for token, _ in known.nodes()}
    owners = {token: (old.owner_of(token), new.owner_of(token)) for token in tokens}
    moved = sorted(token for token, (was, now) in owners.items() if was != now)
    states = old.states(), new.states()
    before, after = _groups(owners, 0), _groups(owners, 1)
    turned = _turned(states)
    splits = _partings(before, {token: now for token, (_, now) in owners.items()})
    joins = _partings(after, {token: was for token, (was, _) in owners.items()})
    return Moves(
        count(old, states[0]),
        count(new, states[1]),
        tuple(_told({was: before[was]}, parts, turned) for was, parts in splits),
        tuple(_told(parts, {now: after[now]}, turned) for now, parts in joins),
        sum(before[was] == after.get(now) and was != now for was, now in {owners[t] for t in moved if NOBODY not in owners[t]}),
        tuple(moved),
        _mixing(owners[token] for token in moved),
    )


def _groups(owners: Mapping[Token, tuple[Customer, Customer]], side: int) -> Groups:
    found: dict[Customer, set[Token]] = defaultdict(set)
    for token, both in owners.items():
        if both[side] != NOBODY:
            found[both[side]].add(token)
    return {customer: frozenset(tokens) for customer, tokens in found.items()}


def _partings(groups: Groups, other: Mapping[Token, Customer]) -> list[tuple[Customer, Groups]]:
    """Customers whose identities lie at several on the other side, the largest first."""
    found = []
    for customer, tokens in groups.items():
        parts: dict[Customer, set[Token]] = defaultdict(set)
        for token in tokens:
            if other[token] != NOBODY:
                parts[other[token]].add(token)
        if len(parts) > 1:
            found.append((customer, {part: frozenset(held) for part, held in parts.items()}))
    return sorted(found, key=lambda parting: (-len(groups[parting[0]]), parting[0]))


def _turned(states: tuple[States, States]) -> dict[Token, list[Turned]]:
    """By either end the links of which something else became."""
    found: dict[Token, list[Turned]] = defaultdict(list)
    for pair in states[0].keys() | states[1].keys():
        was, now = states[0].get(pair, UNSEEN), states[1].get(pair, UNSEEN)
        if was != now:
            for end in pair:
                found[end].append((*pair, was, now))
    return found


def _told(before: Groups, after: Groups, turned: Mapping[Token, list[Turned]]) -> Parting:
    tokens = frozenset().union(*before.values(), *after.values())
    among = {link for token in tokens for link in turned.get(token, ()) if link[0] in tokens and link[1] in tokens}
    return Parting(_sorted(before), _sorted(after), tuple(sorted(among)))


def _sorted(groups: Groups) -> dict[Customer, tuple[Token, ...]]:
    return {customer: tuple(sorted(tokens)) for customer, tokens in sorted(groups.items())}


def _mixing(changed: Iterable[tuple[Customer, Customer]]) -> dict[Customer, Customer]:
    """Customers that one identity connects, before and after, have one name: the least of them."""
    name: dict[Customer, Customer] = {}

    def root(customer: Customer) -> Customer:
        while (above := name.setdefault(customer, customer)) != customer:
            name[customer] = customer = name[above]
        return customer

    for was, now in changed:
        if NOBODY not in (was, now):
            first, second = sorted((root(was), root(now)))
            name[second] = first
    return {customer: root(customer) for customer in list(name)}
