"""The suite is whole: every fault that the issue names has a scenario, each of them a short form and a row in the page."""

import dataclasses
import random
from pathlib import Path

import pytest

from deploy.chaos import page, results
from deploy.chaos.events import event_set, late_and_repeated, slices
from deploy.chaos.mutants import MUTATIONS, WEIGHTS, mutants
from deploy.chaos.registry import SCENARIOS
from deploy.chaos.results import Result
from deploy.chaos.runner import Plan
from deploy.chaos.verdict import Verdict, some

NAMED_BY_THE_ISSUE = (
    "kill -9 of a worker", "rebalance storm", "broker kill -9", "broker away 10 minutes", "ClickHouse refuses", "ClickHouse hangs",
    "worker stopped 90 s", "cut 200 times", "30 % repeated", "1,000,000 mutated", "deleted or bit-flipped", "disk full for Kafka",
    "disk full for the worker's stores", "disk full for ClickHouse", "rebuild from the log",
)  # fmt: skip


def a_result(scenario: str, form: str = "full", **changed: object) -> Result:
    plain = Result(scenario, form, 1, "abc", "python -m deploy.chaos", "2026-01-01T00:00:00Z", 1.0, {"missing": 0}, [])
    return dataclasses.replace(plain, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", NAMED_BY_THE_ISSUE)
def test_a_fault_of_the_issue_has_a_scenario(fault: str) -> None:
    assert [s.name for s in SCENARIOS.values() if fault in s.fault] != []


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_has_a_short_form_of_the_same_kind(name: str) -> None:
    scenario = SCENARIOS[name]
    assert type(scenario.short) is type(scenario.full)
    assert scenario.short.events < scenario.full.events
    assert scenario.name == name


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_has_a_row_in_the_page_even_before_it_was_run(name: str) -> None:
    text = page.page([])
    assert f"| {SCENARIOS[name].fault} | {SCENARIOS[name].must_show} | not run yet | - |" in text


def test_the_page_says_what_the_results_say() -> None:
    assert page.PAGE.read_text("utf-8") == page.page(results.load())


def test_the_page_shows_the_newest_at_full_length_before_any_short_one() -> None:
    name = next(iter(SCENARIOS))
    found = [a_result(name, counts={"missing": n}) for n in (1, 2)] + [a_result(name, "short", counts={"missing": 3})]
    text = page.page(found)
    assert "missing 2" in text
    assert "missing 3" not in text


def test_a_run_that_did_not_pass_is_not_hidden() -> None:
    text = page.page([a_result(next(iter(SCENARIOS)), problems=["3 event ids are missing: a, b, c\nlong log"])])
    assert "**no**" in text
    assert "3 event ids are missing: a, b, c" in text
    assert "long log" not in text


def test_a_figure_has_its_unit_behind_it() -> None:
    text = page.page([a_result(next(iter(SCENARIOS)), counts={"flat_again_after_s": 3.5, "memory_grown_mib": 1200, "doubled": 0})])
    assert "flat again after 3.5 s, memory grown 1,200 MiB, doubled 0" in text


def test_results_are_added_to_those_before(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    results.append([a_result("one")], file)
    results.append([a_result("two"), a_result("one", "short")], file)
    assert [(one.scenario, one.form) for one in results.load(file)] == [("one", "full"), ("two", "full"), ("one", "short")]


def test_the_same_seed_gives_the_same_faults(tmp_path: Path) -> None:
    scenes = [Plan(tmp_path, seed, short=True).scene("kills", print) for seed in (5, 5, 6)]
    first, again, other = (scene.rng.random() for scene in scenes)
    assert first == again != other


def test_the_same_seed_gives_the_same_mutants_and_every_mutation_occurs() -> None:
    valid = event_set(600).records
    made = list(mutants(valid, 300, 4))
    assert made == list(mutants(valid, 300, 4))
    assert len(MUTATIONS) == len(WEIGHTS)
    for mutation in MUTATIONS:
        assert isinstance(mutation(random.Random(1), valid[0].value), bytes)


def test_what_comes_late_and_repeated_is_the_same_set_in_another_order() -> None:
    known = event_set(600)
    coming = late_and_repeated(known, random.Random(2), repeated=0.3, late=0.01)
    assert set(coming) == set(known.records)
    assert len(coming) > 1.2 * len(known.records)
    assert coming != sorted(coming, key=known.records.index)


def test_the_driver_knows_what_must_stand_in_touchpoints() -> None:
    known = event_set(600)
    assert 0.3 * len(known.records) < len(known.touchpoints) < len(known.records)


def test_parts_of_a_load_are_the_whole_load() -> None:
    records = event_set(600).records
    assert [record for part in slices(records, 7) for record in part] == list(records)


def test_a_verdict_names_the_first_and_counts_the_rest() -> None:
    verdict = Verdict()
    verdict.expect(False, f"missing: {some(str(n) for n in range(10, 22))}")
    verdict.expect(True, "not said")
    assert verdict.problems == ["missing: 10, 11, 12, 13, 14, 15, 16, 17 and 4 more"]
