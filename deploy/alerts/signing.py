"""The signature of a webhook: HMAC-SHA256 over the time and the body: nobody can make one up, change one, or send an old one again."""

import hashlib
import hmac
import re

HEADER = "Tracker-Signature"
_SIGNED = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


def sign(secret: bytes, body: bytes, at_s: int) -> str:
    """`t=<seconds since 1970>,v1=<64 hex digits>`; what is hashed is `<t>.<body>`."""
    return f"t={at_s},v1={_digest(secret, body, at_s)}"


def is_signed(secret: bytes, body: bytes, header: str, now_s: int, tolerance_s: int = 300) -> bool:
    """What a receiver asks: the right secret, this body, and not older (or newer) than the tolerance."""
    found = _SIGNED.fullmatch(header)
    return (
        found is not None
        and abs(now_s - int(found[1])) <= tolerance_s
        and hmac.compare_digest(_digest(secret, body, int(found[1])), found[2])
    )


def _digest(secret: bytes, body: bytes, at_s: int) -> str:
    return hmac.new(secret, f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
