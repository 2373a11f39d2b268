"""Uncommitted changes laid over a store: agents read through them, and write them in one batch when the effects are safe."""

from collections.abc import Iterator, Mapping
from typing import Protocol


class Bytes(Protocol):
    """An ordered map of bytes to bytes."""

    def get(self, key: bytes) -> bytes | None: ...

    def scan(self, first: bytes, last: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Pairs with first <= key < last, in the order of the keys."""
        ...


class MemoryBytes:
    """The store that is a dictionary; for tests and simulations."""

    def __init__(self) -> None:
        self.content: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        return self.content.get(key)

    def scan(self, first: bytes, last: bytes) -> Iterator[tuple[bytes, bytes]]:
        return iter(sorted((k, v) for k, v in self.content.items() if first <= k < last))

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Applies a batch; None deletes."""
        for key, value in changes.items():
            if value is None:
                self.content.pop(key, None)
            else:
                self.content[key] = value


class Overlay:
    """Reads see the changes, the store beneath does not until `changes` is written to it."""

    def __init__(self, beneath: Bytes) -> None:
        self.beneath = beneath
        self.changes: dict[bytes, bytes | None] = {}

    def get(self, key: bytes) -> bytes | None:
        """The value as changed, else as stored; None where there is none or it was deleted."""
        if key in self.changes:
            return self.changes[key]
        return self.beneath.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        """Sets a value."""
        self.changes[key] = value

    def delete(self, key: bytes) -> None:
        """Deletes a key, whether there or not."""
        self.changes[key] = None

    def scan(self, first: bytes, last: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Pairs with first <= key < last in order, changes included. Collects them first, so changing while reading is fine."""
        found: dict[bytes, bytes | None] = dict(self.beneath.scan(first, last))
        found.update((k, v) for k, v in self.changes.items() if first <= k < last)
        return iter([(k, v) for k, v in sorted(found.items()) if v is not None])


def beyond(prefix: bytes) -> bytes:
    """The least key that is greater than every key with this prefix; the prefix must not end in 0xff alone."""
    return prefix[:-1] + bytes((prefix[-1] + 1,)) if prefix[-1] < 255 else prefix + b"\xff" * 80
