"""What one record brings to or takes from one customer, as a patch of the entries under its keys."""

from collections.abc import Iterable

from schemas.facts import Fact, Removal, fact_key
from schemas.links import Token
from streams.core.fact_store import Entry, Mark, fact_of

Patch = dict[bytes, Entry | None]
"""By fact key an entry, None where there is none."""


class Change:
    """Facts that come, removals that come, keys of entries that leave; not all empty."""

    def __init__(self, facts: Iterable[Fact], removals: Iterable[Removal], leaving: Iterable[bytes]) -> None:
        self.facts = [(fact_key(f.occurred_at, f.sequence, f.event_id), f) for f in facts]
        self.removals = [(fact_key(r.occurred_at, r.sequence, r.event_id), r) for r in removals]
        self.leaving = list(leaving)
        self.keys = {*(key for key, _ in self.facts), *(key for key, _ in self.removals), *self.leaving}
        self.first_key = min(self.keys)

    def patch(self, held: Patch) -> Patch:
        """The entries that become others, of those `held` under `keys`, in order.

        Of two contents under one key the greater (rank, hash) stays, and nothing below a floor.
        """
        after = held | dict.fromkeys(self.leaving)
        for key, removal in self.removals:
            after[key] = _removed(after[key], removal)
        for key, fact in self.facts:
            after[key] = _joined(after[key], fact)
        return {key: after[key] for key in sorted(after) if after[key] != held[key]}


def _removed(held: Entry | None, removal: Removal) -> Entry:
    floors = held.floors if isinstance(held, Mark) else []
    same = [floor for tokens, floor in floors if tokens == removal.tokens]
    others = [(tokens, floor) for tokens, floor in floors if tokens != removal.tokens]
    return _mark(sorted([*others, (removal.tokens, max([removal.floor, *same]))]), fact_of(held))


def _joined(held: Entry | None, fact: Fact) -> Entry:
    there = fact_of(held)
    best = fact if there is None or rank(fact) > rank(there) else there
    return _mark(held.floors, best) if isinstance(held, Mark) else best


def _mark(floors: list[tuple[list[Token], tuple[int, bytes]]], fact: Fact | None) -> Mark:
    mark = Mark(floors, None)
    return Mark(floors, fact) if fact is not None and mark.allows(rank(fact)) else mark


def rank(fact: Fact) -> tuple[int, bytes]:
    """The order of two contents under one id."""
    return fact.rank, fact.content_hash
