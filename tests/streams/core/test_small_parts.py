"""The small parts of the core: what is remembered of an id, changes over a store, coverage of a log."""

from collections.abc import Sequence
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from schemas.facts import Fact, Removal
from streams.core.coverage import Coverage
from streams.core.dedupe import RETRACTED_VERSION, Seen, content_version, first_sight, retract, take
from streams.core.fact_store import Entry, Mark, entry_bytes, entry_of, fact_of
from streams.core.identity.graph import Pair
from streams.core.overlay import MemoryBytes, Overlay, beyond
from streams.core.payloads import instant, line_value, scaled
from tests.builders import T0, a_fact, a_token, an_event_id

CONTENTS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=5)
"""(rank, hash) of contents under one id"""


def a_content(rank: int, content: int) -> Fact:
    return a_fact(1, T0 + content, rank=rank, content_hash=an_event_id(content))


def left(order: Sequence[tuple[int, int]], retracted_at: int = -1) -> set[tuple[int, bytes]]:
    """Contents that were sent and not removed at their time again; the retraction comes before the content of that number."""
    seen: Seen | None = None
    sent: list[Fact] = []
    floors: list[Removal] = []
    for n, (rank, content) in enumerate(order):
        out: list[Fact | Removal] = []
        if n == retracted_at:
            seen, out = retract(seen, an_event_id(1))
        fact = a_content(rank, content)
        seen, more = (first_sight(fact), [fact]) if seen is None else take(seen, fact)
        sent += [r for r in more if isinstance(r, Fact)]
        floors += [r for r in (*out, *more) if isinstance(r, Removal)]
    removed = {(f.occurred_at, f.rank, f.content_hash) for f in sent for r in floors if _is_removed(f, r)}
    return {(f.rank, f.content_hash) for f in sent if (f.occurred_at, f.rank, f.content_hash) not in removed}


def _is_removed(fact: Fact, removal: Removal) -> bool:
    return fact.occurred_at == removal.occurred_at and (fact.rank, fact.content_hash) < removal.floor


@given(CONTENTS)
def test_of_the_contents_of_one_id_one_is_left_whatever_the_order(contents: list[tuple[int, int]]) -> None:
    hashes = {frozenset(hash_ for _, hash_ in left(order)) for order in list(permutations(contents))[:24]}
    assert {len(found) for found in hashes} == {1}
    assert len(hashes) == 1


@given(CONTENTS, st.integers(0, 4))
def test_after_a_retraction_nothing_is_left_whenever_it_comes(contents: list[tuple[int, int]], when: int) -> None:
    assert left(contents, retracted_at=when % len(contents)) == set()


def test_a_resend_of_the_winner_is_remembered_with_its_later_time() -> None:
    seen, sent = take(first_sight(a_content(1, 1)), a_content(5, 1))
    assert (seen.rank, sent) == (5, [])
    assert take(seen, a_content(3, 2)) == (seen, [])


@given(CONTENTS)
def test_the_version_of_a_content_rises_with_its_rank_and_its_hash(contents: list[tuple[int, int]]) -> None:
    facts = [a_fact(1, rank=rank, content_hash=bytes((content,)) * 16) for rank, content in contents]
    by_rank = sorted(facts, key=lambda f: (f.rank, f.content_hash))
    assert [content_version(f) for f in by_rank] == sorted(content_version(f) for f in facts)
    assert all(0 <= content_version(f) < RETRACTED_VERSION < 2**64 for f in facts)


def test_no_time_of_sending_is_too_strange_for_a_version() -> None:
    strange = [a_fact(1, rank=rank) for rank in (-(2**45), 2**60)]
    assert all(0 <= content_version(fact) < RETRACTED_VERSION for fact in strange)


OPERATIONS = st.lists(st.tuples(st.integers(0, 5), st.one_of(st.none(), st.binary(max_size=2))), max_size=12)


