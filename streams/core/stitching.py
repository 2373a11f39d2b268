"""Stitching: one partition of `touchpoints.resolved`, record by record. All of its state and effects are a function of its log.

A fact is judged when it arrives, and the facts of a customer on a control record, by who is who as of exactly the partition's own epoch,
the greatest that any record carried so far. What belongs to a customer of this partition goes there at once; what belongs elsewhere is
forwarded with that epoch and leaves.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.facts import Control, Customer, Fact, Removal, ResolvedFrame, fact_key, partition_of
from streams.core.effects import Effects
from streams.core.fact_store import CustomerStore, Entry, Mark, fact_of
from streams.core.history import History, Rows
from streams.core.identity.who import Who
from streams.core.identity_rows import tell_identities
from streams.core.overlay import Overlay
from streams.core.rulebook import Rulebook
from streams.core.state import State


@dataclass(slots=True)
class Arrivals:
    """What one record brings to or takes from one customer."""

    facts: list[Fact] = field(default_factory=list)
    removals: list[Removal] = field(default_factory=list)
    leaving: list[bytes] = field(default_factory=list)


class Stitcher:
    """One chunk of one partition. The caller sends `effects`, waits for the acknowledgement, then writes `overlay` and `epoch`."""

    def __init__(self, partition: int, partitions: int, who: Who, rulebook: Rulebook, overlay: Overlay, epoch: int) -> None:
        self.partition, self.partitions, self.who, self.rulebook = partition, partitions, who, rulebook
        self.overlay, self.epoch, self.effects = overlay, epoch, Effects()
        self._arrivals: dict[Customer, Arrivals] = {}

    def apply(self, frame: ResolvedFrame, offset: int) -> None:
        """Takes one record; the fold must have reached max(self.epoch, frame.epoch)."""
        self.epoch = max(self.epoch, frame.epoch)
        self._arrivals = {}
        for fact in frame.facts:
            self._deliver(fact)
        for removal in frame.removals:
            self._deliver(removal)
        for control in frame.controls:
            if control.judge:
                self._judge(control)
            tell_identities(control, self.who, self.epoch, offset, self.effects)
        for customer, arrivals in self._arrivals.items():
            self._settle(customer, arrivals, offset)

    def _deliver(self, record: Fact | Removal) -> None:
        owner = self.who.owner(record.tokens, record.occurred_at, self.epoch)
        home = partition_of(owner, self.partitions)
        if home != self.partition:
            self.effects.forward(home, record)
            return
        arrivals = self._of(owner)
        if isinstance(record, Fact):
            arrivals.facts.append(record)
        else:
            arrivals.removals.append(record)

    def _of(self, customer: Customer) -> Arrivals:
        arrivals = self._arrivals.get(customer)
        if arrivals is None:
            self._arrivals[customer] = arrivals = Arrivals()
        return arrivals

    def _judge(self, control: Control) -> None:
        """Facts and marks of the customer that belong elsewhere now."""
        store = CustomerStore(self.overlay, control.customer)
        for key, entry in store.entries(control.since, control.until).items():
            records = list(_records(key, entry))
            if all(self.who.owner(r.tokens, r.occurred_at, self.epoch) == control.customer for r in records):
                continue
            self._of(control.customer).leaving.append(key)
            for record in records:  # a mark and the fact beside it may part: what stays is delivered back
                self._deliver(record)

    def _settle(self, customer: Customer, arrivals: Arrivals, offset: int) -> None:
        store = CustomerStore(self.overlay, customer)
        state = store.state()
        facts = sorted(arrivals.facts, key=lambda f: fact_key(f.occurred_at, f.sequence, f.event_id))
        keys = [fact_key(f.occurred_at, f.sequence, f.event_id) for f in facts]
        in_order = not arrivals.removals and not arrivals.leaving and len(set(keys)) == len(keys)
        if in_order and (state is None or keys[0] > state.last_key):
            self._append(customer, store, state or State(), list(zip(keys, facts, strict=True)), offset)
        else:
            self._replay(customer, store, state, arrivals, offset)

    def _append(self, customer: Customer, store: CustomerStore, state: State, facts: Iterable[tuple[bytes, Fact]], offset: int) -> None:
        """The common case: all of it is newer than what is there."""
        history = History(customer, self.rulebook, offset, state, store.episode, store.knows)
        for key, fact in facts:
            history.extend(fact)
            store.put_entry(key, fact)
        history.finish()
        self._keep(store, history)
        self.effects.take(history.rows)

    def _keep(self, store: CustomerStore, history: History) -> None:
        store.put_state(history.state)
        for ref, episode in history.episodes.items():
            store.put_episode(ref, episode)
        for token in history.identities:
            store.learn(token)

    def _replay(self, customer: Customer, store: CustomerStore, state: State | None, arrivals: Arrivals, offset: int) -> None:
        """Something is late, leaves or is removed: the history is told anew, and the rows that differ are sent."""
        before = store.entries()
        after = _merged(before, arrivals)
        if after == before:
            return
        corrections = state.corrections + 1 if state else 0
        old = self._rows(customer, before, corrections, offset)[0]
        store.forget_derived()
        for key in before.keys() - after.keys():
            store.delete_entry(key)
        for key, entry in after.items():
            if before.get(key) != entry:
                store.put_entry(key, entry)
        new, history = self._rows(customer, after, corrections, offset)
        if after:
            history.state.last_key = max(after)
            self._keep(store, history)
        self.effects.compare(old, new, offset)

    def _rows(self, customer: Customer, entries: dict[bytes, Entry], corrections: int, offset: int) -> tuple[Rows, History]:
        history = History(customer, self.rulebook, offset, State(corrections=corrections), lambda _: None, lambda _: False)
        for key in sorted(entries):
            fact = fact_of(entries[key])
            if fact is not None:
                history.extend(fact)
        history.finish()
        return history.rows, history


def _records(key: bytes, entry: Entry) -> Iterable[Fact | Removal]:
    if isinstance(entry, Mark):
        yield Removal(int.from_bytes(key[:8], "big"), int.from_bytes(key[8:16], "big"), key[16:], entry.tokens, entry.floor)
    fact = fact_of(entry)
    if fact is not None:
        yield fact


def _merged(before: dict[bytes, Entry], arrivals: Arrivals) -> dict[bytes, Entry]:
    """The entries after the record; of two contents under one key the greater (rank, hash) stays, and nothing below a floor."""
    after = dict(before)
    for key in arrivals.leaving:
        after.pop(key, None)
    for removal in arrivals.removals:
        key = fact_key(removal.occurred_at, removal.sequence, removal.event_id)
        held = after.get(key)
        floor = max(removal.floor, held.floor) if isinstance(held, Mark) else removal.floor
        fact = fact_of(held) if held is not None else None
        after[key] = Mark(floor, removal.tokens, fact if fact is not None and _rank(fact) >= floor else None)
    for fact in arrivals.facts:
        key = fact_key(fact.occurred_at, fact.sequence, fact.event_id)
        held = after.get(key)
        there = fact_of(held) if held is not None else None
        best = fact if there is None or _rank(fact) > _rank(there) else there
        if isinstance(held, Mark):
            after[key] = Mark(held.floor, held.tokens, best if _rank(best) >= held.floor else None)
        else:
            after[key] = best
    return after


def _rank(fact: Fact) -> tuple[int, bytes]:
    return fact.rank, fact.content_hash
