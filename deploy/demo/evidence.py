"""Which events of a person some observed evidence connects: what no method could know does not count against one. Pure.

Evidence is an identity that only this person shows, the events of one person on a shared device between their login and the next login
or logout there, and the person's number of a thing. Identities that several people show connect nothing by themselves.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from deploy.demo.world import NUMBER_SOURCES, SHOP, Document, SimulatedEvent

Node = tuple[str, ...]
PLACES = frozenset({"device", "anonymous"})


class Groups:
    """Sets that are joined (union by path halving)."""

    def __init__(self) -> None:
        self._parent: dict[Node, Node] = {}

    def find(self, node: Node) -> Node:
        parent = self._parent
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def join(self, a: Node, b: Node) -> None:
        self._parent[self.find(a)] = self.find(b)


def evidence_groups(events: Iterable[SimulatedEvent]) -> dict[str, Node]:
    """By event id the group of the events that evidence connects; groups never span two people. Events with a truth, in order of time."""
    told = list(events)
    shared = _shared(told)
    groups = Groups()
    holders: dict[Node, tuple[str, Node]] = {}
    for event in told:
        own = ("event", str(event.document["event_id"]))
        for identity in identities(event.document):
            if identity not in shared:
                groups.join(own, ("seen", event.truth, *identity))
            elif identity[0] in PLACES:
                _in_hands(groups, holders, event, identity, own)
    return {node[1]: groups.find(node) for node in {("event", str(e.document["event_id"])) for e in told}}


def _shared(events: Iterable[SimulatedEvent]) -> set[Node]:
    """Identities that more than one person shows."""
    people: dict[Node, set[str]] = defaultdict(set)
    for event in events:
        for identity in identities(event.document):
            people[identity].add(event.truth)
    return {identity for identity, those in people.items() if len(those) > 1}


def _in_hands(groups: Groups, holders: dict[Node, tuple[str, Node]], event: SimulatedEvent, place: Node, own: Node) -> None:
    event_type = event.document["event_type"]
    if event_type == "login.succeeded":
        holders[place] = event.truth, own
    person, login = holders.get(place, ("", own))
    if person == event.truth:
        groups.join(own, login)
    if event_type == "logout.done":
        holders.pop(place, None)


def identities(document: Document) -> Iterator[Node]:
    """(kind, value); a number with the system that gave it."""
    for shown in document["identities"]:
        source = shown.get("source", "")
        yield (shown["kind"], shown["value"], source) if source else (shown["kind"], shown["value"])
    for kind, value in document.get("links", {}).items():
        yield kind, value, NUMBER_SOURCES.get(kind, SHOP)