@given(OPERATIONS, OPERATIONS, st.integers(0, 5), st.integers(0, 6))
def test_what_is_read_through_an_overlay_is_what_the_store_will_hold(
    stored: list[tuple[int, bytes | None]], changed: list[tuple[int, bytes | None]], low: int, high: int
) -> None:
    prefix = b"F" + bytes(16)
    disk = MemoryBytes()
    disk.write({prefix + bytes((k,)): v for k, v in stored})
    overlay = Overlay(disk)
    for k, value in changed:
        if value is None:
            overlay.delete(prefix + bytes((k,)))
        else:
            overlay.put(prefix + bytes((k,)), value)
    before = dict(disk.content)
    scanned = overlay.scan(prefix + bytes((low,)), prefix + bytes((high,)))
    greatest = overlay.greatest(prefix + bytes((low,)), prefix + bytes((high,)))
    gotten = [overlay.get(prefix + bytes((k,))) for k in range(6)]
    assert disk.content == before
    disk.write(overlay.changes)
    assert scanned == list(disk.scan(prefix + bytes((low,)), prefix + bytes((high,))))
    assert greatest == max(scanned, default=None)
    assert gotten == [disk.get(prefix + bytes((k,))) for k in range(6)]


@given(st.binary(min_size=1, max_size=6), st.binary(max_size=40))
def test_every_key_with_a_prefix_lies_before_what_is_beyond_it(prefix: bytes, rest: bytes) -> None:
    assert prefix <= prefix + rest < beyond(prefix)


RANGES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 8)), max_size=12)


@given(RANGES, st.integers(0, 20))
def test_coverage_is_the_union_of_its_ranges_and_holes_are_what_is_missing_below_its_end(ranges: list[tuple[int, int]], start: int) -> None:
    coverage = Coverage()
    covered: set[int] = set()
    for first, count in ranges:
        coverage.add(first, first + count)
        covered |= set(range(first, first + count + 1))
    missing = {o for first, last in coverage.holes(start) for o in range(first, last + 1)}
    assert missing == set(range(start, max(covered, default=0))) - covered
    assert coverage.end(start) == next(o for o in range(start, 60) if o not in covered)


def test_facts_and_marks_come_back_from_their_bytes() -> None:
    fact = a_fact(1, numbers=[("order", "shop", "1")], sentiment=-0.5)
    marks = [Mark([([a_token("email", 1)], (3, b"x" * 16))], None), Mark([([a_token("email", 1)], (3, b"x" * 16))], fact)]
    entries: list[Entry] = [fact, *marks]
    assert [entry_of(entry_bytes(entry)) for entry in entries] == entries
    assert [fact_of(entry) for entry in entries] == [fact, None, fact]


def test_an_unlink_wins_until_a_later_link() -> None:
    cases = [(-1, -1, False), (5, -1, True), (5, 4, True), (5, 5, True), (5, 6, False), (-1, 3, False)]
    assert [Pair(0, b"", 0, cut, linked).is_cut for cut, linked, _ in cases] == [is_cut for *_, is_cut in cases]


def test_money_is_rounded_half_to_even_at_the_fourth_place() -> None:
    assert [scaled(value) for value in ("1", "0.00005", "0.00015", "-0.00005", "19.9", 3)] == [10_000, 0, 2, 0, 199_000, 30_000]


def test_a_line_costs_quantity_times_price_less_discount() -> None:
    assert line_value({"quantity": 3, "unit_price": "1.50", "discount": "0.50"}) == 40_000


def test_times_are_cut_to_milliseconds_as_validation_cuts_them() -> None:
    texts = ("2026-03-01T00:00:00.1239Z", "1969-12-31T23:59:59.9995Z", "2026-03-01T01:00:00+01:00")
    assert [instant({"at": text}, "at") for text in texts] == [1_772_323_200_123, -1, 1_772_323_200_000]
    assert instant({"at": None}, "at") is None
