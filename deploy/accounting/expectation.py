"""What the records of one partition of raw must have come to, read again in order through the same steps of admission (pure).

All that is remembered lies in the store given, so memory does not grow with the log. Its keys, beside those of admission:

O offset         event id: a row of touchpoints with these coordinates is expected
C event id       offset: a row of ad_costs is expected
W event id       offset and kind of the content that has won so far
X offset         a dead letter is expected
Y partition offset   tries: that letter was tried so often
K key            offset of a record that was sent to raw once more, under this key
"""

from collections.abc import Iterator

from deploy.accounting.faults import Figures
from deploy.accounting.ledger_check import Outcome
from schemas.dead_letters import Retry
from schemas.facts import Fact, Removal
from streams.core.admission import Admission, Gate, RawRecord
from streams.core.overlay import Bytes, Overlay

WIDTH = 8
TOUCHPOINT, COST = b"t", b"c"


class Expectation:
    """Takes the records in order; `changes` are to be written to the store now and then."""

    def __init__(self, gate: Gate, store: Bytes, figures: Figures) -> None:
        self._gate, self._store, self.figures = gate, store, figures
        self.overlay = Overlay(store)

    def written(self) -> None:
        """The changes lie in the store now."""
        self.overlay = Overlay(self._store)

    def take(self, record: RawRecord) -> Outcome:
        """The next record of the partition."""
        admission = Admission(self._gate, self.overlay, _knows_all)
        admission.admit(record)
        counts, figures = admission.counts, self.figures
        figures.duplicate += counts.duplicate
        figures.dead += counts.dead
        figures.dropped += counts.dropped
        if counts.accepted:
            self._accept(admission, record.at.offset)
        for letter, _ in admission.letters:
            self._letter(letter)
        for retry, _, _ in admission.settled:
            self._tried(retry)
        for key, _ in admission.rekeyed:
            self.overlay.put(b"K" + key, _bytes(record.at.offset))
        if not counts.accepted:  # a retraction may be a repeat, and come before its target all the same
            self._forget([r for r in admission.records if isinstance(r, Removal)], is_retraction=True)
        return Outcome(counts.accepted, counts.duplicate, counts.dead, counts.dropped, counts.ids_xor)

    def _accept(self, admission: Admission, offset: int) -> None:
        facts = [r for r in admission.records if isinstance(r, Fact)]
        costs = [key[0] for key in admission.effects.upserts.get("ad_costs", {})]
        self._forget([r for r in admission.records if isinstance(r, Removal)], is_retraction=not facts and not costs)
        for fact in facts:
            self._expect(fact.event_id, offset, TOUCHPOINT)
        for event_id in costs:
            self._expect(event_id, offset, COST)
        if not facts and not costs:
            self.figures.retracted += 1

    def _expect(self, event_id: bytes, offset: int, kind: bytes) -> None:
        at = _bytes(offset)
        self.overlay.put(b"W" + event_id, kind + at)
        if kind == TOUCHPOINT:
            self.overlay.put(b"O" + at, event_id)
        else:
            self.overlay.put(b"C" + event_id, at)
        self.figures.stored += 1

    def _forget(self, removals: list[Removal], is_retraction: bool) -> None:
        for removal in removals:
            held = self.overlay.get(b"W" + removal.event_id)
            if held is None:
                continue
            self.overlay.delete(b"W" + removal.event_id)
            self.overlay.delete(b"O" + held[1:] if held[:1] == TOUCHPOINT else b"C" + removal.event_id)
            self.figures.stored -= 1
            if is_retraction:
                self.figures.retracted += 1
            else:
                self.figures.duplicate += 1

    def _letter(self, record: RawRecord) -> None:
        if record.retry is None:
            self.overlay.put(b"X" + _bytes(record.at.offset), b"")
        else:
            self._tried(record.retry[0])

    def _tried(self, retry: Retry) -> None:
        key = b"Y" + retry.partition.to_bytes(2, "big") + _bytes(retry.offset)
        tries = max(retry.tries, int.from_bytes(self.overlay.get(key) or b"", "big"))
        self.overlay.put(key, tries.to_bytes(4, "big"))


def touchpoints_between(store: Bytes, first: int, end: int) -> dict[bytes, int]:
    """Event id -> offset of the rows expected with first <= offset < end."""
    return {event_id: _number(key[1:]) for key, event_id in store.scan(b"O" + _bytes(first), b"O" + _bytes(end))}


def letters_between(store: Bytes, first: int, end: int) -> set[int]:
    """Offsets of the dead letters expected."""
    return {_number(key[1:]) for key, _ in store.scan(b"X" + _bytes(first), b"X" + _bytes(end))}


def costs(store: Bytes) -> Iterator[tuple[bytes, int]]:
    """(event id, offset) of the rows of ad_costs expected."""
    return ((key[1:], _number(at)) for key, at in store.scan(b"C", b"D"))


def tries(store: Bytes) -> Iterator[tuple[int, int, int]]:
    """(partition, offset, tries) of the letters that were tried again or given up here."""
    return ((_number(key[1:3]), _number(key[3:]), _number(n)) for key, n in store.scan(b"Y", b"Z"))


def keyed_anew(store: Bytes) -> Iterator[tuple[bytes, int]]:
    """(key, offset) of the records that had to come again under this key."""
    return ((key[1:], _number(at)) for key, at in store.scan(b"K", b"L"))


def winner(store: Bytes, event_id: bytes) -> int | None:
    """Offset of the content that won; None where nothing is expected of the event."""
    held = store.get(b"W" + event_id)
    return None if held is None else _number(held[1:])


def _bytes(offset: int) -> bytes:
    return offset.to_bytes(WIDTH, "big")


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, "big")


def _knows_all(_: object) -> bool:
    """Links are no matter of these accounts."""
    return True
