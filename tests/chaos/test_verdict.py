"""The judge finds what was taken away, put there twice or changed, by name; else no scenario would prove a thing."""

from collections.abc import Iterator

import pytest

from deploy.chaos.events import event_set
from deploy.chaos.line import Line
from deploy.chaos.place import line_apart
from deploy.chaos.truth import Truth
from deploy.chaos.verdict import Verdict, judge
from sinks.clickhouse import ClickHouse

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

EVENTS = 600


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Line, Truth]]:
    """A small set on a line of its own, all landed, and what must stand there."""
    known = event_set(EVENTS)
    with line_apart(tmp_path_factory.mktemp("judged")) as place:
        place.line.worker()
        place.line.sink()
        place.line.send(known.records)
        place.line.settle()
        yield place.line, Truth(known.touchpoints, place.line.prints(), place.line.row_hashes("journeys"))


def judged(line: Line, truth: Truth) -> Verdict:
    verdict = Verdict()
    judge(line, truth, verdict)
    return verdict


def change(line: Line, sql: str) -> None:
    """`sql` may say {tables}."""
    door = ClickHouse(line.connection)
    try:
        door.command(sql.format(tables=f"`{line.database}_g{line.generation}`"))
    finally:
        door.close()


def test_each_planted_fault_is_found_by_name_and_nothing_before(landed: tuple[Line, Truth]) -> None:
    line, truth = landed
    assert judged(line, truth).problems == []
    _a_lost_range_of_the_ledger_is_found(line, truth)
    _a_changed_journey_is_found(line, truth)
    _a_doubled_touchpoint_is_found(line, truth)
    _a_missing_touchpoint_is_found(line, truth)


def _a_lost_range_of_the_ledger_is_found(line: Line, truth: Truth) -> None:
    ((partition, last),) = line.ask("SELECT raw_partition, max(last_offset) FROM {tables}.ledger GROUP BY 1 ORDER BY 2 DESC LIMIT 1")
    change(line, f"DELETE FROM {{tables}}.ledger WHERE raw_partition = {partition} AND last_offset = {last}")
    verdict = judged(line, truth)
    assert int(verdict.counts["unaccounted"]) > 0
    assert [problem for problem in verdict.problems if f"({partition}, " in problem and f", {last})" in problem]


def _a_changed_journey_is_found(line: Line, truth: Truth) -> None:
    ((journey,),) = line.ask("SELECT toString(journey_id) FROM {tables}.journeys FINAL ORDER BY 1 LIMIT 1")
    changed = "touchpoint_count + 1 AS touchpoint_count, version + 1 AS version"
    newer = f"SELECT * REPLACE ({changed}) FROM {{tables}}.journeys FINAL WHERE journey_id = '{journey}'"
    change(line, f"INSERT INTO {{tables}}.journeys {newer}")
    verdict = judged(line, truth)
    assert verdict.counts["wrong_journeys"] == 1
    assert [problem for problem in verdict.problems if journey in problem]


def _a_doubled_touchpoint_is_found(line: Line, truth: Truth) -> None:
    """As a merge would leave it that forgot to withdraw the row of the former customer."""
    event_id = min(truth.touchpoints)
    row = f"SELECT * REPLACE (generateUUIDv4() AS customer_id) FROM {{tables}}.touchpoints FINAL WHERE event_id = '{event_id}'"
    change(line, f"INSERT INTO {{tables}}.touchpoints {row}")
    verdict = judged(line, truth)
    assert verdict.counts["doubled"] == 1
    assert [problem for problem in verdict.problems if "more than once" in problem and event_id in problem]


def _a_missing_touchpoint_is_found(line: Line, truth: Truth) -> None:
    event_id = max(truth.touchpoints)
    change(line, f"DELETE FROM {{tables}}.touchpoints WHERE event_id = '{event_id}'")
    verdict = judged(line, truth)
    assert verdict.counts["missing"] == 1
    assert [problem for problem in verdict.problems if "are missing in touchpoints" in problem and event_id in problem]
