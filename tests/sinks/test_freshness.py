"""Which touchpoints tell how fresh the tables are: new ones, not those that are told again."""

from collections.abc import Sequence

from sinks.freshness import LOOKED_AT, Freshness, Moments
from sinks.rows import Body, Key, project, unseal
from tests.sinks.frames import T0, a_frame, a_row, a_withdrawal, an_id

BEGAN = T0 + 10**6
"""After all of them were received."""


def touches(*offsets: int, partition: int = 0) -> Sequence[tuple[Key, Body]]:
    rows = [
        a_row("touchpoints", event_id=an_id(n), occurred_at=T0 + n, received_at=T0 + 1000 + n, raw_partition=partition, raw_offset=n)
        for n in offsets
    ]
    return project(unseal(a_frame({"touchpoints": rows}))).rows["touchpoints"]


def test_what_was_received_before_the_sink_began_only_sets_the_mark() -> None:
    freshness = Freshness(BEGAN)
    assert freshness.look(0, touches(5, 3, 9)) == []
    assert freshness.look(0, touches(11, 10)) == [Moments(T0 + 11, T0 + 1011), Moments(T0 + 10, T0 + 1010)]


def test_what_was_received_since_counts_from_the_first_frame_on() -> None:
    assert [m.occurred_at - T0 for m in Freshness(T0 + 1005).look(0, touches(3, 5))] == [5]


def test_what_is_told_again_does_not_count() -> None:
    freshness = Freshness(BEGAN)
    freshness.look(0, touches(9))
    assert [m.occurred_at - T0 for m in freshness.look(0, touches(2, 9, 10))] == [10]


def test_each_partition_of_either_topic_has_its_own_mark() -> None:
    freshness = Freshness(BEGAN)
    freshness.look(0, touches(100))
    assert freshness.look(0, touches(3, partition=1)) == []
    assert freshness.look(1, touches(5)) == []
    assert [len(freshness.look(1, touches(6))), len(freshness.look(0, touches(4, partition=1)))] == [1, 1]


def test_of_a_large_frame_only_some_rows_are_looked_at() -> None:
    freshness = Freshness(BEGAN)
    freshness.look(0, touches(0))
    assert LOOKED_AT <= len(freshness.look(0, touches(*range(1, 500)))) <= LOOKED_AT + 1


def test_a_withdrawn_row_is_no_news() -> None:
    gone = project(unseal(a_frame({}, {"touchpoints": [a_withdrawal("touchpoints", 9)]}))).rows["touchpoints"]
    freshness = Freshness(BEGAN)
    freshness.look(0, touches(0))
    assert freshness.look(0, gone) == []
