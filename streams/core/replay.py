"""Replay: what is late, leaves or is removed is told again from a base, and only the rows that differ are sent.

The base is an older running state of the same history, some facts behind its end. A change behind the base is replayed from there, a
change before it from the start. The facts before the change are taken once, without making rows; then the history forks: as it was, and as
it is now.
"""

from collections.abc import Iterable, Mapping

from schemas.facts import Customer, Fact, Removal, fact_key
from schemas.links import Token
from streams.core.alerts.reasons import open_reasons
from streams.core.effects import Effects
from streams.core.fact_store import CustomerStore, Entry, Mark, fact_of
from streams.core.history import History
from streams.core.rulebook import Rulebook
from streams.core.state import State, decode_state, encode_state

TAIL, KEPT = 48, 16
"""Facts behind the base at which it moves on, and how many stay behind it."""
Entries = Mapping[bytes, Entry]


def from_base(customer: Customer, store: CustomerStore, base: State | None, rulebook: Rulebook, version: int) -> History:
    """A muted history that stands at the base, or at the start where there is none."""
    if base is None:
        history = History(customer, rulebook, version, State(), lambda _: None, lambda _: False)
    else:
        known_until = base.last_key
        history = History(
            customer, rulebook, version, base, store.base_episode, lambda token: (store.first_seen(token) or b"\xff") <= known_until
        )
    history.is_muted = True
    return history


def retell(
    customer: Customer, store: CustomerStore, now: State | None, change: "Change", rulebook: Rulebook, version: int, effects: Effects
) -> tuple[History, History] | None:
    """Applies a change to the entries of a customer, and sends what it changed of the rows; the history as it was and as it is now."""
    base = store.base() if now else None
    if base is not None and change.first_key <= base.last_key:
        base = None
    before = store.entries() if base is None else store.entries_after(base.last_key)
    after = change.applied_to(before)
    if after == before:
        return None
    corrections = now.corrections + 1 if now else 0
    first = min(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    prefix = from_base(customer, store, base, rulebook, version)
    prefix.state.corrections = corrections
    extend(prefix, before, until=first)
    old, new = _courses(prefix, before, after, first)
    _keep_entries(store, before, after)
    if base is None:
        store.forget_derived()
        keep_derived(store, prefix)
    _keep_derived(store, old, new)
    last_key = max(after, default=base.last_key if base else b"")
    if last_key:
        new.state.last_key = last_key
        if new.state.since_base > TAIL:  # or whoever only comes late would have ever more told again
            advance_base(customer, store, rulebook, new.state)
        store.put_state(new.state)
    effects.compare(old.rows, new.rows, version)
    return old, new


def _courses(prefix: History, before: Entries, after: Entries, first: bytes) -> tuple[History, History]:
    """The history as it was and as it is now, from the change on."""
    old, new = prefix.fork(), prefix.fork()
    extend(old, before, since=first)
    extend(new, after, since=first)
    old.touch(new.episodes)
    new.touch(old.episodes)
    for course in (old, new):
        course.finish()
        course.reasons |= open_reasons(course.state.watch)  # what the other course may have ended
    return old, new


def extend(history: History, entries: Entries, since: bytes = b"", until: bytes = b"\xff") -> None:
    """Takes the facts with since <= key < until, in order."""
    for key in sorted(k for k in entries if since <= k < until):
        fact = fact_of(entries[key])
        if fact is not None:
            history.extend(fact)


def advance_base(customer: Customer, store: CustomerStore, rulebook: Rulebook, state: State) -> None:
    """Moves the base on until KEPT facts are behind it; amortised one muted step for each fact."""
    base = store.base()
    entries = store.entries() if base is None else store.entries_after(base.last_key)
    keys = list(entries)[:-KEPT]
    history = from_base(customer, store, base, rulebook, 0)
    extend(history, {key: entries[key] for key in keys})
    for ref, episode in history.episodes.items():
        store.put_base_episode(ref, episode)
    moved = decode_state(encode_state(history.state))
    moved.last_key, moved.since_base = keys[-1], 0
    store.put_base(moved)
    state.since_base = len(entries) - len(keys)


def keep_derived(store: CustomerStore, history: History) -> None:
    """Puts the episodes and identities that a history knows of."""
    for ref, episode in history.episodes.items():
        store.put_episode(ref, episode)
    for token, key in history.identities.items():
        store.learn(token, key)


def _keep_entries(store: CustomerStore, before: Entries, after: Entries) -> None:
    for key in before.keys() - after.keys():
        store.delete_entry(key)
    for key, entry in after.items():
        if before.get(key) != entry:
            store.put_entry(key, entry)


def _keep_derived(store: CustomerStore, old: History, new: History) -> None:
    """What only the old course made goes; what it only touched is in the new one as it was before."""
    for ref in old.episodes.keys() - new.episodes.keys():
        store.put_episode(ref, None)
    for token in old.identities.keys() - new.identities.keys():
        store.learn(token, None)
    keep_derived(store, new)


class Change:
    """What one record brings to or takes from one customer."""

    def __init__(self, facts: Iterable[Fact], removals: Iterable[Removal], leaving: Iterable[bytes]) -> None:
        self.facts = [(fact_key(f.occurred_at, f.sequence, f.event_id), f) for f in facts]
        self.removals = [(fact_key(r.occurred_at, r.sequence, r.event_id), r) for r in removals]
        self.leaving = list(leaving)
        self.first_key = min([*(key for key, _ in self.facts), *(key for key, _ in self.removals), *self.leaving])

    def applied_to(self, before: Entries) -> dict[bytes, Entry]:
        """The entries after it; of two contents under one key the greater (rank, hash) stays, and nothing below a floor."""
        after = dict(before)
        for key in self.leaving:
            after.pop(key, None)
        for key, removal in self.removals:
            after[key] = _removed(after.get(key), removal)
        for key, fact in self.facts:
            after[key] = _joined(after.get(key), fact)
        return dict(sorted(after.items()))


def _removed(held: Entry | None, removal: Removal) -> Entry:
    floors = held.floors if isinstance(held, Mark) else []
    same = [floor for tokens, floor in floors if tokens == removal.tokens]
    others = [(tokens, floor) for tokens, floor in floors if tokens != removal.tokens]
    return _mark(sorted([*others, (removal.tokens, max([removal.floor, *same]))]), fact_of(held) if held is not None else None)


def _joined(held: Entry | None, fact: Fact) -> Entry:
    there = fact_of(held) if held is not None else None
    best = fact if there is None or rank(fact) > rank(there) else there
    return _mark(held.floors, best) if isinstance(held, Mark) else best


def _mark(floors: list[tuple[list[Token], tuple[int, bytes]]], fact: Fact | None) -> Mark:
    mark = Mark(floors, None)
    return Mark(floors, fact) if fact is not None and mark.allows(rank(fact)) else mark


def rank(fact: Fact) -> tuple[int, bytes]:
    """The order of two contents under one id."""
    return fact.rank, fact.content_hash
