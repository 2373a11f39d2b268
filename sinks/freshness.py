"""How fresh what is stored is, told by some of the touchpoints of each frame (pure).

Rows are told again when a history is told anew, and such a row would look old. So only those count that lie behind every one seen before
of their partition of raw; where none was seen yet, those that were received since the sink began.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sinks.rows import Body, Key
from sinks.shapes import SHAPES

TABLE: Final = "touchpoints"
LOOKED_AT: Final = 8
"""Rows of one frame that are unpacked, spread over it: a few µs each."""
_NAMES: Final = [column.name for column in SHAPES[TABLE].table.columns]
_OCCURRED, _RECEIVED, _PARTITION, _OFFSET = map(_NAMES.index, ("occurred_at", "received_at", "raw_partition", "raw_offset"))


class Moments(NamedTuple):
    """Of one touchpoint, ms since 1970."""

    occurred_at: int
    received_at: int


class Freshness:
    """Keeps, by partition of `journeys` and of raw, the greatest offset of raw that was seen."""

    def __init__(self, began_ms: float) -> None:
        self._began_ms = began_ms
        self._newest: dict[tuple[int, int], int] = {}

    def look(self, partition: int, rows: Sequence[tuple[Key, Body]]) -> list[Moments]:
        """Of the touchpoints of a frame those that were looked at and are new."""
        found: list[Moments] = []
        greatest: dict[tuple[int, int], int] = {}
        for _, body in rows[:: max(1, len(rows) // LOOKED_AT)]:
            row = SHAPES[TABLE].row(body)
            if row[-1]:
                continue
            place, offset = (partition, row[_PARTITION]), row[_OFFSET]
            newest = self._newest.get(place)
            if offset > newest if newest is not None else row[_RECEIVED] >= self._began_ms:
                found.append(Moments(row[_OCCURRED], row[_RECEIVED]))
            greatest[place] = max(offset, greatest.get(place, offset))
        for place, offset in greatest.items():
            self._newest[place] = max(offset, self._newest.get(place, offset))
        return found
