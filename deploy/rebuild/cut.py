"""A cut through a stream that never stands still: the ends of raw at one moment, and the wait until a generation has them in ClickHouse.

`tracker drain` waits until a round wrote nothing new, which under traffic never comes. A cut fixes the ends of each topic in turn and
waits until these are passed. What stitching sends on to another partition is behind the ends that were fixed, so the ends of resolved
are fixed ROUNDS times. Alerts that are due are waited for too, but not for ever: ticks wait for a moment without lag.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import timedelta

from kafka.errors import KafkaError

from deploy.drain import Drain
from schemas.connections import KafkaConnection
from schemas.errors import ServiceUnavailable
from sinks.progress import lag
from streams.clock import EPOCH, Clock

ROUNDS = 3
"""A fact may be sent on once by a guess that was wrong, and once more by the control record that follows on it."""
ANSWER_S = 10.0
DUE_S = 20.0
"""Longest wait for alerts that are due."""
Watch = Callable[[int], None]
"""Called again and again with the number of raw records below the cut that are done with; what it raises ends the wait."""


@contextmanager
def cutting(where: KafkaConnection, generation: int, clock: Clock) -> Iterator["Cut"]:
    """ServiceUnavailable where Kafka does not answer, then or later, or has not the topics."""
    address, remedy = where.bootstrap_servers, "start it (`tracker up`), or correct TRACKER_KAFKA_BOOTSTRAP; then call it again"
    try:
        with closing(Cut(where, generation, clock)) as cut:
            yield cut
    except KafkaError as why:
        message = f"Kafka at {address} does not tell how far generation {generation} is: {type(why).__name__}"
        raise ServiceUnavailable(message, service="Kafka", address=address, remedy=remedy) from why


class Cut(Drain):
    """Reads the ledger of one generation; joins no group."""

    def __init__(self, where: KafkaConnection, generation: int, clock: Clock) -> None:
        super().__init__(where, generation, clock, ANSWER_S)

    def total(self, raw: Mapping[int, int]) -> int:
        """Records of raw below these ends that the log still has."""
        begins = self.begins(self._topics.raw)
        return sum(max(0, end - begins[p]) for p, end in raw.items())

    def raw_ends(self) -> dict[int, int]:
        """The cut: the next offset of each partition of raw."""
        return self.ends(self._topics.raw)

    def lost(self) -> dict[int, int]:
        """Partitions of raw whose log begins behind 0, and where."""
        return {p: first for p, first in self.begins(self._topics.raw).items() if first}

    def passed(self, raw: dict[int, int], watch: Watch) -> None:
        """Returns when all that these records of raw lead to is in ClickHouse."""
        total = self.total(raw)
        while missing := self.uncovered(raw):
            watch(total - missing)
            self.read()
        for _ in range(ROUNDS):
            if not self._stitched(lambda: watch(total)):
                break
        self._fired(lambda: watch(total))
        journeys = self.ends(self._topics.journeys)
        while any(found.committed < journeys[p] for p, found in lag(self._where, self._generation, self._answer_ms).items()):
            watch(total)
            self.read()

    def _stitched(self, watch: Callable[[], None]) -> bool:
        """Waits until the stores are beyond the ends as they are now; whether that made anything new."""
        resolved, links = self.ends(self._topics.resolved), self.ends(self._topics.links)[0] - 1
        while any(not self._is_beyond(p, end, links) for p, end in resolved.items()):
            watch()
            self.read()
        return resolved != self.ends(self._topics.resolved)

    def _fired(self, watch: Callable[[], None]) -> None:
        now, until = (self._clock.now() - EPOCH) // timedelta(milliseconds=1), self._clock.monotonic() + DUE_S
        while any(0 <= store.next_due <= now for store in self._stores.values()) and self._clock.monotonic() < until:
            watch()
            self.read()
        self._stitched(watch)

    def _is_beyond(self, partition: int, end: int, links: int) -> bool:
        told = self._stores.get(partition)
        if told is None:
            return end == 0 and links < 0
        return told.position >= end and told.controlled >= links
