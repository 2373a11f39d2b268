"""By what an event knows somebody: (kind, value), numbers as `source:number`, junk left out."""

import re
from collections.abc import Callable
from itertools import combinations

from schemas.envelope import AnyEvent
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
    found = [identity_of(wire, event.source) for wire in event.identities if str(wire.kind) not in NUMBERS]
    found += [(kind, f"{source}:{number}") for kind, source, number in things_of(content)] + _stated(event)
    kept = {identity for identity in found if not is_junk(identity)}
    return sorted(kept, key=lambda identity: (strength(identity), token_of(*identity)))


def things_of(content: Content) -> list[tuple[str, str, str]]:
    """(kind, source, number): those named as identities first, then payload and `links`; a number named with a source stands once."""
    event = content.event
    named = [(str(i.kind), i.source or event.source, i.value) for i in event.identities if str(i.kind) in NUMBERS]
    known = {(kind, number) for kind, _, number in named}
    return named + [(str(kind), event.source, number) for kind, number in numbers_of(event) if (str(kind), number) not in known]


def thing_of(content: Content, kind: str) -> str:
    """The number of the first thing of this kind, empty where there is none."""
    return next((number for of, _, number in things_of(content) if of == kind), "")


def _stated(event: AnyEvent) -> list[Identity]:
    """A statement belongs to the identity that it names, of two to the first; numbers are left out."""
    about = {"identity.linked": "a", "identity.unlinked": "a", "identity.shared": "identity", "erasure.requested": "identity"}
    field = about.get(event.event_type)
    wire = getattr(event.payload, field) if field else None
    return [] if wire is None or str(wire.kind) in NUMBERS else [identity_of(wire, event.source)]


def pairs_of(identities: list[Identity]) -> list[tuple[Identity, Identity]]:
    """All pairs of those that may join; the strongest of them with each number; all pairs of numbers.

    `identities` strongest first.
    """
    joining = [i for i in identities if not is_number(i)]
    numbers = [i for i in identities if is_number(i)]
    strongest = joining[:1]
    return [*combinations(joining, 2), *((one, number) for one in strongest for number in numbers), *combinations(numbers, 2)]
