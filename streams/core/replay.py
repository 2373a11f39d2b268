"""Replay: what is late, leaves or is removed is told anew from the checkpoint before it, and only the rows that differ are sent.

The facts between the checkpoint and the first change are taken once, without making rows; then the history forks into two courses: as it
was, and as it is now. Behind a change the courses may come to go on alike. Then they leap over the facts on which they do, to the end
of the journey that they are in or of the whole history, and what those facts added is carried over (`streams.core.carrying`). So a late
fact costs what it changes, not what came before or after it.
"""

from collections.abc import Iterator

from schemas.facts import Customer
from streams.core.alerts.reasons import Group, Reasons, open_reasons
from streams.core.carrying import carried, go_on_alike
from streams.core.change import Change, Patch
from streams.core.checkpoints import from_checkpoint
from streams.core.effects import Effects
from streams.core.fact_store import LAST, CustomerStore, Entry, fact_of, facts_of
from streams.core.history import EpisodeRef, History
from streams.core.rulebook import Rulebook
from streams.core.state import State, copy_state
from streams.core.stretch import Stretch

FIRST_PAGE, MOST_PAGE = 8, 4096
"""Facts between two looks whether the courses go on alike: few at first, then ever more, so that looking costs little beside telling."""


def retell(
    customer: Customer, store: CustomerStore, now: State | None, change: Change, rulebook: Rulebook, version: int, effects: Effects
) -> tuple[set[Group], Reasons] | None:
    """Applies a change to the entries of a customer, and sends what it changed of the rows.

    Returns the groups of reasons that differ and those of them that there are now; None where nothing changed.
    """
    held = {key: store.entry(key) for key in change.keys}
    patch = change.patch(held)
    if not patch:
        return None
    _keep_entries(store, patch)
    prefix = from_checkpoint(customer, store, store.checkpoint_before(min(patch)) if now else None, rulebook, version)
    prefix.state.corrections = now.corrections + 1 if now else 0
    courses = Courses(store, now, prefix, {key: held[key] for key in patch})
    courses.run()
    old, new = courses.old, courses.new
    _keep_derived(store, old, new)
    last_key = store.last_key()
    if last_key is None:
        store.forget_derived()
    else:
        new.state.last_key = last_key
        store.put_state(new.state)
    effects.compare(old.rows, new.rows, version)
    differing = {group for group in old.reasons.keys() | new.reasons.keys() if old.reasons.get(group) != new.reasons.get(group)}
    return differing, {group: reasons for group, reasons in new.reasons.items() if group in differing}


