"""Stitching: one partition of `touchpoints.resolved`, record by record. All of its state and effects are a function of its log.

A fact is judged when it arrives, and the facts of a customer on a control record, by who is who as of exactly the partition's own epoch,
the greatest that any record carried so far. What belongs to a customer of this partition goes there at once; what belongs elsewhere is
forwarded with that epoch and leaves.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.facts import Control, Customer, Fact, Removal, ResolvedFrame, fact_key, partition_of
from streams.core.alerts.desk import Desk
from streams.core.anew import judged_whole, tell_anew, tell_links
from streams.core.change import Change, rank
from streams.core.checkpoints import mark_if_due
from streams.core.effects import Effects
from streams.core.fact_store import CustomerStore, Entry, Mark, fact_of
from streams.core.history import History
from streams.core.identity.who import Who
from streams.core.identity_rows import tell_identities
from streams.core.overlay import Overlay
from streams.core.replay import keep_derived, retell
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
        self.desk = Desk(overlay, rulebook, self.effects)
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
            tell_identities(control, self.who, (frame.epoch, self.epoch), offset, self.effects)
        for customer in frame.anew:
            self._judge(judged_whole(customer))
        for customer, arrivals in self._arrivals.items():
            self._settle(customer, arrivals, offset)
        for customer in frame.anew:
            self._tell_anew(customer, offset)
        if frame.tick:
            self.desk.tick(frame.tick, offset)

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

    def _tell_anew(self, customer: Customer, offset: int) -> None:
        history = tell_anew(customer, CustomerStore(self.overlay, customer), self.rulebook, offset, self.effects)
        if history is not None:
            tell_links(customer, history.identities, self.who, self.epoch, offset, self.effects)
            self.desk.settle(customer, (), history.reasons, offset)
            self.desk.tell_anew(customer, offset)

    def _of(self, customer: Customer) -> Arrivals:
        arrivals = self._arrivals.get(customer)
        if arrivals is None:
            self._arrivals[customer] = arrivals = Arrivals()
        return arrivals

    def _judge(self, control: Control) -> None:
        """Facts and marks of the customer that belong elsewhere now."""
        store = CustomerStore(self.overlay, control.customer)
        if not store.is_there():  # most identities that move were never a customer alone
            return
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
        arrivals.facts = [fact for fact in arrivals.facts if not self._is_there(store, state, fact)]
        if not (arrivals.facts or arrivals.removals or arrivals.leaving):
            return
        change = Change(arrivals.facts, arrivals.removals, arrivals.leaving)
        plain = not change.removals and not change.leaving and len({key for key, _ in change.facts}) == len(change.facts)
        if plain and (state is None or change.first_key > state.last_key):
            self._append(customer, store, state or State(), sorted(change.facts, key=_by_key), offset)
        else:
            retold = retell(customer, store, state, change, self.rulebook, offset, self.effects)
            if retold is not None:
                self.desk.settle(customer, *retold, offset)

    def _is_there(self, store: CustomerStore, state: State | None, fact: Fact) -> bool:
        """A repeat of what is stored changes nothing."""
        key = fact_key(fact.occurred_at, fact.sequence, fact.event_id)
        if state is None or key > state.last_key:
            return False
        held = store.entry(key)
        return isinstance(held, Fact) and rank(held) >= rank(fact)

    def _append(self, customer: Customer, store: CustomerStore, state: State, facts: Iterable[tuple[bytes, Fact]], offset: int) -> None:
        """The common case: all of it is newer than what is there."""
        history = History(customer, self.rulebook, offset, state, store.episode, store.knows)
        for key, fact in facts:
            history.extend(fact)
            store.put_entry(key, fact)
            mark_if_due(store, history)
        history.finish()
        keep_derived(store, history)
        store.put_state(state)
        self.effects.take(history.rows)
        if history.reasons:
            self.desk.settle(customer, (), history.reasons, offset)


def _by_key(pair: tuple[bytes, Fact]) -> bytes:
    return pair[0]


def _records(key: bytes, entry: Entry) -> Iterable[Fact | Removal]:
    if isinstance(entry, Mark):
        at, sequence = int.from_bytes(key[:8], "big"), int.from_bytes(key[8:16], "big")
        yield from (Removal(at, sequence, key[16:], tokens, floor) for tokens, floor in entry.floors)
    fact = fact_of(entry)
    if fact is not None:
        yield fact
