"""The ledger's ranges against the outcomes that raw gives, in one pass over both in order of the offsets (pure).

Ranges may overlap: a crash repeats work, with other limits of the chunks. Each must be right for itself, and together they leave
nothing out. How accepted and duplicate share their sum depends on what the worker had read before, so behind a repair (which reads out
of order), and where reading again did not begin at 0, only the sum is compared.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from deploy.accounting.faults import Fault, Finding
from schemas.ledger import LedgerRecord
from streams.core.coverage import Coverage


class Outcome(NamedTuple):
    """Of one record, or summed over many; `ids_xor` as in the ledger."""

    accepted: int = 0
    duplicate: int = 0
    dead: int = 0
    dropped: int = 0
    ids_xor: int = 0


@dataclass(slots=True)
class _Open:
    """A range whose end is not reached yet, and what raw gave up to now."""

    record: LedgerRecord
    sums: list[int] = field(default_factory=lambda: [0, 0, 0, 0, 0])

    def add(self, o: Outcome) -> None:
        s = self.sums
        s[0] += o.accepted
        s[1] += o.duplicate
        s[2] += o.dead
        s[3] += o.dropped
        s[4] ^= o.ids_xor

    def agrees(self, strictly: bool) -> bool:
        r, (accepted, duplicate, dead, dropped, ids_xor) = self.record, self.sums
        absent = r.last - r.first + 1 - accepted - duplicate - dead - dropped
        same = (r.dead, r.dropped, r.absent, r.accepted + r.duplicate) == (dead, dropped, absent, accepted + duplicate)
        return same and (not strictly or (r.accepted, r.ids_xor) == (accepted, ids_xor))


class LedgerCheck:
    """`records` come sorted by their first offset. `first_repair`: first offset that any repair touched; none: beyond all."""

    def __init__(self, partition: int, records: Iterable[LedgerRecord], first: int, first_repair: int) -> None:
        self._partition, self._first, self._first_repair = partition, first, first_repair
        self._records: Iterator[LedgerRecord] = iter(records)
        self._next = next(self._records, None)
        self._open: list[_Open] = []
        self.coverage = Coverage()
        self.compared = 0

    def take(self, offset: int, outcome: Outcome) -> Iterator[Finding]:
        """The next record of raw; tells of the ranges that end before it and are wrong."""
        yield from self._reach(offset)
        for held in self._open:
            held.add(outcome)

    def finish(self, end: int) -> Iterator[Finding]:
        """Raw was read up to `end`, exclusive, and some range reaches that far: wrong ranges, and offsets of which none tells."""
        yield from self._reach(end)
        for first, last in self.coverage.holes(self._first):
            if first < end:
                yield Finding(self._partition, first, min(last, end - 1), Fault.GAP, min(last, end - 1) - first + 1)

    def _reach(self, offset: int) -> Iterator[Finding]:
        while self._next is not None and self._next.first <= offset:
            record, self._next = self._next, next(self._records, None)
            self.coverage.add(record.first, record.last)
            if record.first >= self._first:
                self._open.append(_Open(record))
                if record.last < offset:  # lies in what Kafka does not have
                    yield from self._close(record.last + 1)
        if any(held.record.last < offset for held in self._open):
            yield from self._close(offset)

    def _close(self, offset: int) -> Iterator[Finding]:
        ended = [held for held in self._open if held.record.last < offset]
        self._open = [held for held in self._open if held.record.last >= offset]
        for held in ended:
            self.compared += 1
            strictly = self._first == 0 and held.record.last < self._first_repair and not held.record.is_repair
            if not held.agrees(strictly):
                r = held.record
                yield Finding(self._partition, r.first, r.last, Fault.COUNTS, 1, (_words(r, held.sums),))


def _words(record: LedgerRecord, sums: list[int]) -> str:
    told = f"{record.accepted}/{record.duplicate}/{record.dead}/{record.dropped}"
    return f"told {told} accepted/duplicate/dead/dropped, raw gives {'/'.join(map(str, sums[:4]))}"
