"""Stops a partition of raw in which too much is rejected, before the chunk that showed it has any effect; the others go on.

A stop lasts until somebody says that it may go on (`tracker dead accept`, told on the ledger), or a worker with wider limits is started.
What the ledger covers already was let through before, so reading it again stops nobody.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog

from streams.core.overlay import Overlay
from streams.core.rejects import Excess, Recent, RejectLimits, decode_recent, encode_recent, watch

log = structlog.get_logger()
KEY = b"R"
"""In the store of a partition of raw: what it remembers of its last records."""


@dataclass(slots=True)
class RejectWatch:
    """Of one worker. `stopped`: position and reason by partition of raw."""

    limits: RejectLimits
    on_change: Callable[[frozenset[int]], None] = lambda _: None
    stopped: dict[int, tuple[int, Excess]] = field(default_factory=dict)
    accepted: dict[int, int] = field(default_factory=dict)
    covered: dict[int, int] = field(default_factory=dict)

    def judge(self, partition: int, position: int, records: Iterable[tuple[int, bool]], overlay: Overlay) -> Excess | None:
        """Takes (offset, rejected) of a chunk; remembers in `overlay`, or stops the partition at `position` and says why."""
        until = self.accepted.get(partition, 0)
        counted = [(offset, is_rejected) for offset, is_rejected in records if offset >= until]
        before = Recent() if position < until else decode_recent(overlay.get(KEY))
        recent, excess = watch(before, counted, self.limits, self.covered.get(partition, 0))
        if excess is None:
            overlay.put(KEY, encode_recent(recent))
            return None
        self.stopped[partition] = position, excess
        remedy = f"look with `tracker tail -t raw`, mend the producer, then `tracker dead accept --partition {partition}`"
        counts = {"rejected": excess.rejected, "judged": excess.judged, "offset": excess.offset}
        log.critical("partition_stopped", partition=partition, position=position, **counts, remedy=remedy)
        self.on_change(frozenset(self.stopped))
        return excess

    def accept(self, partition: int, until: int) -> bool:
        """Somebody looked: below `until` nothing counts. True where this ends a stop."""
        self.accepted[partition] = max(until, self.accepted.get(partition, 0))
        return self._ends(partition, self.accepted[partition])

    def cover(self, partition: int, until: int) -> bool:
        """The ledger tells of all below `until`. True where this ends a stop: what stopped it was let through before."""
        self.covered[partition] = until
        return self._ends(partition, until)

    def _ends(self, partition: int, until: int) -> bool:
        position, excess = self.stopped.get(partition, (0, None))
        if excess is None or excess.offset >= until:
            return False
        del self.stopped[partition]
        log.warning("partition_goes_on", partition=partition, position=position)
        self.on_change(frozenset(self.stopped))
        return True
