"""Rows of dead letters. One letter has one row, under the coordinates of the record that was refused first; each later try replaces it."""

from hashlib import blake2b
from typing import Any

import orjson

from schemas.dead_letters import LetterState, Rejection, Retry, letter_version, raw_text

CODE_VERSION = "0.1.0"
Row = tuple[Any, ...]
LONGEST_NAME = 128


def dead_row(coordinates: tuple[int, int], raw: bytes, rejection: Rejection, times: tuple[int, int], rules_version: int, tries: int) -> Row:
    """A record that was refused, columns in the order of the catalogue; `times` of the first and of this try, ms UTC."""
    return (
        *coordinates, rejection.reason.value, rejection.field, rejection.detail, *readable_parts(raw), raw_text(raw), raw_hash(raw),
        times[0], CODE_VERSION, rules_version, tries, *times, LetterState.DEAD.value, letter_version(tries, LetterState.DEAD),
    )  # fmt: skip


def settled_row(retry: Retry, state: LetterState, at: int, rules_version: int) -> Row:
    """A letter that was replayed or discarded at `at` (ms UTC). Its bytes are not kept twice: they lie in raw."""
    return (
        retry.partition, retry.offset, retry.reason.value, retry.field, retry.detail, retry.event_id, retry.event_type, retry.source, "",
        retry.raw_hash, retry.received_at, CODE_VERSION, rules_version, retry.tries, retry.received_at, at, state.value,
        letter_version(retry.tries, state),
    )  # fmt: skip


def raw_hash(raw: bytes) -> int:
    """64 bits of the bytes."""
    return int.from_bytes(blake2b(raw, digest_size=8).digest(), "big")


def readable_parts(raw: bytes) -> tuple[str, str, str]:
    """(event id, event type, source) as far as they can be read; empty where they cannot."""
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return "", "", ""
    if not isinstance(document, dict):
        return "", "", ""
    parts = [document.get(name) for name in ("event_id", "event_type", "source")]
    first, second, third = (part[:LONGEST_NAME] if isinstance(part, str) else "" for part in parts)
    return first, second, third
