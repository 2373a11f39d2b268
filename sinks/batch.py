"""batch: the newest version of each row over many frames, and the offsets that they cover (pure; `now` comes in)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sinks.rows import Body, Key, Misfit, Projection
from sinks.shapes import SHAPES


class Place(NamedTuple):
    """Where a frame lay."""

    topic: str
    partition: int
    offset: int


class Entry(NamedTuple):
    body: Body
    place: Place


class Block(NamedTuple):
    """All rows of one table in a batch; `token` is the same whenever the same offsets make the block."""

    table: str
    entries: list[Entry]
    token: str


@dataclass(frozen=True, slots=True)
class FlushPolicy:
    """When a batch is written. `max_bytes` also bounds the memory; `idle_age_s` holds where the topic has nothing more to give."""

    max_rows: int = 50_000
    max_bytes: int = 64 * 2**20
    max_age_s: float = 1.0
    idle_age_s: float = 0.3


@dataclass(slots=True)
class Batch:
    """Grows by `add`, is written whole, then thrown away."""

    rows: int = 0
    size_bytes: int = 0
    started_at: float | None = None
    misfits: list[tuple[Misfit, Place]] = field(default_factory=list)
    _tables: dict[str, dict[Key, Entry]] = field(default_factory=dict)
    _spans: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)

    def add(self, place: Place, projection: Projection, size_bytes: int, now: float) -> None:
        """Takes what one frame says; frames of a partition come in the order of their offsets, perhaps again from an earlier one on."""
        self.started_at = now if self.started_at is None else self.started_at
        first, last = self._spans.get((place.topic, place.partition), (place.offset, place.offset))
        self._spans[(place.topic, place.partition)] = (min(first, place.offset), max(last, place.offset))
        self.size_bytes += size_bytes
        self.misfits.extend((misfit, place) for misfit in projection.misfits)
        for table, rows in projection.rows.items():
            self._keep_newest(table, rows, place)

    def _keep_newest(self, table: str, rows: list[tuple[Key, Body]], place: Place) -> None:
        kept = self._tables.setdefault(table, {})
        before, version = len(kept), SHAPES[table].version
        for key, body in rows:
            entry = Entry(body, place)
            known = kept.setdefault(key, entry)
            if known is not entry and version(body) >= version(known.body):
                kept[key] = entry
        self.rows += len(kept) - before

    def is_full(self, policy: FlushPolicy) -> bool:
        return self.rows >= policy.max_rows or self.size_bytes >= policy.max_bytes

    def is_due(self, policy: FlushPolicy, now: float, *, idle: bool = False) -> bool:
        """`idle`: the last poll brought nothing."""
        if self.started_at is None:
            return False
        age_s = now - self.started_at
        return self.is_full(policy) or age_s >= policy.max_age_s or (idle and age_s >= policy.idle_age_s)

    def blocks(self) -> Iterator[Block]:
        """In the order of the catalogue, so that two runs write alike."""
        covered = ";".join(f"{t}:{p}:{first}-{last}" for (t, p), (first, last) in sorted(self._spans.items()))
        for table in SHAPES:
            if kept := self._tables.get(table):
                yield Block(table, list(kept.values()), f"{table}/{covered}")

    @property
    def next_offsets(self) -> Mapping[int, int]:
        """By partition, the offset to read on from once all blocks are stored; Kafka commits the next one, not the last."""
        return {partition: last + 1 for (_, partition), (_, last) in self._spans.items()}

    @property
    def is_empty(self) -> bool:
        return self.started_at is None
