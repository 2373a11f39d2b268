"""Which events of a person some observed evidence connects: what no method could know does not count against one. Pure.

Evidence is an identity that only this person shows, and what is done on a shared device between their login and the next login or
logout there. An identity that several people show connects nothing by itself. The number of a thing connects an event that shows
nothing else with the first that showed the number beside a name; it does not connect two names, for the rules say so too.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from deploy.demo.world import NUMBER_SOURCES, SHOP, Document, SimulatedEvent

Node = tuple[str, ...]
PLACES = frozenset({"device", "anonymous"})
NUMBERS = frozenset({"order", "subscription", "shipment", "return", "ticket", "call"})


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
    shared, groups = _shared(told), Groups()
    holders: dict[Node, tuple[str, Node]] = {}
    for event in told:
        for identity in identities(event.document):
            if identity[0] in NUMBERS:
                continue
            if identity not in shared:
                groups.join(own_node(event), ("seen", event.truth, *identity))
            elif identity[0] in PLACES:
                _in_hands(groups, holders, event, identity)
    _found_by_numbers(groups, told)
    return {node[1]: groups.find(node) for node in map(own_node, told)}


def own_node(event: SimulatedEvent) -> Node:
    return "event", str(event.document["event_id"])


def _found_by_numbers(groups: Groups, told: list[SimulatedEvent]) -> None:
    """A number leads to the first event that showed it beside a name, else to the first that showed it at all."""
    named = [event for event in told if any(i[0] not in NUMBERS for i in identities(event.document))]
    first: dict[Node, Node] = {}
    for event in (*named, *told):
        for number in identities(event.document):
            if number[0] in NUMBERS:
                first.setdefault((event.truth, *number), own_node(event))
    names = set(map(own_node, named))
    for event in told:
        if own_node(event) not in names:
            for number in identities(event.document):
                groups.join(own_node(event), first[(event.truth, *number)])


def _shared(events: Iterable[SimulatedEvent]) -> set[Node]:
    """Identities that more than one person shows."""
    people: dict[Node, set[str]] = defaultdict(set)
    for event in events:
        for identity in identities(event.document):
            people[identity].add(event.truth)
    return {identity for identity, those in people.items() if len(those) > 1}


def _in_hands(groups: Groups, holders: dict[Node, tuple[str, Node]], event: SimulatedEvent, place: Node) -> None:
    event_type, own = event.document["event_type"], own_node(event)
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
