"""Where rows say that their events lay, and how many rows are compared at once (pure)."""

from hashlib import md5
from typing import NamedTuple
from uuid import UUID


class Sum(NamedTuple):
    """Rows, and the sum (modulo 2**64) of a hash of each: doubled rows do not cancel one another."""

    rows: int = 0
    hash: int = 0


class Place(NamedTuple):
    """Where the rows of an event say that it lay."""

    event_id: bytes
    partition: int
    offset: int


def row_hash(event_id: bytes, offset: int) -> int:
    """As ClickHouse's halfMD5 makes it of the same text."""
    return int.from_bytes(md5(f"{UUID(bytes=event_id)}:{offset}".encode(), usedforsecurity=False).digest()[:8], "big")
