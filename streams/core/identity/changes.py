"""What an epoch changed, collected while it is folded and told as control records, one for each customer concerned.

More customers than needed may be told (that costs work), never fewer (that leaves facts behind). Who held a fact before: the
owner of its deciding identity, whoever was logged in, or one of its identities as a customer of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from schemas.facts import FOREVER, Control, Customer
from schemas.links import Token
from streams.core.identity.graph import Login
from streams.core.identity.policy import solo
from streams.core.identity.who import Who


@dataclass(slots=True)
class _Told:
    since: int = FOREVER
    until: int = 0
    nodes: dict[Token, bytes] = field(default_factory=dict)
    pairs: dict[tuple[Token, Token], None] = field(default_factory=dict)
    conflicts: dict[tuple[Token, Token], None] = field(default_factory=dict)
    logins: list[tuple[Token, int, bytes, Token, int]] = field(default_factory=list)

    def control(self, customer: Customer, known_at: int) -> Control:
        nodes, pairs, conflicts = list(self.nodes), list(self.pairs), list(self.conflicts)
        evidence = list(self.nodes.values())
        return Control(customer, self.until > 0, self.since, self.until, nodes, pairs, conflicts, evidence, self.logins, known_at)


class Changes:
    """Collects; `controls` asks the fold before (epoch - 1) and after (epoch). `cause` is the event whose entry is being folded."""

    def __init__(self, epoch: int, who: Who, known_at: int = 0) -> None:
        self.epoch, self.who, self.known_at = epoch, who, known_at
        self.cause = b""
        self._nodes: dict[Token, bytes] = {}
        self._pairs: dict[tuple[Token, Token], None] = {}
        self._flips: dict[Token, None] = {}
        self._numbers: dict[Token, bytes] = {}
        self._logins: dict[Token, set[tuple[Token, int, bytes, Token, int]]] = defaultdict(set)
        self._ownership: dict[Token, tuple[int, int]] = {}
        self._told: dict[Customer, _Told] = defaultdict(_Told)

    def node(self, token: Token) -> None:
        """Its owner may have changed."""
        self._nodes[token] = self.cause

    def pair(self, a: Token, b: Token) -> None:
        """The state of this pair may have changed."""
        self._pairs[self._canonical(a, b)] = None

    def flip(self, token: Token) -> None:
        """It began or ceased to tell anything."""
        self._flips[token] = None
        for number in self.who.store.numbers_of(token):
            self._found(number)

    def number(self, number: Token, anchor: Token) -> None:
        """It was seen with `anchor` for the first time, or earlier than known."""
        self.pair(anchor, number)
        self._found(number)

    def ownership(self, device: Token, since: int, until: int) -> None:
        """Somebody logged in or out on a shared device: its events in [since, until) may be somebody else's now."""
        low, high = self._ownership.get(device, (since, until))
        self._ownership[device] = (min(low, since), max(high, until))

    def logins(self, device: Token, logins: Iterable[Login]) -> None:
        """Of a shared device: what had not been told while it was not shared, or what is new."""
        self._logins[device].update((device, login.at, login.event_id, login.account, login.epoch) for login in logins)

    def _found(self, number: Token, cause: bytes | None = None) -> None:
        if number not in self._numbers:
            self._numbers[number] = self.cause if cause is None else cause
            for further in self.who.store.numbers_of(number):
                self._found(further, cause)

    def _canonical(self, a: Token, b: Token) -> tuple[Token, Token]:
        """The stronger first, then the lesser: its owner keeps the row of the pair."""
        strength = self.who.policy.strength
        return (a, b) if (strength[a[0]], a) <= (strength[b[0]], b) else (b, a)

    def controls(self) -> list[Control]:
        """One record for each customer, sorted, so that every worker tells the same."""
        for token, cause in sorted(self._nodes.items()):  # of the events that moved a number the first is told
            self._tell_node(token, cause)
        for number, cause in self._numbers.items():
            self._tell_number(number, cause)
        for token in self._flips:
            for customer in self._near(token):
                self._tell(customer, judge=(0, FOREVER))
        for device, window in self._ownership.items():
            for customer in self._holders(device):
                self._tell(customer, judge=window)
        for a, b in self._pairs:
            self._tell_pair(a, b)
        for device, logins in self._logins.items():
            self._told[solo(device)].logins += sorted(logins)
        return [self._told[customer].control(customer, self.known_at) for customer in sorted(self._told)]

    def _tell_pair(self, a: Token, b: Token) -> None:
        """The row of a pair lives with `a`, that of a conflict with both."""
        homes = [self.who.home(a, epoch) for epoch in (self.epoch - 1, self.epoch)]
        for home in dict.fromkeys(homes):
            self._tell(home, pair=(a, b))
        if b[0] in self.who.policy.numbers:
            return
        node = self.who.store.node(a)
        is_new = node is None or b not in node.links or node.links[b].known_from == self.epoch
        if any(self.who.is_conflict(a, b, epoch) for epoch in ((self.epoch,) if is_new else (self.epoch - 1, self.epoch))):
            for home in (*homes, *(self.who.home(b, epoch) for epoch in (self.epoch - 1, self.epoch))):
                self._told[home].conflicts[a, b] = None

    def _tell_node(self, token: Token, cause: bytes) -> None:
        before, after = self.who.owner_of(token, self.epoch - 1), self.who.owner_of(token, self.epoch)
        if before == after:
            return
        self._tell_move(before or solo(token), after or solo(token))
        for customer in (before or solo(token), after or solo(token), solo(token)):
            self._told[customer].nodes[token] = cause
        node = self.who.store.node(token)
        others = (*(node.links if node else ()), *self.who.store.numbers_of(token))
        for other in others:
            self.pair(token, other)
            if other[0] in self.who.policy.numbers:
                self._found(other, cause)

    def _tell_number(self, number: Token, cause: bytes) -> None:
        """The numbers that it leads to have their pairs where it lives."""
        before, after = self.who.home(number, self.epoch - 1), self.who.home(number, self.epoch)
        self._tell_move(before, after)
        if before == after:
            return
        self._told[solo(number)].nodes[number] = cause
        for further in self.who.store.numbers_of(number):
            self._tell(self.who.home(further, self.epoch - 1), judge=(0, FOREVER))
            self._tell(before, pair=self._canonical(number, further))
            self._tell(after, pair=self._canonical(number, further))
        for anchor in self._links(number):  # what an event shows before the number, and what decides where it leads somewhere
            if anchor[0] in self.who.policy.numbers:
                if not self.who.found_by(anchor, self.epoch - 1):
                    self._tell(solo(anchor), judge=(0, FOREVER))
            elif not self.who.owner_of(anchor, self.epoch):
                for customer in (solo(anchor), self.who.home(anchor, self.epoch - 1), *self._beside(anchor)):
                    self._tell(customer, judge=(0, FOREVER))

    def _tell_move(self, before: Customer, after: Customer) -> None:
        if before != after:
            self._tell(before, judge=(0, FOREVER))

    def _links(self, token: Token) -> Iterable[Token]:
        node = self.who.store.node(token)
        return node.links if node else ()

    def _near(self, token: Token) -> Iterator[Customer]:
        """Everybody at whom an event with this identity may lie."""
        strength = self.who.policy.strength
        numbers = dict.fromkeys(self.who.store.numbers_of(token))
        for other in self._links(token):  # a number stands beside the strongest identity of its event only
            held = self.who.store.node(other)
            if held and held.is_nobody and strength[other[0]] <= strength[token[0]]:
                numbers.update(dict.fromkeys(self.who.store.numbers_of(other)))
        for near in (token, *self._links(token), *numbers):
            yield from self._holders(near)
            yield self.who.home(near, self.epoch - 1)
            yield self.who.home(near, self.epoch)

    def _beside(self, token: Token) -> Iterator[Customer]:
        """Whoever was logged in on a device that was seen with it."""
        for near in (token, *self._links(token)):
            yield from self._holders(near)

    def _holders(self, token: Token) -> Iterator[Customer]:
        """Everybody who ever was logged in on a device or on one seen together with it, and what else tells nothing, alone."""
        if token[0] not in self.who.policy.ownable:
            return
        for near in (token, *self._links(token)):
            held = self.who.store.node(near)
            if near != token and not (held and held.is_nobody) and near[0] not in self.who.policy.ownable:
                continue
            yield solo(near)
            for account in {login.account for login in (held.logins if held else ()) if login.account}:
                yield self.who.owner_of(account, self.epoch - 1)
                yield self.who.owner_of(account, self.epoch)

    def _tell(
        self,
        customer: Customer,
        judge: tuple[int, int] | None = None,
        pair: tuple[Token, Token] | None = None,
    ) -> None:
        told = self._told[customer]
        if judge is not None:
            told.since, told.until = min(told.since, judge[0]), max(told.until, judge[1])
        if pair is not None:
            told.pairs[pair] = None
