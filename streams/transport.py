"""Faust's Kafka transport with three corrections: where to go on, what may be committed, and how long a fetch may wait.

Position: after an assignment reading goes on where the partition's own store stands, not where the group committed: commits of stock
Faust passed events in work. Commit: never at or past the smallest offset that is not acknowledged; `_new_offset` of Faust 0.15.3 commits
past a message still in work when the head of its list is a gap (faust-streaming #606, the idea of its open pull request #707).

Fetch: aiokafka has one request to a broker on its way at a time. One that asks for quiet partitions only keeps the others from being asked
for until it is answered, which Faust lets take 1.5 s. And Faust takes every byte at once, so that each answer, chunk, acknowledgement and
write carries a handful of events.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from faust.tables.manager import TableManager
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from faust.transport.drivers.aiokafka import Consumer as FaustConsumer
from faust.transport.drivers.aiokafka import Transport as FaustTransport

Positions = Callable[[Any], Awaitable[Mapping[Any, int]]]
FETCH_WAIT_MS, FETCH_MIN_BYTES = 100, 64 * 1024
"""A broker answers as soon as it has so many bytes, and after so long with what there is: else a steady stream comes in crumbs."""


class ConsumerThread(AIOKafkaConsumerThread):
    """Makes a consumer that asks so."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms, consumer._fetch_min_bytes = FETCH_WAIT_MS, FETCH_MIN_BYTES  # read when it starts; no setting of Faust
        return consumer


class NoTables(TableManager):
    """There are no tables, so that their start need not wait a second for them to be declared."""

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


class StoreConsumer(FaustConsumer):
    """`app.store_positions(assigned)` gives the positions of the stores, which it opens."""

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

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
