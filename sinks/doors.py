"""What the sink needs of the log that it reads and of the store that it fills; `memory.py` has a twin of each."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from schemas.tables import Table
from sinks.rows import Body


class Record(NamedTuple):
    """One message of the log; `value` is None for a tombstone, which nobody sends."""

    partition: int
    offset: int
    value: bytes | None


class Store(Protocol):
    """Where rows go. Of several versions of a row the greatest is read; a repeated insert changes nothing."""

    def insert(self, table: Table, bodies: Sequence[Body], token: str) -> None:
        """All or nothing, and stored when it returns.

        Raises ServiceUnavailable (come again: nothing, or all, was stored), RowsRefused (a value among them is at fault, nothing was
        stored), other Fatal errors (the store is not as it should be).
        """


class Log(Protocol):
    """One topic read by one member of the sink's group."""

    topic: str

    def subscribe(self, on_revoked: Callable[[], None]) -> None:
        """`on_revoked` is called inside `poll`, on its thread, whenever the partitions changed; reading then goes on from the committed
        offsets of those that are ours, so that what was read and not committed is read again."""

    def poll(self, timeout_s: float) -> Sequence[Record]:
        """What has come, at most a fetch's bytes; nothing while paused. Must be called often enough to stay in the group."""

    def commit(self, next_offsets: Mapping[int, int]) -> None:
        """Raises OwnershipLost where partitions went to another member, ServiceUnavailable where Kafka does not answer."""

    def pause(self) -> None:
        """Fetch nothing more, and stay in the group."""

    def resume(self) -> None:
        """Fetch again."""

    def close(self) -> None:
        """Leave the group."""
