"""The answer about who is who from the set of link entries alone, written as the rule is told: no increments, no history."""

from collections import defaultdict
from collections.abc import Iterable

from schemas.facts import Customer
from schemas.links import LinkEntry, Token
from streams.core.identity.policy import Policy, solo

FAR = 2**62


class WholeFold:
    """Owners of identities, and of events, after all entries."""

    def __init__(self, entries: Iterable[LinkEntry], policy: Policy) -> None:
        self.policy = policy
        self.seen: dict[frozenset[Token], int] = {}
        cut: dict[frozenset[Token], int] = {}
        linked: dict[frozenset[Token], int] = {}
        self.logins: dict[Token, set[tuple[int, bytes, Token]]] = defaultdict(set)
        self.marked: set[Token] = set()
        for e in entries:
            key = frozenset((e.a, e.b))
            if e.what in ("login", "logout"):
                self.logins[e.a].add((e.at, e.event_id, e.b if e.what == "login" else b""))
            elif e.what == "shared":
                self.marked |= {e.a} - {t for t in (e.a,) if t[0] in policy.numbers}
            elif e.what == "cut":
                cut[key] = max(e.at, cut.get(key, -1))
            elif len(key) == 2:
                self.seen[key] = min(e.at, self.seen.get(key, FAR))
                if e.what == "linked":
                    linked[key] = max(e.at, linked.get(key, -1))
        self.cut = {k for k, at in cut.items() if linked.get(k, -1) <= at}
        self.tokens = {t for k in self.seen for t in k if t[0] not in policy.numbers} | self.marked
        self.first = {t: min((at for k, at in self.seen.items() if t in k and self._joins(k)), default=FAR) for t in self.tokens}
        self.nobody = {t for t in self.tokens if self._is_nobody(t)}
        self.owner = self._owners()

    def _joins(self, pair: frozenset[Token]) -> bool:
        return not any(t[0] in self.policy.numbers for t in pair)

    def _is_nobody(self, t: Token) -> bool:
        near = {o for k in self.seen if t in k and self._joins(k) and k not in self.cut for o in k if o != t}
        above = self.policy.shared_above.get(t[0])
        counts: dict[int, int] = defaultdict(int)
        for o in near:
            counts[o[0]] += 1
        shared = above is not None and any(counts[c] > above for c in self.policy.shared_counts)
        return t in self.marked or shared or sum(n for c, n in counts.items() if c not in self.policy.uncounted) > self.policy.nobody_above

    def _owners(self) -> dict[Token, Customer]:
        group = {t: {t} for t in self.tokens}
        strength = self.policy.strength
        order = sorted(
            (max(strength[t[0]] for t in k), at, sorted(k))
            for k, at in self.seen.items()
            if k not in self.cut and self._joins(k) and not k & self.nobody
        )
        for _, _, (a, b) in order:
            joined = group[a] | group[b]
            if group[a] is not group[b] and self._within(joined):
                for t in joined:
                    group[t] = joined
        best = {t: min(g, key=lambda i: (strength[i[0]], self.first[i], i)) for t, g in group.items()}
        return {t: b"" if t in self.nobody else solo(best[t]) for t in self.tokens}

    def _within(self, group: set[Token]) -> bool:
        counts: dict[int, int] = defaultdict(int)
        for t in group:
            counts[t[0]] += 1
        counted = sum(n for c, n in counts.items() if c not in self.policy.uncounted)
        return counted <= self.policy.component_cap and all(counts[c] <= n for c, n in self.policy.limit.items())

    def owner_of(self, token: Token) -> Customer:
        return self.owner.get(token, solo(token))

    def found_by(self, number: Token) -> Customer:
        strength = self.policy.strength
        pairs = [(k, at) for k, at in self.seen.items() if number in k and k not in self.cut]
        near = [(strength[o[0]], at, o) for k, at in pairs for o in k if strength[o[0]] < strength[number[0]]]
        for _, _, o in sorted(near):
            found = self.found_by(o) if o[0] in self.policy.numbers else self.owner_of(o)
            if found:
                return found
        return b""

    def of(self, tokens: list[Token], at: int) -> Customer:
        """The customer of an event with these identities, strongest first."""
        for t in tokens:
            found = self.found_by(t) if t[0] in self.policy.numbers else self.owner_of(t)
            if found:
                return found
        for t in tokens:
            before = [login for login in self.logins.get(t, ()) if login[0] <= at]
            holder = max(before)[2] if before and t[0] in self.policy.ownable else b""
            if holder and self.owner_of(holder):
                return self.owner_of(holder)
        return solo(tokens[0])
