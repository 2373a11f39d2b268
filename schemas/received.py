"""The header that says when a record of raw was first received, where it was sent once more: restored from an archive, or keyed anew.

Anybody may write headers into Kafka, so it is signed with the installation's secret over the time and the value: a producer can date
nothing back. A header that is not ours is none.
"""

import hmac
import re
from collections.abc import Iterable
from hashlib import sha256

RECEIVED_AT = "received_at"
_FORM = re.compile(rb"([0-9]{1,15})\.([0-9a-f]{32})")


def received_header(at: int, value: bytes | None, secret: bytes) -> tuple[str, bytes]:
    """`at`: ms UTC, not negative."""
    time = str(at).encode("ascii")
    return RECEIVED_AT, time + b"." + _signature(time, value, secret)


def received_at(headers: Iterable[tuple[str, bytes | None]], value: bytes | None, secret: bytes) -> int | None:
    """The earliest time that a signed header says, ms UTC; None where there is none."""
    found = [
        int(match[1])
        for name, told in headers
        if name == RECEIVED_AT
        and told is not None
        and (match := _FORM.fullmatch(told))
        and hmac.compare_digest(match[2], _signature(match[1], value, secret))
    ]
    return min(found, default=None)


def _signature(time: bytes, value: bytes | None, secret: bytes) -> bytes:
    return hmac.new(secret, b"received_at:" + time + b":" + (value or b""), sha256).hexdigest()[:32].encode("ascii")
