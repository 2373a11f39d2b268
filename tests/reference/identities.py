"""By what an event knows somebody: (kind, value), numbers as `source:number`, junk left out."""

import re
from collections.abc import Callable
from itertools import combinations

from schemas.envelope import Identity as WireIdentity
from schemas.touchpoints.defaults import numbers_of
from tests.reference.contents import Content
from tests.reference.rules import JUNK, NUMBERS, STRENGTH

Identity = tuple[str, str]
TokenOf = Callable[[str, str], bytes]
"""(kind, value) -> the token that stands for it: the hash by which ties are broken"""


def identity_of(wire: WireIdentity, source: str) -> Identity:
    kind = str(wire.kind)
    return (kind, f"{wire.source or source}:{wire.value}") if kind in NUMBERS else (kind, wire.value)


def is_junk(identity: Identity) -> bool:
    """Placeholders in any case; patterns for addresses and phone numbers. A number is compared without its source."""
    kind, value = identity
    plain = (value.partition(":")[2] if kind in NUMBERS else value).strip().lower()
    patterns = {"email": JUNK["email_patterns"], "phone": JUNK["phone_patterns"]}.get(kind, [])
    return plain in JUNK["values"] or any(re.search(pattern, plain) for pattern in patterns)


def strength(identity: Identity) -> int:
    return STRENGTH[identity[0]]


def is_number(identity: Identity) -> bool:
    return identity[0] in NUMBERS


def identities_of(content: Content, token_of: TokenOf) -> list[Identity]:
    """Strongest first, of one kind by token, each once, junk left out; numbers in the payload and in `links` count like named ones."""
    event = content.event
    named = [(str(wire.kind), wire.value) for wire in event.identities]
    found = [identity_of(wire, event.source) for wire in event.identities]
    found += [(str(kind), f"{event.source}:{value}") for kind, value in numbers_of(event) if (str(kind), value) not in named]
    kept = {identity for identity in found if not is_junk(identity)}
    return sorted(kept, key=lambda identity: (strength(identity), token_of(*identity)))


def pairs_of(identities: list[Identity]) -> list[tuple[Identity, Identity]]:
    """All pairs of those that may join; the strongest of them with each number; pairs of numbers where there is nothing else.

    `identities` strongest first.
    """
    joining = [i for i in identities if not is_number(i)]
    numbers = [i for i in identities if is_number(i)]
    if not joining:
        return list(combinations(numbers, 2))
    return [*combinations(joining, 2), *((joining[0], number) for number in numbers)]
