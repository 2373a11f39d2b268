"""When too much is rejected, and when not yet."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.rejects import Excess, Recent, RejectLimits, decode_recent, encode_recent, watch

GOOD, BAD = False, True
OFF = RejectLimits(run=0, share=0.0, window=10)


def numbered(flags: Sequence[bool], first: int = 0) -> list[tuple[int, bool]]:
    return list(enumerate(flags, start=first))


def test_a_run_is_too_much_with_the_record_that_makes_it_so_long() -> None:
    limits = RejectLimits(run=3, share=0.0, window=10)
    assert watch(Recent(), numbered([BAD, BAD, GOOD, BAD, BAD]), limits)[1] is None
    assert watch(Recent(), numbered([GOOD, BAD, BAD, BAD, BAD]), limits)[1] == Excess(offset=3, rejected=3, judged=3)


def test_a_run_goes_on_from_chunk_to_chunk() -> None:
    limits = RejectLimits(run=3, share=0.0, window=10)
    before, _ = watch(Recent(), numbered([BAD, BAD]), limits)
    assert watch(before, numbered([BAD], first=2), limits)[1] == Excess(offset=2, rejected=3, judged=3)


@pytest.mark.parametrize(("bad", "is_too_much"), [(4, False), (5, True)])
def test_a_share_is_judged_over_the_last_records_once_there_are_enough(bad: int, is_too_much: bool) -> None:
    limits = RejectLimits(run=0, share=0.5, window=10)
    flags = [GOOD] * 30 + [GOOD, BAD] * bad + [GOOD] * (10 - 2 * bad)
    assert (watch(Recent(), numbered(flags), limits)[1] is not None) == is_too_much
    assert watch(Recent(), numbered([BAD] * 9), limits)[1] is None


def test_what_was_let_through_before_stops_nobody_and_is_remembered() -> None:
    limits = RejectLimits(run=3, share=0.0, window=10)
    recent, excess = watch(Recent(), numbered([BAD] * 8), limits, covered_until=8)
    assert (recent.run, excess) == (8, None)
    assert watch(recent, numbered([BAD], first=8), limits, covered_until=8)[1] == Excess(offset=8, rejected=9, judged=9)


@given(flags=st.lists(st.booleans(), max_size=60))
def test_switched_off_it_never_stops(flags: list[bool]) -> None:
    assert watch(Recent(), numbered(flags), OFF)[1] is None


@given(
    flags=st.lists(st.booleans(), max_size=80),
    cuts=st.lists(st.integers(0, 80), max_size=5),
    run=st.integers(0, 6),
    share=st.sampled_from((0.0, 0.5, 0.9)),
)
def test_how_the_log_is_cut_into_chunks_does_not_matter(flags: list[bool], cuts: list[int], run: int, share: float) -> None:
    limits, whole = RejectLimits(run, share, window=8), numbered(flags)
    recent, found = Recent(), list[Excess | None]()
    for first, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(flags)], strict=True):
        recent, excess = watch(decode_recent(encode_recent(recent)), whole[first:end], limits)
        found.append(excess)
    once = watch(Recent(), whole, limits)
    assert recent == once[0]
    assert next((excess for excess in found if excess is not None), None) == once[1]
