"""One range of offsets: what raw gives against the rows that are there (pure; looking further is asked of the caller)."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from deploy.accounting.faults import Fault, Finding, finding
from deploy.accounting.places import Place, Sum, row_hash

SUM_LIMIT = 2**64


def sum_of(expected: Mapping[bytes, int]) -> Sum:
    """What ClickHouse says of a range that is whole."""
    return Sum(len(expected), sum(row_hash(event_id, offset) for event_id, offset in expected.items()) % SUM_LIMIT)


@dataclass(frozen=True, slots=True)
class Further:
    """`places`: live rows of these events, wherever they lay. `winner`: the offset at which raw expects the row of an event, if any.

    `is_same`: whether the record at these coordinates has the same content as the winner: of repeats any may have been read first.
    """

    places: Callable[[Iterable[bytes]], Iterable[Place]]
    winner: Callable[[bytes], int | None]
    is_same: Callable[[Place], bool]


def differences(partition: int, expected: Mapping[bytes, int], found: Iterable[Place], further: Further) -> list[Finding]:
    """`found` are the rows with coordinates of the range; `expected` the events (with offset) of which raw expects a row there."""
    at_home = list(found)
    rows = Counter(place.event_id for place in at_home)
    right = {place.event_id for place in at_home if expected.get(place.event_id) == place.offset and rows[place.event_id] == 1}
    missing, doubled, stray = dict[int, str](), dict[int, str](), dict[int, str]()
    elsewhere: dict[bytes, list[Place]] = {}
    for place in further.places({*expected, *(place.event_id for place in at_home)} - right):
        elsewhere.setdefault(place.event_id, []).append(place)
    for event_id, offset in expected.items():
        places = elsewhere.get(event_id, [])
        if len(places) > 1:
            doubled[offset] = _name(event_id)
        elif event_id not in right and not (places and (places[0].offset == offset or further.is_same(places[0]))):
            missing[offset] = _name(event_id)
    for place in at_home:
        if place.event_id in expected:
            continue
        if further.winner(place.event_id) is None or not further.is_same(place):
            stray[place.offset] = _name(place.event_id)
        elif len(elsewhere.get(place.event_id, [])) > 1:
            doubled[place.offset] = _name(place.event_id)
    faults = ((Fault.MISSING, missing), (Fault.DOUBLED, doubled), (Fault.STRAY, stray))
    return [each for fault, at in faults for each in finding(partition, fault, at)]


def letter_differences(partition: int, expected: Iterable[int], tries: Mapping[int, int]) -> list[Finding]:
    """`tries` of the rows by offset. A row of more than one try was told by a header, which may name any coordinates."""
    wanted = set(expected)
    missing = {offset: str(offset) for offset in wanted - tries.keys()}
    stray = {offset: str(offset) for offset, n in tries.items() if n == 1 and offset not in wanted}
    return [*finding(partition, Fault.LETTER, missing), *finding(partition, Fault.STRAY_LETTER, stray)]


def uncovered(told: Iterable[tuple[int, int]], rows: Iterable[tuple[int, int]], end: int) -> dict[int, int]:
    """First -> last offset of what the ledger tells below `end` and its table does not; both sorted, told ranges disjoint."""
    lacking: dict[int, int] = {}
    following = iter(rows)
    row = next(following, None)
    for first, last in told:
        position, until = first, min(last, end - 1)
        while position <= until:
            while row is not None and row[1] < position:
                row = next(following, None)
            begins = until + 1 if row is None else min(row[0], until + 1)
            if begins > position:
                lacking[position] = begins - 1
            if row is None or row[1] > until:
                break
            position = row[1] + 1
    return lacking


def _name(event_id: bytes) -> str:
    return str(UUID(bytes=event_id))
