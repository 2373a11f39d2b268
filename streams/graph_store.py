"""The graph of identities on disk: nodes are decoded once and kept, what changed is written with the position in one batch.

Between two flushes the disk is behind the memory; a crash loses only work, for the log is folded again from the flushed position.

    n token            node            r neighbour number   the number was seen with the neighbour
    c key              component       e partition epoch    control records that the epoch brings to a partition
"""

from collections.abc import Iterable, Iterator

import msgspec

from schemas.facts import Control
from schemas.links import Token
from streams.core.identity.graph import Component, Node
from streams.core.overlay import beyond
from streams.stores import PartitionStore, Progress

_PACK = msgspec.msgpack.Encoder()
_NODE = msgspec.msgpack.Decoder(Node)
_COMPONENT = msgspec.msgpack.Decoder(Component)
_CONTROLS = msgspec.msgpack.Decoder(list[Control])


class DiskGraph:
    """`GraphStore` of `streams.core.identity.graph`, and the control records of each epoch by partition."""

    def __init__(self, store: PartitionStore, most_nodes: int) -> None:
        self._store, self._most = store, most_nodes
        self._nodes: dict[Token, Node | None] = {}
        self._components: dict[bytes, Component | None] = {}
        self._changed_nodes: set[Token] = set()
        self._changed_components: set[bytes] = set()
        self._fresh: dict[bytes, bytes | None] = {}
        self._fresh_numbers: dict[Token, list[Token]] = {}
        self._fresh_controls: dict[int, dict[int, list[Control]]] = {}

    def node(self, token: Token) -> Node | None:
        if token in self._nodes:
            return self._nodes[token]
        raw = self._store.get(b"n" + token)
        self._nodes[token] = found = None if raw is None else _NODE.decode(raw)
        return found

    def put_node(self, token: Token, node: Node) -> None:
        self._nodes[token] = node
        self._changed_nodes.add(token)

    def component(self, key: bytes) -> Component | None:
        if key in self._components:
            return self._components[key]
        raw = self._store.get(b"c" + key)
        self._components[key] = found = None if raw is None else _COMPONENT.decode(raw)
        return found

    def put_component(self, key: bytes, component: Component) -> None:
        self._components[key] = component
        self._changed_components.add(key)

    def drop_component(self, key: bytes) -> None:
        self._components[key] = None
        self._changed_components.add(key)

    def add_number(self, neighbour: Token, number: Token) -> None:
        self._fresh[b"r" + neighbour + number] = b""
        self._fresh_numbers.setdefault(neighbour, []).append(number)

    def numbers_of(self, neighbour: Token) -> Iterable[Token]:
        prefix = b"r" + neighbour
        found = dict.fromkeys(key[len(prefix) :] for key, _ in self._store.scan(prefix, beyond(prefix)))
        found.update(dict.fromkeys(self._fresh_numbers.get(neighbour, ())))
        return sorted(found)

    def add_controls(self, partition: int, epoch: int, controls: list[Control]) -> None:
        """What the owner of a partition has to tell it about an epoch."""
        self._fresh[_epoch_key(partition, epoch)] = _PACK.encode(controls)
        self._fresh_controls.setdefault(partition, {})[epoch] = controls

    def controls_after(self, partition: int, epoch: int, upto: int) -> Iterator[tuple[int, list[Control]]]:
        """(epoch, controls) of the epochs in (epoch, upto] that bring any to the partition, oldest first."""
        first, last = _epoch_key(partition, epoch + 1), _epoch_key(partition, upto + 1)
        fresh = self._fresh_controls.get(partition, {})
        for key, raw in self._store.scan(first, last):
            yield int.from_bytes(key[3:], "big"), _CONTROLS.decode(raw)
        yield from [(e, controls) for e, controls in fresh.items() if epoch < e <= upto]

    def forget(self) -> None:
        """Drops all that is in memory; the store beneath was emptied."""
        self._nodes.clear()
        self._components.clear()
        self._changed_nodes.clear()
        self._changed_components.clear()
        self._fresh, self._fresh_numbers, self._fresh_controls = {}, {}, {}

    def flush(self, progress: Progress) -> None:
        """Writes all that changed together with the position up to which the log is folded."""
        changes = self._fresh
        for token in self._changed_nodes:
            changes[b"n" + token] = _PACK.encode(self._nodes[token])
        for key in self._changed_components:
            component = self._components[key]
            changes[b"c" + key] = None if component is None else _PACK.encode(component)
        self._store.write(changes, progress)
        self._fresh, self._fresh_numbers, self._fresh_controls = {}, {}, {}
        self._changed_nodes.clear()
        self._changed_components.clear()
        self.evict()

    def evict(self) -> None:
        """Lets go of what is on disk too, where more is held than wanted: whoever is asked about is held, known or not.

        Never while a frame is folded, for the fold changes in place what it was handed.
        """
        if len(self._nodes) > self._most:
            self._nodes = {token: self._nodes[token] for token in self._changed_nodes}
        if len(self._components) > self._most:
            self._components = {key: self._components[key] for key in self._changed_components}


def _epoch_key(partition: int, epoch: int) -> bytes:
    return b"e" + partition.to_bytes(2, "big") + max(epoch, 0).to_bytes(8, "big")
