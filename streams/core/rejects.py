"""When a partition must stop: too many rejects in a row, or too great a share of the last records (pure).

It only ever says stop. What is accepted does not depend on it, nor on the limits.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class RejectLimits:
    """`run`: rejects in a row; `share` of the last `window` records, judged once so many were seen. 0 turns a limit off."""

    run: int = 500
    share: float = 0.8
    window: int = 1_000


class Recent(msgspec.Struct, frozen=True, array_like=True):
    """What a partition remembers: rejects in a row up to now, and of the last records which were rejected (1) or not (0)."""

    run: int = 0
    flags: bytes = b""


@dataclass(frozen=True, slots=True)
class Excess:
    """`rejected` of the last `judged` records; `offset` is that of the record with which it was too much."""

    offset: int
    rejected: int
    judged: int


_PACK = msgspec.msgpack.Encoder()
_RECENT = msgspec.msgpack.Decoder(Recent)


def encode_recent(recent: Recent) -> bytes:
    """The form in the store."""
    return _PACK.encode(recent)


def decode_recent(raw: bytes | None) -> Recent:
    """Nothing remembered is a fresh start."""
    return Recent() if raw is None else _RECENT.decode(raw)


def watch(
    recent: Recent, records: Iterable[tuple[int, bool]], limits: RejectLimits, covered_until: int = 0
) -> tuple[Recent, Excess | None]:
    """Takes (offset, rejected) in order. Below `covered_until` records are remembered and never too much: they were let through before."""
    window, judged = limits.window if limits.share else 0, list(records)
    if not any(is_rejected for _, is_rejected in judged):  # nearly always
        return (Recent(0, (recent.flags + bytes(len(judged)))[-window:] if window else b"") if judged else recent), None
    run, flags = recent.run, bytearray(recent.flags)
    rejected, excess = sum(flags), None
    for offset, is_rejected in judged:
        run = run + 1 if is_rejected else 0
        if window:
            rejected += is_rejected
            flags.append(is_rejected)
            if len(flags) > window:
                rejected -= flags.pop(0)
        if excess is None and is_rejected and offset >= covered_until:
            excess = _excess(offset, run, rejected, len(flags), limits)
    return Recent(run, bytes(flags)), excess


def _excess(offset: int, run: int, rejected: int, judged: int, limits: RejectLimits) -> Excess | None:
    if limits.run and run >= limits.run:
        return Excess(offset, run, run)
    if limits.share and judged >= limits.window and rejected >= limits.share * judged:
        return Excess(offset, rejected, judged)
    return None
