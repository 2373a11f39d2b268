"""One event id, one content: an exact repeat ends here; of two contents the later sent wins, whatever came first; a retraction ends all.

The answer is a function of the set of records with that id, since the order of two contents is (sent_at, content hash).
"""

import msgspec

from schemas.facts import RETRACTED, Fact, Removal
from schemas.links import Token


class Seen(msgspec.Struct, array_like=True, gc=False):
    """What a partition of raw remembers of an event id: the winning content and the way that its fact went."""

    rank: int
    content_hash: bytes
    occurred_at: int
    sequence: int
    tokens: list[Token]
    is_retracted: bool = False


def first_sight(fact: Fact) -> Seen:
    """Nothing of this id was seen before."""
    return Seen(fact.rank, fact.content_hash, fact.occurred_at, fact.sequence, fact.tokens)


RETRACTED_UNSEEN = Seen(0, b"", 0, 0, [], True)
"""The retraction came before its target."""


def take(seen: Seen, fact: Fact) -> tuple[Seen, list[Fact | Removal]]:
    """Another record of a known id: (what to remember, what to send). Nothing to send means that it was a repeat or lost."""
    if seen.is_retracted:
        return seen, []
    if seen.content_hash == fact.content_hash:
        seen.rank = max(seen.rank, fact.rank)
        return seen, []
    if (fact.rank, fact.content_hash) < (seen.rank, seen.content_hash):
        return seen, []
    return first_sight(fact), [_removal(seen, fact.event_id, (fact.rank, fact.content_hash)), fact]


def retract(seen: Seen | None, event_id: bytes) -> tuple[Seen, list[Fact | Removal]]:
    """The target of a retraction: what to remember, and the removal of its content where it had come."""
    if seen is None:
        return RETRACTED_UNSEEN, []
    if seen.is_retracted:
        return seen, []
    return msgspec.structs.replace(seen, is_retracted=True), [_removal(seen, event_id, RETRACTED)]


def again(seen: Seen, fact: Fact) -> list[Fact | Removal]:
    """What a record that was taken or lost before has to say, for whoever missed it; saying it twice changes nothing."""
    if seen.is_retracted:
        return [Removal(fact.occurred_at, fact.sequence, fact.event_id, fact.tokens, RETRACTED)]
    if seen.content_hash == fact.content_hash:
        return [fact]
    return [Removal(fact.occurred_at, fact.sequence, fact.event_id, fact.tokens, (seen.rank, seen.content_hash))]


def gone(seen: Seen | None, event_id: bytes) -> list[Fact | Removal]:
    """The removal of a retracted content, where it had come."""
    return [] if seen is None or not seen.tokens else [_removal(seen, event_id, RETRACTED)]


_HASH_BITS, _RANK_BITS = 19, 44
RETRACTED_VERSION = 2**63
"""Above the version of every content."""


def content_version(fact: Fact) -> int:
    """The order of two contents under one id as a version: what is written by admission alone must not depend on which was read first.

    A repaired hole is read behind later records, so the offset in raw would not do. Contents that were sent in the same millisecond may
    share a version once in 500,000.
    """
    rank: int = max(0, min(fact.rank, (1 << _RANK_BITS) - 1))
    return rank << _HASH_BITS | int.from_bytes(fact.content_hash[:3], "big") >> (24 - _HASH_BITS)


def _removal(seen: Seen, event_id: bytes, floor: tuple[int, bytes]) -> Removal:
    return Removal(seen.occurred_at, seen.sequence, event_id, seen.tokens, floor)
