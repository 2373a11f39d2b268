"""Customers of whom the whole history is held, under both sets of rules: all of them, or so many, chosen by hash. Pure."""

from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from heapq import heappush, heappushpop

from deploy.rules.who_moves import Knowledge
from schemas.facts import Customer, Fact, Removal
from streams.core.change import Change
from streams.core.fact_store import Entry, entry_bytes, entry_of

Histories = Iterable[tuple[Customer, Mapping[bytes, Entry]]]
"""Customers with what there is of them, by fact key."""


class Sample:
    """Keeps the names with the least hashes. One that was let go never comes back, so what is kept of a name is whole."""

    def __init__(self, most: int | None) -> None:
        self._most, self.names = most, set[Customer]()
        self._greatest: list[tuple[int, Customer]] = []
        self.on_drop: list[Callable[[Customer], None]] = []
        self.left_out = False

    def wants(self, name: Customer) -> bool:
        """Whether a record of that name is to be kept."""
        if name in self.names:
            return True
        if self._most is None or len(self.names) < self._most:
            self._add(name)
            return True
        order = -_hash(name)
        if order <= self._greatest[0][0]:
            self.left_out = True
            return False
        self._replace(order, name)
        return True

    def _add(self, name: Customer) -> None:
        self.names.add(name)
        if self._most is not None:
            heappush(self._greatest, (-_hash(name), name))

    def _replace(self, order: int, name: Customer) -> None:
        self.left_out = True
        self.names.add(name)
        _, dropped = heappushpop(self._greatest, (order, name))
        self.names.discard(dropped)
        for forget in self.on_drop:
            forget(dropped)


class World:
    """Facts by customer as one set of rules has them. `group` names customers who belong together, for the sample."""

    def __init__(self, known: Knowledge, group: Mapping[Customer, Customer], sample: Sample) -> None:
        self._known, self._group, self._sample = known, group, sample
        self._held: dict[Customer, dict[Customer, dict[bytes, bytes]]] = {}
        sample.on_drop.append(self._forget)

    def take_all(self, records: Iterable[Fact | Removal]) -> None:
        """In any order, any number of times."""
        for record in records:
            self.take(record)

    def take(self, record: Fact | Removal) -> None:
        """One of them."""
        owner = self._known.owner(record.tokens, record.occurred_at)
        name = self._group.get(owner, owner)
        if not self._sample.wants(name):
            return
        entries = self._held.setdefault(name, {}).setdefault(owner, {})
        change = Change([record], [], []) if isinstance(record, Fact) else Change([], [record], [])
        held = {key: entry_of(entries[key]) if key in entries else None for key in change.keys}
        entries |= {key: entry_bytes(entry) for key, entry in change.patch(held).items() if entry is not None}

    def _forget(self, name: Customer) -> None:
        self._held.pop(name, None)

    def __len__(self) -> int:
        return sum(len(held) for held in self._held.values())

    def histories(self) -> Histories:
        """One after the other; packed until then."""
        for held in self._held.values():
            for customer, entries in held.items():
                yield customer, {key: entry_of(packed) for key, packed in entries.items()}


def _hash(name: Customer) -> int:
    return int.from_bytes(blake2b(name, digest_size=8).digest(), "big")
