"""Derived ids: the same facts give the same ids, in every replay and in every process. Nothing random is made here.

`event_id_for` is UUIDv5 (RFC 9562, 5.5) and meant for producers in any language; `derived` is UUIDv8 (5.8) over BLAKE2b
and meant for what the rules derive.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import NewType
from uuid import UUID, uuid5

import orjson

EventId = NewType("EventId", UUID)
CustomerId = NewType("CustomerId", UUID)
SessionId = NewType("SessionId", UUID)
JourneyId = NewType("JourneyId", UUID)

EVENT_NAMESPACE = UUID("6f1c2f0e-5d0b-5a53-9a57-0b8d7f6e3c11")
"""Fixed for ever: another value gives every event another id."""

_VERSION_MASK, _VERSION_8 = ~(0xF << 76), 0x8 << 76
_VARIANT_MASK, _VARIANT_RFC = ~(0x3 << 62), 0x2 << 62


def event_id_for(source: str, event_type: str, business_key: str | Sequence[str]) -> EventId:
    """UUIDv5 of the compact JSON array [source, event_type, key...]; ValueError for an empty key, which would make all events one."""
    key = [business_key] if isinstance(business_key, str) else list(business_key)
    if not key or not all(key):
        raise ValueError("a business key needs at least one part, and no part may be empty: leave the id to the clock instead (UUIDv7)")
    return EventId(uuid5(EVENT_NAMESPACE, orjson.dumps([source, event_type, *key]).decode()))


def derived(*parts: bytes | str) -> UUID:
    """UUIDv8 of the parts in order. Each part goes in behind its length (8 bytes, big endian), so ("ab", "c") and ("a", "bc") differ."""
    digest = blake2b(digest_size=16)
    for part in parts:
        encoded = part.encode() if isinstance(part, str) else part
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    number = int.from_bytes(digest.digest(), "big")
    return UUID(int=((number & _VERSION_MASK | _VERSION_8) & _VARIANT_MASK) | _VARIANT_RFC)


def customer_id_for(kind: str, token: bytes | str) -> CustomerId:
    """From the identity that is strongest, then first seen, then least by hash (the fold chooses it)."""
    return CustomerId(derived("customer", kind, token))


def session_id_for(customer: bytes, first_fact: bytes) -> SessionId:
    """From the customer and the sort key of the session's first fact (`schemas.facts.fact_key`); an earlier fact makes another session.

    The event id alone would not do: two contents of one event at two times may both stand in a history until the loser is removed.
    """
    return SessionId(derived("session", customer, first_fact))


def journey_id_for(customer: bytes, first_fact: bytes) -> JourneyId:
    """From the customer and the sort key of the journey's first fact; an earlier fact makes another journey."""
    return JourneyId(derived("journey", customer, first_fact))
