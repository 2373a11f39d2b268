"""Uncommitted changes laid over a store: agents read through them, and write them in one batch when the effects are safe."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Protocol


class Bytes(Protocol):
    """An ordered map of bytes to bytes."""

    def get(self, key: bytes) -> bytes | None: ...

    def scan(self, first: bytes, last: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Pairs with first <= key < last, in the order of the keys."""
        ...

    def greatest(self, first: bytes, last: bytes) -> tuple[bytes, bytes] | None:
        """The pair with the greatest key of first <= key < last."""
        ...


class MemoryBytes:
    """The store that is a dictionary; for tests and simulations."""

    def __init__(self) -> None:
        self.content: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        return self.content.get(key)

    def scan(self, first: bytes, last: bytes) -> Iterator[tuple[bytes, bytes]]:
        return iter(sorted((k, v) for k, v in self.content.items() if first <= k < last))

    def greatest(self, first: bytes, last: bytes) -> tuple[bytes, bytes] | None:
        return max(((k, v) for k, v in self.content.items() if first <= k < last), default=None)

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Applies a batch; None deletes."""
        for key, value in changes.items():
            if value is None:
                self.content.pop(key, None)
            else:
                self.content[key] = value


PREFIX = 17
"""Scans are over keys that share a tag and a customer; longer keys are indexed by that prefix."""


class Overlay:
    """Reads see the changes, the store beneath does not until `changes` is written to it."""

    def __init__(self, beneath: Bytes) -> None:
        self.beneath = beneath
        self.changes: dict[bytes, bytes | None] = {}
        self._by_prefix: dict[bytes, set[bytes]] = {}

    def get(self, key: bytes) -> bytes | None:
        """The value as changed, else as stored; None where there is none or it was deleted."""
        if key in self.changes:
            return self.changes[key]
        return self.beneath.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        """Sets a value."""
        self._set(key, value)

    def delete(self, key: bytes) -> None:
        """Deletes a key, whether there or not."""
        self._set(key, None)

    def _set(self, key: bytes, value: bytes | None) -> None:
        self.changes[key] = value
        if len(key) > PREFIX:
            changed = self._by_prefix.get(key[:PREFIX])
            if changed is None:
                self._by_prefix[key[:PREFIX]] = {key}
            else:
                changed.add(key)

    def scan(self, first: bytes, last: bytes, limit: int | None = None) -> list[tuple[bytes, bytes]]:
        """Pairs with first <= key < last in order, changes included, the first `limit` of them where one is given.

        `first` has at least PREFIX bytes, and all keys between share them.
        """
        changed = self._by_prefix.get(first[:PREFIX])
        if not changed:
            return list(islice(self.beneath.scan(first, last), limit))
        between = {key: self.changes[key] for key in changed if first <= key < last}
        enough = None if limit is None else limit + sum(value is None for value in between.values())
        found: dict[bytes, bytes | None] = dict(islice(self.beneath.scan(first, last), enough))
        found |= between
        return [(key, value) for key, value in sorted(found.items()) if value is not None][:limit]

    def greatest(self, first: bytes, last: bytes) -> tuple[bytes, bytes] | None:
        """The pair with the greatest key of first <= key < last, changes included. `first` and `last` as those of `scan`."""
        changed = self._by_prefix.get(first[:PREFIX], ())
        here = max((key for key in changed if first <= key < last and self.changes[key] is not None), default=None)
        there = self.beneath.greatest(first, last)
        while there is not None and there[0] in self.changes:
            there = self.beneath.greatest(first, there[0])
        if here is not None and (there is None or here > there[0]):
            return here, self.changes[here] or b""
        return there


def beyond(prefix: bytes) -> bytes:
    """The least key that is greater than every key with this prefix; the prefix must not end in 0xff alone."""
    return prefix[:-1] + bytes((prefix[-1] + 1,)) if prefix[-1] < 255 else prefix + b"\xff" * 80
