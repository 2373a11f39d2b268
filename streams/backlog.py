"""What a producer still has to deliver, in the order in which it was emitted: the shape, and the form in memory (`streams.spool`: on disk).

Numbers rise by one per event and are never given twice. All below `first` are done with; `end` is the number that the next event gets.
"""

import threading
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from schemas.errors import Fatal, Retryable


@dataclass(frozen=True, slots=True)
class Pending:
    """One event that waits. `event_id` is the id's 16 bytes; `key` and `value` are the record as Kafka gets it."""

    number: int
    event_id: bytes
    key: bytes
    value: bytes


class SpoolFull(Retryable):
    """There is no room for one more undelivered event; nothing that was accepted is dropped. `pending` counts what waits."""

    pending: int
    limit_bytes: int

    def __init__(self, message: str, *, pending: int, limit_bytes: int, remedy: str) -> None:
        super().__init__(message, remedy=remedy, pending=pending, limit_bytes=limit_bytes)


class SpoolUnusable(Fatal):
    """The folder or a file in it cannot serve as a spool (path)."""

    path: str

    def __init__(self, message: str, *, path: str, remedy: str) -> None:
        super().__init__(message, remedy=remedy, path=path)


class Backlog(Protocol):
    """Safe to call from several threads."""

    @property
    def first(self) -> int: ...

    @property
    def end(self) -> int: ...

    @property
    def survives(self) -> bool:
        """True where what waits is still there after the process ended."""
        ...

    def append(self, event_id: bytes, key: bytes, value: bytes) -> int:
        """The number given; raises SpoolFull."""
        ...

    def read(self, number: int, limit_bytes: int) -> list[Pending]:
        """From `number` on, at least one where there is one, about `limit_bytes` at most."""
        ...

    def acknowledge(self, number: int) -> None:
        """All below `number` are done with and may be forgotten."""
        ...

    def refuse(self, pending: Pending, reason: str) -> None:
        """Keeps an event that Kafka will never take where somebody can look at it, as far as the backlog can."""
        ...

    def sync(self) -> None:
        """Returns when what waits would outlive a power cut, as far as the backlog can."""
        ...

    def close(self) -> None: ...


class MemoryBacklog:
    """Bounded by the bytes of what waits; gone with the process."""

    survives = False

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._events: deque[Pending] = deque()
        self._bytes = 0
        self._end = 0
        self._lock = threading.Lock()

    @property
    def first(self) -> int:
        with self._lock:
            return self._end - len(self._events)

    @property
    def end(self) -> int:
        return self._end

    def append(self, event_id: bytes, key: bytes, value: bytes) -> int:
        with self._lock:
            if self._events and self._bytes + len(value) > self._limit_bytes:
                raise SpoolFull(
                    f"{len(self._events)} events wait for Kafka and fill the buffer of {self._limit_bytes >> 20} MiB",
                    pending=len(self._events),
                    limit_bytes=self._limit_bytes,
                    remedy="see that Kafka answers; give a spool_dir so that events wait on disk; or raise buffer_mib",
                )
            self._events.append(Pending(self._end, event_id, key, value))
            self._bytes += len(value)
            self._end += 1
            return self._end - 1

    def read(self, number: int, limit_bytes: int) -> list[Pending]:
        with self._lock:
            skipped = max(0, number - (self._end - len(self._events)))
            taken: list[Pending] = []
            for pending in islice(self._events, skipped, None):
                if taken and limit_bytes <= 0:
                    break
                taken.append(pending)
                limit_bytes -= len(pending.value)
            return taken

    def acknowledge(self, number: int) -> None:
        with self._lock:
            while self._events and self._events[0].number < number:
                self._bytes -= len(self._events.popleft().value)

    def refuse(self, pending: Pending, reason: str) -> None:
        """Memory keeps nothing: the delivery callback and the report tell of it."""

    def sync(self) -> None:
        """Nothing in memory outlives anything."""

    def close(self) -> None:
        """Nothing is held open."""
