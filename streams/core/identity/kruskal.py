"""From the links of one region to its customers: the one rule that everything else must agree with.

Links are taken in the order (strength of the weaker end, first seen, the two tokens) and join what they connect, as Kruskal's algorithm
would, except where the joined customer would break a limit: that pair is a conflict. The order depends on the set of links alone.
"""

from collections.abc import Iterable, Mapping

from schemas.links import Token
from streams.core.identity.policy import Policy

Edge = tuple[int, int, Token, Token]
"""(strength of the weaker end, first seen, the lesser token, the greater token): sorts as the rule wants"""


def edge(a: Token, b: Token, first_seen: int, policy: Policy) -> Edge:
    """The sort key of a link, which also names its ends."""
    low, high = (a, b) if a < b else (b, a)
    return max(policy.strength[a[0]], policy.strength[b[0]]), first_seen, low, high


CAP = 0
"""Stands for the cap of all identities together, where a kind's code is asked for."""


def fits(counts: Mapping[int, int], more: Mapping[int, int], policy: Policy) -> bool:
    """Whether a customer with both sets of identities would keep every limit and the cap."""
    return broken(counts, more, policy) is None


def broken(counts: Mapping[int, int], more: Mapping[int, int], policy: Policy) -> int | None:
    """The code of the first kind whose limit a customer with both sets would break, CAP for the cap; None where it fits."""
    for code, limit in policy.limit.items():
        if counts.get(code, 0) + more.get(code, 0) > limit:
            return code
    return CAP if _counted(counts, policy) + _counted(more, policy) > policy.component_cap else None


def _counted(counts: Mapping[int, int], policy: Policy) -> int:
    return sum(n for code, n in counts.items() if code not in policy.uncounted)


Refusals = dict[tuple[Token, Token], int]
"""Of links that were not taken: the code of `broken`, by (the lesser token, the greater)"""


def groups(members: Iterable[Token], edges: Iterable[Edge], policy: Policy, refused: Refusals | None = None) -> list[list[Token]]:
    """The customers of a region as lists of tokens; every member is in exactly one. `refused` takes the conflicts."""
    root = {t: t for t in members}
    held: dict[Token, list[Token]] = {t: [t] for t in root}
    counts: dict[Token, dict[int, int]] = {t: {t[0]: 1} for t in root}

    def find(t: Token) -> Token:
        while root[t] != t:
            root[t] = root[root[t]]
            t = root[t]
        return t

    for _, _, a, b in sorted(edges):
        into, other = find(a), find(b)
        if into == other:
            continue
        code = broken(counts[into], counts[other], policy)
        if code is not None:
            if refused is not None:
                refused[a, b] = code
            continue
        if len(held[into]) < len(held[other]):
            into, other = other, into
        root[other] = into
        held[into] += held.pop(other)
        merge_counts(counts[into], counts.pop(other))
    return list(held.values())


def merge_counts(into: dict[int, int], more: Mapping[int, int]) -> None:
    """Adds counts by kind code in place."""
    for code, n in more.items():
        into[code] = into.get(code, 0) + n
