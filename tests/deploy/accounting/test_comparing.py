"""A range of offsets against the rows that are there."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.accounting.comparing import Further, differences, letter_differences, sum_of, uncovered
from deploy.accounting.faults import Fault
from deploy.accounting.places import Place, Sum
from deploy.accounting.spool import merged

P = 3
A, B, C = (n.to_bytes(16, "big") for n in (1, 2, 3))


@dataclass
class World:
    """All live rows, and what raw expects; `same`: coordinates at which the winning content lies too."""

    rows: list[Place]
    expected: dict[bytes, int]
    same: set[Place] = field(default_factory=set)

    def faults(self, first: int = 0, end: int = 100) -> list[tuple[Fault, int, int]]:
        here = {event_id: offset for event_id, offset in self.expected.items() if first <= offset < end}
        found = [place for place in self.rows if place.partition == P and first <= place.offset < end]
        further = Further(self._places, self.expected.get, lambda place: place in self.same)
        return [(each.fault, each.first, each.last) for each in differences(P, here, found, further)]

    def _places(self, event_ids: Iterable[bytes]) -> list[Place]:
        wanted = set(event_ids)
        return [place for place in self.rows if place.event_id in wanted]


def test_rows_where_raw_expects_them_are_right() -> None:
    assert World([Place(A, P, 5), Place(B, P, 7)], {A: 5, B: 7}).faults() == []


def test_a_row_that_is_not_there_is_missing() -> None:
    assert World([Place(A, P, 5)], {A: 5, B: 7}).faults() == [(Fault.MISSING, 7, 7)]


def test_a_row_that_came_from_a_repeat_is_right_and_from_another_content_is_not() -> None:
    repeat = Place(A, P, 60)
    world = World([repeat], {A: 5}, {repeat})
    assert (world.faults(0, 50), world.faults(50, 100)) == ([], [])
    world.same.clear()
    assert (world.faults(0, 50), world.faults(50, 100)) == ([(Fault.MISSING, 5, 5)], [(Fault.STRAY, 60, 60)])


@pytest.mark.parametrize("offset", [5, 30, 60])
def test_two_rows_of_one_event_are_doubled_wherever_the_second_lies(offset: int) -> None:
    second = Place(A, P, offset)
    world = World([Place(A, P, 5), second], {A: 5}, {second})
    found = [*world.faults(0, 50), *world.faults(50, 100)]
    assert {fault for fault, _, _ in found} == {Fault.DOUBLED}


def test_a_row_of_an_event_that_was_taken_back_or_never_sent_is_stray() -> None:
    assert World([Place(C, P, 9)], {}).faults() == [(Fault.STRAY, 9, 9)]


def test_a_letter_is_missing_or_too_much_unless_a_header_told_of_it() -> None:
    found = letter_differences(P, {1, 2, 4}, {2: 1, 4: 3, 8: 1, 9: 2})
    assert [(each.fault, each.first, each.count) for each in found] == [(Fault.LETTER, 1, 1), (Fault.STRAY_LETTER, 8, 1)]


def test_sums_tell_other_rows_other_offsets_and_doubled_rows_apart() -> None:
    sums = [sum_of(rows) for rows in ({}, {A: 1}, {A: 2}, {B: 1}, {A: 1, B: 1})]
    assert len(set(sums)) == len(sums)
    assert sums[0] == Sum(0, 0)


spans = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 8)).map(lambda t: (t[0], t[0] + t[1])), max_size=8)


def offsets(ranges: Iterable[tuple[int, int]]) -> set[int]:
    return {offset for first, last in ranges for offset in range(first, last + 1)}


@given(told=spans, rows=spans, end=st.integers(0, 50))
def test_what_the_ledger_tells_and_its_table_does_not_is_found_to_the_offset(
    told: list[tuple[int, int]], rows: list[tuple[int, int]], end: int
) -> None:
    joined = list(merged(sorted(told)))
    assert offsets(joined) == offsets(told)
    lacking = uncovered(joined, iter(sorted(rows)), end)
    assert offsets(lacking.items()) == {offset for offset in offsets(told) - offsets(rows) if offset < end}
