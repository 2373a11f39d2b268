"""Whether what was read follows on what was done before: chunks may come doubled, out of order, or not at all.

A gap between two chunks, or before the first, is refused and read again. Only a gap that shows again and again, with the same first
record behind it, is one that Kafka has itself: what was deleted, or the marks of transactions.
"""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar


class HasOffset(Protocol):
    """A record of Kafka's."""

    @property
    def offset(self) -> int: ...


Record = TypeVar("Record", bound=HasOffset)

ABSENT_AFTER = 3
"""So often the same gap must show before its offsets count as absent in Kafka."""


class Continuity(Generic[Record]):
    """Of one partition; remembers the gap at which it stands."""

    def __init__(self) -> None:
        self._position = self._behind = -1
        self._times = 0

    def following(self, position: int, chunks: Sequence[Sequence[Record]]) -> tuple[list[Record], int | None]:
        """The records that follow on `position`, each once, and where to read again, if anything was refused.

        Offsets rise within a chunk; what is missing inside one was skipped by Kafka.
        """
        taken: list[Record] = []
        refused = -1
        for chunk in chunks:
            end = taken[-1].offset + 1 if taken else position
            fresh = [record for record in chunk if record.offset >= end]
            if fresh and (fresh[0].offset == end or (refused < 0 and not taken and self._is_absent(position, fresh[0].offset))):
                taken += fresh
            elif fresh:
                refused = max(refused, fresh[-1].offset)
        end = taken[-1].offset + 1 if taken else position
        return taken, end if refused >= end else None

    def _is_absent(self, position: int, first: int) -> bool:
        """Of all that comes from beyond a gap the least offset counts: greater ones only say what was under way."""
        if position != self._position or first < self._behind:
            self._position, self._behind, self._times = position, first, 0
        self._times += first == self._behind
        return first == self._behind and self._times >= ABSENT_AFTER
