"""What cannot be told apart or put together, with its reason, so that a good figure hides nothing. Pure.

Left apart: the pieces of one person that no evidence connects, each with why. Joined: people who became one customer, with what they share.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from deploy.demo.evidence import NUMBERS, PLACES, Groups, Node, evidence_groups, identities, own_node
from deploy.demo.world import SimulatedEvent

ALL_SHARED: Final = "shows only an address or phone number that several people show"
SHARED_PLACE: Final = "on a device of several people while nobody was logged in there"
ONLY_PLACE: Final = "on a device or cookie where this person never gave a name"
TWO_NAMES: Final = "gives names that no event shows beside the others"
ONE_KIND: Final[Mapping[str, str]] = {
    "email": "shows an e-mail address that stands beside nothing else (mistyped, lent by a marketplace)",
    "phone": "shows a phone number that stands beside nothing else",
    "social": "writes from a social network, where nothing else shows",
    "click": "an advertisement was clicked, and the visit behind it told nothing",
    "ticket_requester": "writes to the help desk, which knows a number of its own and nothing else",
}


@dataclass(frozen=True, slots=True)
class LeftApart:
    """`pairs`: true pairs of events that are lost by it; the largest piece of a person counts as that person."""

    reason: str
    difficulty: str
    people: int
    pieces: int
    events: int
    pairs: int
    example: str
    """one of these people"""


@dataclass(frozen=True, slots=True)
class Joined:
    """Customers that hold more than one person, by what those people share (kinds of identities)."""

    shared: str
    difficulties: str
    customers: int
    people: int
    pairs: int
    """wrong pairs of events"""
    example: str


def touching_groups(events: Iterable[SimulatedEvent]) -> dict[str, Node]:
    """As `evidence_groups`, with the widest notion of evidence: any identity that two events of one person show, whoever shows it too."""
    groups, told = Groups(), list(events)
    for event in told:
        for shown in identities(event.document):
            groups.join(own_node(event), ("seen", event.truth, *shown))
    by_login = evidence_groups(told)
    for event in told:
        groups.join(own_node(event), ("login", *by_login[own_node(event)[1]]))
    return {node[1]: groups.find(node) for node in map(own_node, told)}


def left_apart(events: Iterable[SimulatedEvent], stored: Collection[str]) -> tuple[LeftApart, ...]:
    """Most lost pairs first. `stored`: the event ids that count; retracted ones connect, and are no loss."""
    known = [event for event in events if event.truth]
    pieces: dict[str, dict[Node, list[SimulatedEvent]]] = defaultdict(lambda: defaultdict(list))
    for event, group in _with_groups(known):
        if event.document["event_id"] in stored:
            pieces[event.truth][group].append(event)
    showing = _people_by_identity(known)
    rows: dict[tuple[str, str], list[tuple[str, int, int]]] = defaultdict(list)
    for person, of_person in pieces.items():
        main, *others = sorted(of_person.values(), key=len, reverse=True)
        before = len(main)
        for piece in others:
            key = _reason(piece, showing), piece[0].difficulty or "none"
            rows[key].append((person, len(piece), len(piece) * before))
            before += len(piece)
    found = [_row(reason, difficulty, of_row) for (reason, difficulty), of_row in rows.items()]
    return tuple(sorted(found, key=lambda row: (-row.pairs, row.reason, row.difficulty)))


def _with_groups(known: Sequence[SimulatedEvent]) -> Iterable[tuple[SimulatedEvent, Node]]:
    """Each event id once: of two contents under one id only one is kept."""
    groups = evidence_groups(known)
    once = {str(event.document["event_id"]): event for event in known}
    return ((event, groups[event_id]) for event_id, event in once.items())


def _people_by_identity(known: Iterable[SimulatedEvent]) -> Mapping[Node, set[str]]:
    showing: dict[Node, set[str]] = defaultdict(set)
    for event in known:
        for shown in identities(event.document):
            showing[shown].add(event.truth)
    return showing


def _reason(piece: Sequence[SimulatedEvent], showing: Mapping[Node, set[str]]) -> str:
    shown = {i for event in piece for i in identities(event.document) if i[0] not in NUMBERS}
    own = {i[0] for i in shown if len(showing[i]) == 1}
    if not own:
        return SHARED_PLACE if any(i[0] in PLACES for i in shown) else ALL_SHARED
    if own <= PLACES | {"click"} and own & PLACES:
        return ONLY_PLACE
    return ONE_KIND.get(next(iter(own)), TWO_NAMES) if len(own) == 1 else TWO_NAMES


def _row(reason: str, difficulty: str, pieces: Sequence[tuple[str, int, int]]) -> LeftApart:
    people = {person for person, _, _ in pieces}
    events, pairs = sum(n for _, n, _ in pieces), sum(lost for _, _, lost in pieces)
    return LeftApart(reason, difficulty, len(people), len(pieces), events, pairs, min(people))


def joined(found: Mapping[str, Hashable], events: Iterable[SimulatedEvent]) -> tuple[Joined, ...]:
    """Most wrong pairs first. `found`: by event id the customer."""
    known = [event for event in events if event.truth]
    held: dict[Hashable, dict[str, SimulatedEvent]] = defaultdict(dict)
    for event in known:
        event_id = str(event.document["event_id"])
        if event_id in found:
            held[found[event_id]][event_id] = event
    showing = _people_by_identity(known)
    rows: dict[tuple[str, str], list[tuple[set[str], int]]] = defaultdict(list)
    for of_customer in held.values():
        sizes = Counter(event.truth for event in of_customer.values())
        if len(sizes) > 1:
            wrong = (sum(sizes.values()) ** 2 - sum(n * n for n in sizes.values())) // 2
            rows[_why_joined(of_customer.values(), showing)].append((set(sizes), wrong))
    return tuple(sorted((_joined_row(key, of_row) for key, of_row in rows.items()), key=lambda row: (-row.pairs, row.shared)))


def _why_joined(events: Iterable[SimulatedEvent], showing: Mapping[Node, set[str]]) -> tuple[str, str]:
    together = list(events)
    people = {event.truth for event in together}
    shared = {i[0] for event in together for i in identities(event.document) if len(showing[i] & people) > 1}
    return ", ".join(sorted(shared)) or "nothing", ", ".join(sorted({event.difficulty or "none" for event in together}))


def _joined_row(key: tuple[str, str], customers: Sequence[tuple[set[str], int]]) -> Joined:
    everybody = set[str]().union(*(people for people, _ in customers))
    return Joined(*key, len(customers), len(everybody), sum(wrong for _, wrong in customers), min(everybody))
