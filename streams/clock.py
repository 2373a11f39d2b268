"""The only file that asks what time it is. Everything else takes a `Clock`, so that a test or a replay can hand in its own."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from uuid_utils.compat import uuid7


class Clock(Protocol):
    """What the rest of the project may know of time."""

    def now(self) -> datetime:
        """The wall clock in UTC; it may jump."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment; it never goes back."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


SYSTEM_CLOCK = SystemClock()
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def event_id_at(moment: datetime) -> UUID:
    """UUIDv7 of `moment`, for an event that has no business key; the rest of its bits are random."""
    return uuid7(nanoseconds=(moment - EPOCH) // MICROSECOND * 1000)
