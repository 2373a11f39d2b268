"""Faust's Kafka transport with two corrections: where to go on, and what may be committed.

Position: after an assignment reading goes on where the partition's own store stands, not where the group committed: commits of stock
Faust passed events in work. Commit: never at or past the smallest offset that is not acknowledged; `_new_offset` of Faust 0.15.3 commits
past a message still in work when the head of its list is a gap (faust-streaming #606, the idea of its open pull request #707).
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from faust.transport.drivers.aiokafka import Consumer as FaustConsumer
from faust.transport.drivers.aiokafka import Transport as FaustTransport

Positions = Callable[[Any], Awaitable[Mapping[Any, int]]]


class StoreConsumer(FaustConsumer):
    """`app.store_positions(assigned)` gives the positions of the stores, which it opens."""

    async def seek_to_committed(self) -> Mapping[Any, int]:
        """Called after each assignment, before records flow."""
        committed = dict(await super().seek_to_committed())
        positions = await cast(Any, self.app).store_positions(self.assignment())
        await self.seek_wait(positions)
        return {**committed, **positions}

    def _new_offset(self, tp: Any) -> int | None:
        acked = self._acked[tp]
        unfinished = [m.offset for m in self._unacked_messages if m.tp == tp and not m.acked]
        if not unfinished or not acked:
            return super()._new_offset(tp)
        smallest = min(unfinished)
        held = [offset for offset in acked if offset >= smallest]
        if not held:
            return super()._new_offset(tp)
        acked[:] = [offset for offset in acked if offset < smallest]
        found = super()._new_offset(tp)
        acked.extend(held)
        return found


class StoreTransport(FaustTransport):
    """The transport that reads with `StoreConsumer`."""

    Consumer = StoreConsumer
