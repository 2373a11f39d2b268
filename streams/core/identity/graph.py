"""State of the fold: a node for each identity, a pair for each two seen together, a component for each set that links connect.

The store behind it is a protocol: a dictionary in tests, RocksDB in a worker. Objects handed out are changed in place and then
`put` again, so a store may cache them.
"""

from collections.abc import Iterable
from typing import Protocol

import msgspec

from schemas.facts import Customer
from schemas.links import Token

NOBODY: Customer = b""
"""The owner of a shared identity, or of one with too many neighbours: it alone tells nothing."""


NEVER, UNSEEN = 2**62, b"\xff" * 16
"""First seen and evidence of a pair that was cut but not seen yet."""


class Pair(msgspec.Struct, array_like=True, gc=False):
    """Two identities seen together; the same object stands in both nodes. An unlink wins until a later explicit link."""

    first_seen: int
    evidence: bytes
    known_from: int
    cut_at: int = -1
    linked_at: int = -1

    @property
    def is_cut(self) -> bool:
        """Taken apart by identity.unlinked, and not restored by a later identity.linked (an equal time stays apart)."""
        return self.cut_at >= 0 and self.linked_at <= self.cut_at


class Login(msgspec.Struct, array_like=True, gc=False, order=True):
    """From `at` on the device is in the hands of `account`, or of nobody where it is empty; sorted by (at, event, account).

    Two contents of one event may name two accounts: both stand here and the greater holds, whichever came first.
    """

    at: int
    event_id: bytes
    account: Token
    epoch: int


class Node(msgspec.Struct, array_like=True):
    """One identity.

    `history` holds (epoch, owner) where the owner changed, oldest first; before the first entry it is a customer of its own.
    `neighbours` counts its pairs that are not cut by kind code. `sightings` is for numbers: (epoch, what was said, at, neighbour).
    """

    links: dict[Token, Pair] = msgspec.field(default_factory=dict)
    history: list[tuple[int, Customer]] = msgspec.field(default_factory=list)
    component: bytes = b""
    first_seen: int = NEVER
    is_marked_shared: bool = False
    is_nobody: bool = False
    neighbours: dict[int, int] = msgspec.field(default_factory=dict)
    logins: list[Login] = msgspec.field(default_factory=list)
    sightings: list[tuple[int, str, int, Token]] = msgspec.field(default_factory=list)


class Component(msgspec.Struct, array_like=True):
    """Identities that active links connect. `whole`: one customer holds them all, so no limit is in sight."""

    members: list[Token]
    is_whole: bool
    counts: dict[int, int]
    best: tuple[int, int, Token]
    """(strength, first seen, token) of the identity that gives the customer its id; meaningful while whole"""


class GraphStore(Protocol):
    """Where nodes and components live."""

    def node(self, token: Token) -> Node | None: ...

    def put_node(self, token: Token, node: Node) -> None: ...

    def component(self, key: bytes) -> Component | None: ...

    def put_component(self, key: bytes, component: Component) -> None: ...

    def drop_component(self, key: bytes) -> None: ...

    def add_number(self, neighbour: Token, number: Token) -> None: ...

    def numbers_of(self, neighbour: Token) -> Iterable[Token]: ...


class MemoryGraph:
    """The store that is three dictionaries; for tests and simulations."""

    def __init__(self) -> None:
        self.nodes: dict[Token, Node] = {}
        self.components: dict[bytes, Component] = {}
        self.numbers: dict[Token, dict[Token, None]] = {}

    def node(self, token: Token) -> Node | None:
        return self.nodes.get(token)

    def put_node(self, token: Token, node: Node) -> None:
        self.nodes[token] = node

    def component(self, key: bytes) -> Component | None:
        return self.components.get(key)

    def put_component(self, key: bytes, component: Component) -> None:
        self.components[key] = component

    def drop_component(self, key: bytes) -> None:
        self.components.pop(key, None)

    def add_number(self, neighbour: Token, number: Token) -> None:
        self.numbers.setdefault(neighbour, {})[number] = None

    def numbers_of(self, neighbour: Token) -> Iterable[Token]:
        return tuple(self.numbers.get(neighbour, ()))
