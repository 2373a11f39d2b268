"""The journeys are a function of the set of events: in order and once, shuffled and repeated, by one worker and by three.

And equal to the independent batch reading of the same set.
"""

import pytest

from deploy.chaos.line import Line, Prints
from deploy.chaos.programs import until
from deploy.chaos.records import disordered
from schemas.topics import topic_names
from tests.integration.conftest import Told
from tests.integration.harness.expected import difference, reading, stored

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]


def outcomes(line: Line) -> dict[str, int]:
    """What became of the records of raw, by the ledger."""
    names = ("accepted", "duplicate", "dead", "dropped", "absent")
    ((*sums,),) = line.ask(f"SELECT {', '.join(f'sum({name})' for name in names)} FROM {{tables}}.ledger FINAL")
    return dict(zip(names, map(int, sums), strict=True))


def test_in_order_and_once_it_is_what_the_batch_reading_says(short_set: Told, undisturbed_line: Line) -> None:
    expected = reading(short_set.documents)
    assert difference(expected, stored(undisturbed_line, expected)) == ""


def test_every_event_has_one_outcome_and_none_is_dead(short_set: Told, undisturbed_line: Line) -> None:
    found = outcomes(undisturbed_line)
    assert sum(found.values()) == len(short_set.documents)
    assert (found["dead"], found["dropped"], found["absent"]) == (0, 0, 0)
    assert undisturbed_line.ask("SELECT count() FROM {tables}.dead_letters FINAL") == [(0,)]


def test_every_table_has_its_rows(short_set: Told, undisturbed: Prints) -> None:
    counts = {name: rows for name, (rows, _) in undisturbed.items()}
    unseen = {"touchpoint.retracted", "ad_cost.reported"}
    retracted = {d["payload"]["target_event_id"] for d in short_set.documents if d["event_type"] == "touchpoint.retracted"}
    kept = {d["event_id"]: d["event_type"] for d in short_set.documents if d["event_id"] not in retracted}
    assert counts["touchpoints"] == sum(event_type not in unseen for event_type in kept.values())
    assert counts["ad_costs"] == sum(event_type == "ad_cost.reported" for event_type in kept.values())
    assert {name for name, rows in counts.items() if not rows} == set()


@pytest.mark.parametrize(("workers", "seed"), [(1, 11), (3, 12), (3, 13)])
def test_shuffled_and_repeated_it_is_the_same(workers: int, seed: int, line: Line, short_set: Told, undisturbed: Prints) -> None:
    sent = disordered(short_set.records, seed)
    for n in range(workers):
        line.worker(f"w{n}")
    line.sink()
    until("every worker has partitions", lambda: line.members_at_work() == workers)
    line.send(sent)
    line.settle()
    assert line.prints() == undisturbed
    found = outcomes(line)
    assert sum(found.values()) == len(sent) == sum(line.ends(topic_names().raw).values())
    assert found["dead"] == 0
    assert found["duplicate"] >= 0.04 * len(sent)
    assert line.ask("SELECT uniqExact(written_by) FROM {tables}.ledger FINAL") == [(workers,)]