class Courses:
    """The history as it was and as it is now, from a checkpoint before the first change. `held`: the entries that changed, as they were."""

    def __init__(self, store: CustomerStore, now: State | None, prefix: History, held: Patch) -> None:
        self._store, self._now, self._held = store, now, held
        self._changes = sorted(held)
        self._stretch = Stretch(store, prefix.state.last_key)
        for fact in facts_of(store.entries_between(prefix.state.last_key, self._changes[0])):
            prefix.extend(fact)
            self._stretch.take(prefix)
        self._stretch.refs |= prefix.episodes.keys()
        self.old, self.new = prefix.fork(), prefix.fork()
        self._settled: set[EpisodeRef] = set()
        """Episodes that differ and are told to their end."""

    def run(self) -> None:
        """Tells both to the end of the history."""
        at = self._changes[0]
        while at != LAST:
            at = self._tell(at)
        self._touch()
        for course in (self.old, self.new):
            course.finish()
            course.reasons |= open_reasons(course.state.watch)  # what the other course may have ended

    def _tell(self, first: bytes) -> bytes:
        """Tells from a key on until there is nothing more, or a leap; the key to go on from, LAST at the end."""
        for end, was, entries in _pages(self._store, self._held, first):
            for key, entry in entries:
                if (before := fact_of(was.get(key, entry))) is not None:
                    self.old.extend(before)
                if (after := fact_of(entry)) is not None:
                    self.new.extend(after)
                    self._stretch.take(self.new)
            self._stretch.clear_checkpoints(end)
            if end == LAST:
                self._stretch.close(self._refs(), LAST)
                return LAST
            leapt = self._leap(end)
            if leapt is not None:
                return leapt
        raise AssertionError("the last page ends with LAST")

    def _refs(self) -> set[EpisodeRef]:
        return {*self.old.episodes, *self.new.episodes}

    def _touch(self) -> None:
        """Episodes that one course touched have their rows in the other, too, where they are."""
        self.old.touch(self.new.episodes.keys() - self._settled)
        self.new.touch(self.old.episodes.keys() - self._settled)

    def _leap(self, at: bytes) -> bytes | None:
        """The key to go on from, LAST for the end; None where the courses do not go on alike, or there is nowhere to leap to."""
        old, new, store = self.old, self.new, self._store
        differing = self._differing(at) if new.state.last_key and go_on_alike(old.state, new.state) else None
        if differing is None:
            return None
        between = self._marks_ahead(at)
        later, to = self._target(at, between)
        if later is None or (self._tells_otherwise() and later.totals.felt_count != old.state.totals.felt_count):
            return None
        state = carried(old.state, new.state, later, new.rulebook)
        if state is None:
            return None
        self._stretch.keep(new)
        self._stretch.close(self._refs(), at)
        for ref in differing:
            for key in store.episode_keys(ref, at):
                store.delete_episode_as_of(ref, key)
        last_mark = self._correct_ahead(between)
        if last_mark == new.state.checkpoint_key:
            state.since_checkpoint += new.state.since_checkpoint  # or somewhat fewer
        state.checkpoint_key = last_mark
        self._settled |= differing
        self._stretch = Stretch(store, to)
        for course, there in ((old, copy_state(later)), (new, state)):
            course.go_on_from(there, differing, store.episodes_as_of(to), store.known_as_of(to))
        return to if to == LAST else to + b"\0"

    def _correct_ahead(self, between: list[State]) -> bytes:
        """Carries over to the checkpoints that are leapt over; the key of the last one that is kept."""
        old, new, store = self.old, self.new, self._store
        last_mark = new.state.checkpoint_key
        for checkpoint in between:
            moved = carried(old.state, new.state, checkpoint, new.rulebook)
            if moved is None:
                store.delete_checkpoint(checkpoint.last_key)
            else:
                store.put_checkpoint(moved)
                last_mark = checkpoint.last_key
        return last_mark

    def _differing(self, at: bytes) -> set[EpisodeRef] | None:
        """Episodes that differ, all told to their end; None where something that differs goes on behind `at`."""
        old, new, store = self.old, self.new, self._store
        if old.identities.keys() - new.identities.keys():
            return None
        if any((store.first_seen(token) or b"") > at for token in new.identities.keys() - old.identities.keys()):
            return None
        self._touch()
        differing = {ref for ref in self._refs() if old.episodes.get(ref) != new.episodes.get(ref)}
        time = int.from_bytes(at[:8], "big")
        finals = (store.episode(ref) for ref in differing)
        return None if any(final is not None and final["last_touch_at"] >= time for final in finals) else differing

    def _tells_otherwise(self) -> bool:
        """Whether the alert of the open journey differs, that a feeling behind this point would raise or end again."""
        journey = self.new.state.journey
        group = b"j" + journey.journey_id if journey is not None else b""
        return self.old.reasons.get(group) != self.new.reasons.get(group)

    def _marks_ahead(self, at: bytes) -> list[State]:
        """Checkpoints up to the next change; where the open journey differs, those within it alone."""
        a, b = self.old.state.journey, self.new.state.journey
        found = self._store.checkpoints_between(at, self._next_change(at) or LAST)
        if a == b or a is None:
            return found
        outside = (n for n, s in enumerate(found) if s.journey is None or s.journey.journey_id != a.journey_id)
        return found[: next(outside, len(found))]

    def _target(self, at: bytes, between: list[State]) -> tuple[State | None, bytes]:
        """The state to leap to, and the key behind which to go on."""
        a, now = self.old.state.journey, self._now
        if now is not None and self._next_change(at) is None:
            is_same = now.journey is not None and a is not None and now.journey.journey_id == a.journey_id
            if is_same or a == self.new.state.journey:
                return now, LAST
        return (between[-1], between[-1].last_key) if between else (None, LAST)

    def _next_change(self, at: bytes) -> bytes | None:
        return next((key for key in self._changes if key > at), None)


def _pages(store: CustomerStore, held: Patch, first: bytes) -> Iterator[tuple[bytes, Patch, list[tuple[bytes, Entry | None]]]]:
    """(last key, what changed as it was, what there is by key, in order), page by page; the last page ends with LAST."""
    size = FIRST_PAGE
    while True:
        page: Patch = dict(store.page(first, size))
        end = LAST if len(page) < size else max(page)
        was = {key: entry for key, entry in held.items() if first <= key <= end}
        yield end, was, sorted((dict.fromkeys(was) | page).items())
        if end == LAST:
            return
        first, size = end + b"\0", min(2 * size, MOST_PAGE)


def _keep_entries(store: CustomerStore, patch: Patch) -> None:
    for key, entry in patch.items():
        if entry is None:
            store.delete_entry(key)
        else:
            store.put_entry(key, entry)


def keep_derived(store: CustomerStore, history: History) -> None:
    """Puts the episodes and identities that a history knows of."""
    for ref, episode in history.episodes.items():
        store.put_episode(ref, episode)
    for token, key in history.identities.items():
        store.learn(token, key)


def _keep_derived(store: CustomerStore, old: History, new: History) -> None:
    """What only the old course made goes; what it only touched is in the new one as it was before."""
    for ref in old.episodes.keys() - new.episodes.keys():
        store.put_episode(ref, None)
    for token in old.identities.keys() - new.identities.keys():
        store.learn(token, None)
    keep_derived(store, new)
