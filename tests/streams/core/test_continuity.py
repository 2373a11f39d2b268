"""What follows on a position, and what is read again."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from streams.core.continuity import ABSENT_AFTER, Continuity


@dataclass(frozen=True)
class Rec:
    offset: int


def chunk(*offsets: int) -> list[Rec]:
    return [Rec(offset) for offset in offsets]


def following(position: int, *chunks: list[Rec]) -> tuple[list[int], int | None]:
    taken, again = Continuity[Rec]().following(position, chunks)
    return [record.offset for record in taken], again


def test_chunks_that_follow_on_each_other_are_taken_together() -> None:
    assert following(5, chunk(5, 6), chunk(7, 8)) == ([5, 6, 7, 8], None)


def test_what_was_done_before_is_left_out() -> None:
    assert following(6, chunk(4, 5, 6, 7)) == ([6, 7], None)


def test_a_chunk_that_comes_twice_in_one_batch_is_taken_once() -> None:
    assert following(5, chunk(5, 6), chunk(5, 6), chunk(6, 7)) == ([5, 6, 7], None)


def test_a_gap_before_the_first_chunk_is_read_again_from_the_position() -> None:
    assert following(5, chunk(8, 9)) == ([], 5)


def test_a_gap_between_two_chunks_is_not_taken_for_offsets_that_kafka_does_not_have() -> None:
    assert following(5, chunk(5, 6), chunk(9, 10)) == ([5, 6], 7)


def test_a_chunk_from_beyond_is_forgotten_where_the_missing_one_comes_after_it() -> None:
    assert following(5, chunk(7, 8), chunk(5, 6), chunk(7, 8)) == ([5, 6, 7, 8], None)


def test_offsets_that_are_missing_inside_a_chunk_were_skipped_by_kafka() -> None:
    assert following(5, chunk(5, 9), chunk(10)) == ([5, 9, 10], None)


def test_a_gap_that_shows_again_and_again_is_kafkas_own() -> None:
    continuity = Continuity[Rec]()
    refused = [continuity.following(5, [chunk(8, 9)]) for _ in range(ABSENT_AFTER - 1)]
    assert refused == [([], 5)] * (ABSENT_AFTER - 1)
    assert continuity.following(5, [chunk(8, 9)]) == (chunk(8, 9), None)


def test_what_is_under_way_from_farther_behind_does_not_hide_a_gap_of_kafkas_own() -> None:
    continuity = Continuity[Rec]()
    for _ in range(ABSENT_AFTER - 1):
        assert continuity.following(5, [chunk(8, 9), chunk(10)]) == ([], 5)
        assert continuity.following(5, [chunk(10), chunk(11)]) == ([], 5)
    assert continuity.following(5, [chunk(8, 9), chunk(10)]) == (chunk(8, 9, 10), None)


def test_a_gap_counts_anew_where_the_position_moved_or_an_earlier_record_came() -> None:
    continuity = Continuity[Rec]()
    for _ in range(ABSENT_AFTER - 1):
        continuity.following(5, [chunk(8)])
    assert continuity.following(5, [chunk(7)]) == ([], 5)
    for _ in range(ABSENT_AFTER - 2):
        continuity.following(5, [chunk(7)])
    assert continuity.following(6, [chunk(7)]) == ([], 6)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 6)), max_size=12), st.integers(0, 30))
def test_what_is_taken_follows_without_a_gap_and_what_is_refused_is_read_again(cuts: list[tuple[int, int]], position: int) -> None:
    chunks = [chunk(*range(first, first + count)) for first, count in cuts]
    taken, again = Continuity[Rec]().following(position, chunks)
    offsets = [record.offset for record in taken]
    assert offsets == list(range(position, position + len(offsets)))
    end = position + len(offsets)
    assert again == (end if any(records[-1].offset >= end for records in chunks) else None)
