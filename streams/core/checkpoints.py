"""Checkpoints: every SPACING facts the running state of a history is kept, and beside it the episodes that changed since the last one.

What is late is told again from the checkpoint before it, so the length of the history before does not count. A checkpoint is the state
after all facts up to its key, without exception: whoever changes a fact makes the checkpoints behind it true again (`streams.core.replay`).
"""

from streams.core.fact_store import CustomerStore, facts_of
from streams.core.history import EpisodeRef, History
from streams.core.rulebook import Rulebook
from streams.core.state import State

SPACING = 32
"""Facts between two checkpoints: a late fact has half as many told again before it, a fact in order pays one part of so many of a state."""


def from_checkpoint(customer: bytes, store: CustomerStore, checkpoint: State | None, rulebook: Rulebook, version: int) -> History:
    """A muted history that stands at the checkpoint, or at the start where there is none."""
    if checkpoint is None:
        history = History.at_start(customer, rulebook, version)
    else:
        key = checkpoint.last_key
        history = History(customer, rulebook, version, checkpoint, store.episodes_as_of(key), store.known_as_of(key))
    history.is_muted = True
    return history


def mark_if_due(store: CustomerStore, history: History) -> set[EpisodeRef] | None:
    """Keeps a checkpoint where it is time for one; the episodes kept beside it, None where it was not."""
    return mark(store, history) if history.state.since_checkpoint >= SPACING else None


def mark(store: CustomerStore, history: History) -> set[EpisodeRef]:
    """Keeps a checkpoint where the history stands, and beside it the episodes of the facts since the last one; returns which."""
    refs = keep_episodes(store, history)
    state = history.state
    state.checkpoint_key, state.since_checkpoint = state.last_key, 0
    store.put_checkpoint(state)
    return refs


def keep_episodes(store: CustomerStore, history: History) -> set[EpisodeRef]:
    """Keeps the episodes of the facts since the last checkpoint as they are now; returns which. The store has all of these facts."""
    state = history.state
    entries = store.entries_between(state.checkpoint_key, state.last_key + b"\0")
    refs = {ref for fact in facts_of(entries) for ref in fact.numbers}
    episodes = {ref: episode for ref in refs if (episode := history.episode(ref)) is not None}
    for ref, episode in episodes.items():
        store.put_episode_as_of(ref, state.last_key, episode)
    return set(episodes)
