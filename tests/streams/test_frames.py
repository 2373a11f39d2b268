"""Cutting into messages: nothing is lost, doubled or too large."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.facts import Control, Fact, Removal, decode_resolved
from schemas.row_frames import TableRows, decode_rows
from streams import frames
from streams.frames import FRAME_BYTES, RECORDS, ROWS, control_frames, resolved_frames, row_frames
from tests.builders import a_fact, a_token, an_event_id

SOURCE = ("resolved", 3, 10, 19)


def facts(count: int, size: int = 0) -> list[Fact]:
    return [a_fact(n, payload=b"x" * size) for n in range(count)]


def test_few_facts_are_one_message_with_its_epoch_and_what_it_covers() -> None:
    removal = Removal(1, 0, an_event_id(9), [a_token("email", 1)], (1, b""))
    (message,) = resolved_frames(7, [*facts(3), removal], [(1, 5, 9)])
    frame = decode_resolved(message)
    assert (frame.epoch, len(frame.facts), frame.removals, frame.covers) == (7, 3, [removal], [(1, 5, 9)])


def test_nothing_is_no_message() -> None:
    assert list(resolved_frames(7, [])) == []
    assert list(row_frames({}, SOURCE, 1)) == []


def test_many_or_large_facts_are_cut_and_stay_in_order() -> None:
    for count, size in ((2 * RECORDS + 1, 0), (30, FRAME_BYTES // 9)):
        messages = list(resolved_frames(7, list[Fact | Removal](facts(count, size))))
        assert len(messages) > 2
        assert all(len(message) <= FRAME_BYTES for message in messages)
        assert [f.event_id for m in messages for f in decode_resolved(m).facts] == [an_event_id(n) for n in range(count)]


def test_a_fact_that_is_too_large_alone_travels_alone() -> None:
    sizes = [len(m) for m in resolved_frames(7, list[Fact | Removal](facts(2, FRAME_BYTES)))]
    assert [size > FRAME_BYTES for size in sizes] == [True, True]


def test_a_control_that_names_too_much_is_told_in_pieces_and_judged_once() -> None:
    tokens = [a_token("anonymous", n) for n in range(30_000)]
    logins = [(token, 5, b"e" * 16, b"", 3) for token in tokens[:9]]
    events = [token[-16:] for token in tokens]
    control = Control(b"c" * 16, True, 5, 9, tokens, list(pairwise(tokens)), [(tokens[0], tokens[1])], events, logins, 17)
    small = Control(b"d" * 16, True, 0, 1, [], [], [])
    messages = list(control_frames(7, [control, small]))
    assert all(len(message) <= FRAME_BYTES for message in messages)
    told = [c for message in messages for c in decode_resolved(message).controls]
    mine = [c for c in told if c.customer == control.customer]
    assert [c.judge for c in mine] == [True] + [False] * (len(mine) - 1)
    assert {(c.since, c.until) for c in mine} == {(5, 9)}
    assert [t for c in mine for t in c.nodes] == control.nodes
    assert [p for c in mine for p in c.pairs] == control.pairs
    assert [p for c in mine for p in c.conflicts] == control.conflicts
    assert all(c.evidence == [t[-16:] for t in c.nodes] for c in mine), "each piece has the events of its own"
    assert [login for c in mine for login in c.logins] == logins
    assert {c.known_at for c in mine} == {17}
    assert small in told


COUNTS = st.dictionaries(st.sampled_from(["touchpoints", "sessions", "journeys"]), st.tuples(st.integers(0, 2_300), st.integers(0, 1_200)))


@given(COUNTS, st.sampled_from([1, 700]))
def test_rows_are_cut_by_count_and_size_and_all_arrive(counts: dict[str, tuple[int, int]], size: int) -> None:
    tables = {name: TableRows([[n, "x" * size] for n in range(ups)], [[n, 0] for n in range(gone)]) for name, (ups, gone) in counts.items()}
    messages = list(row_frames(tables, SOURCE, 4))
    assert all(len(message) <= FRAME_BYTES for message in messages)
    found: dict[str, tuple[list[Any], list[Any]]] = {name: ([], []) for name in tables}
    for message in messages:
        frame = decode_rows(message)
        assert (frame.generation, frame.source_topic, frame.source_partition, frame.first_offset, frame.last_offset) == (4, *SOURCE)
        assert sum(len(t.upserts) + len(t.withdrawals) for t in frame.tables.values()) <= ROWS
        for name, rows in frame.tables.items():
            found[name][0].extend(rows.upserts)
            found[name][1].extend(rows.withdrawals)
    assert found == {name: (rows.upserts, rows.withdrawals) for name, rows in tables.items()}


def test_the_limit_lies_far_below_what_a_broker_takes() -> None:
    assert frames.FRAME_BYTES * 8 <= 8 * 2**20
