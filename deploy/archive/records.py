"""One record of raw as it is kept, and a hash over many that does not depend on where they lie."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from schemas.received import RECEIVED_AT, received_at

ORIGIN = "archived_at"
"""Header of a restored record: where it lay when it was archived, `topic id:partition:offset`."""
OURS = (RECEIVED_AT, ORIGIN)
MODULUS = 2**128
Headers = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """`received_at`: ms UTC at which Kafka first got it; `headers` without our own, which say nothing else."""

    offset: int
    received_at: int
    key: bytes | None
    value: bytes | None
    headers: Headers

    @property
    def digest(self) -> int:
        """128 bits over all but the offset: a restored record has another one."""
        state = blake2b(self.received_at.to_bytes(8, "big"), digest_size=16)
        for part in (self.key, self.value, *(part for name, value in self.headers for part in (name.encode(), value))):
            state.update(b"-" if part is None else b"+" + len(part).to_bytes(8, "big") + part)
        return int.from_bytes(state.digest(), "big")


def kept_from(record: Any, secret: bytes) -> Kept:
    """From kafka-python's record."""
    headers: Sequence[tuple[str, bytes | None]] = record.headers
    original = received_at(headers, record.value, secret)
    at = record.timestamp if original is None else min(record.timestamp, original)
    return Kept(record.offset, at, record.key, record.value, tuple((n, v) for n, v in headers if n not in OURS))


def origin_of(record: Any) -> tuple[str, int, int] | None:
    """(topic id, partition, offset) of a restored record; None for any other."""
    for name, value in record.headers:
        if name == ORIGIN and value is not None:
            topic_id, _, place = value.decode("ascii", "replace").partition(":")
            partition, _, offset = place.partition(":")
            if partition.isdecimal() and offset.isdecimal():
                return topic_id, int(partition), int(offset)
    return None


def origin_header(topic_id: str, partition: int, offset: int) -> tuple[str, bytes]:
    return ORIGIN, f"{topic_id}:{partition}:{offset}".encode("ascii")


def total(records: Iterable[Kept]) -> int:
    """The sum of the digests: the same in whatever order, and unlike an xor it sees two that are alike."""
    return sum(record.digest for record in records) % MODULUS


def as_text(digest: int) -> str:
    return f"{digest:032x}"
