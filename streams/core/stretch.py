"""A stretch of a history that is told anew, and what is kept along it."""

from streams.core import checkpoints
from streams.core.checkpoints import keep_episodes, mark, mark_if_due
from streams.core.fact_store import CustomerStore
from streams.core.history import EpisodeRef, History


class Stretch:
    """What is told anew without a leap, from a checkpoint on: what is kept there becomes that of the new course."""

    def __init__(self, store: CustomerStore, after: bytes) -> None:
        self._store, self._after, self._cleared = store, after, after
        self._marks: dict[bytes, set[EpisodeRef]] = {}
        self.refs: set[EpisodeRef] = set()

    def take(self, history: History) -> None:
        """Keeps a checkpoint where it is time for one."""
        refs = mark_if_due(self._store, history)
        if refs is not None:
            self._marks[history.state.last_key] = refs

    def keep(self, history: History) -> None:
        """Keeps what a later checkpoint needs to find here, and a checkpoint where the last is far enough away."""
        at, is_due = history.state.last_key, 2 * history.state.since_checkpoint >= checkpoints.SPACING
        refs = mark(self._store, history) if is_due else keep_episodes(self._store, history)
        self._marks[at] = self._marks.get(at, set()) | refs

    def clear_checkpoints(self, upto: bytes) -> None:
        """Those that stood here before are no more."""
        for key in self._store.checkpoint_keys(self._cleared, upto):
            if key not in self._marks:  # what is in there was put by this stretch
                self._store.delete_checkpoint(key)
        self._cleared = upto

    def close(self, refs: set[EpisodeRef], upto: bytes) -> None:
        """Episodes kept beside checkpoints that stood here before are no more."""
        for ref in refs | self.refs:
            for key in self._store.episode_keys(ref, self._after):
                if key <= upto and ref not in self._marks.get(key, ()):
                    self._store.delete_episode_as_of(ref, key)
