"""The proof for one partition of raw: read again from its first offset to an end, and compared with the ledger and with ClickHouse."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

import msgspec

from deploy.accounting.comparing import Further, differences, letter_differences, sum_of, uncovered
from deploy.accounting.expectation import Expectation, costs, letters_between, touchpoints_between, winner
from deploy.accounting.faults import Fault, Figures, Finding, finding
from deploy.accounting.ledger_check import LedgerCheck
from deploy.accounting.log import Log
from deploy.accounting.places import Place, Sum
from deploy.accounting.rows import Rows
from deploy.accounting.spool import BEYOND_ALL, Spool, merged
from schemas.codec import Decoded, decode
from streams.admitting import raw_record
from streams.core.admission import Gate
from streams.core.dedupe import Seen
from streams.core.fact_building import content_hash
from streams.stores import PartitionStore

RANGE: Final = 50_000
"""Offsets that are compared at once: what is held in memory is bounded by the events of one range."""
COSTS_AT_ONCE: Final = 5_000
_SEEN = msgspec.msgpack.Decoder(Seen)
Tell = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Sources:
    """What is compared: `topic` is raw; the gate judges as the worker did."""

    log: Log
    rows: Rows
    spool: Spool
    gate: Gate
    topic: str


class Proof:
    """Reading begins at `start`, rows are compared from `since` on; both up to `end`, exclusive, or as far as the ledger tells."""

    def __init__(self, sources: Sources, partition: int, start: int, since: int, end: int) -> None:
        self._log, self._rows, self._spool = sources.log, sources.rows, sources.spool
        self._gate, self._topic = sources.gate, sources.topic
        self.partition, self._start, self._upto = partition, start, end
        self._end = max(start, min(end, sources.spool.told_until.get(partition, 0)))
        self._since = min(since, self._end)
        self.figures = Figures(partition, start, self._end)

    @property
    def store(self) -> PartitionStore:
        """What was read lies here."""
        return self._spool.store(f"raw-{self.partition}-{self._start}")

    def findings(self, tell: Tell) -> list[Finding]:
        """All that is wrong. `tell` hears how many records were read."""
        found = [*self._read(tell), *self._waiting(), *self._touchpoints(), *self._letters(), *self._costs(), *self._ledger_rows()]
        return [each for each in found if each.last >= self._since]

    def _read(self, tell: Tell) -> Iterator[Finding]:
        expectation = Expectation(self._gate, self.store, self.figures)
        first_repair = self._spool.first_repair.get(self.partition, BEYOND_ALL)
        check = LedgerCheck(self.partition, self._spool.ledger(self.partition), self._start, first_repair)
        present = 0
        for batch in self._log.read(self._topic, self.partition, self._start, self._end):
            for record in batch:
                yield from check.take(record.offset, expectation.take(raw_record(record, self._gate.secret)))
            self._write(expectation)
            present += len(batch)
            tell(len(batch))
        yield from check.finish(self._end)
        self.figures.absent, self.figures.ranges = self._end - self._start - present, check.compared

    def _write(self, expectation: Expectation) -> None:
        self.store.write(expectation.overlay.changes, self.store.progress)
        expectation.written()

    def _waiting(self) -> Iterator[Finding]:
        """What is not admitted yet, and why, where it was stopped."""
        stop, count = self._spool.stopped.get(self.partition), self._upto - self._end
        if count and stop is not None:
            words = f"{stop.rejected} of {stop.judged} records were rejected, at offset {stop.position} and behind"
            yield Finding(self.partition, self._end, self._upto - 1, Fault.STOPPED, count, (words,))
        elif count:
            yield Finding(self.partition, self._end, self._upto - 1, Fault.WAITING, count)

    def _touchpoints(self) -> Iterator[Finding]:
        sums = self._rows.touchpoints(self.partition, self._since, self._end, RANGE)
        self.figures.rows = sum(found.rows for found in sums.values())
        further = Further(self._rows.touchpoints_of, lambda event_id: winner(self.store, event_id), self._is_same)
        for number, first, end in self._ranges():
            expected = touchpoints_between(self.store, first, end)
            if sum_of(expected) != sums.get(number, Sum()):
                yield from differences(self.partition, expected, self._rows.touchpoints_between(self.partition, first, end), further)

    def _letters(self) -> Iterator[Finding]:
        sums = self._rows.letters(self.partition, self._since, self._end, RANGE)
        for number, first, end in self._ranges():
            expected = letters_between(self.store, first, end)
            if len(expected) or sums.get(number, Sum()).rows:
                yield from letter_differences(self.partition, expected, self._rows.letters_between(self.partition, first, end))

    def _costs(self) -> Iterator[Finding]:
        expected = costs(self.store)
        while portion := dict(islice(expected, COSTS_AT_ONCE)):
            lacking = portion.keys() - self._rows.costs_of(portion)
            yield from finding(self.partition, Fault.MISSING, {portion[event_id]: event_id.hex() for event_id in lacking})

    def _ledger_rows(self) -> Iterator[Finding]:
        told = merged((record.first, record.last) for record in self._spool.ledger(self.partition))
        for first, last in uncovered(told, self._rows.ledger(self.partition), self._end).items():
            yield Finding(self.partition, first, last, Fault.LEDGER_ROW, last - first + 1)

    def _ranges(self) -> Iterator[tuple[int, int, int]]:
        """(number, first, end) of the ranges to compare."""
        for number in range(self._since // RANGE, -(-self._end // RANGE)):
            yield number, max(self._since, number * RANGE), min(self._end, (number + 1) * RANGE)

    def _is_same(self, place: Place) -> bool:
        """Whether the row may come from the record at `place`: its content is the one that won, or it lies outside of what was read."""
        if place.partition != self.partition:
            return False
        if not self._start <= place.offset < self._end:
            return True
        seen = self.store.get(b"D" + place.event_id)
        record = self._log.one(self._topic, place.partition, place.offset)
        decoded = decode(record.value or b"", self._gate.limits) if record is not None else None
        if seen is None or not isinstance(decoded, Decoded):
            return False
        return decoded.event.event_id.bytes == place.event_id and content_hash(decoded.document) == _SEEN.decode(seen).content_hash
