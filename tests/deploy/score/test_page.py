"""docs/score.md says what docs/score.json says, and the json meets the goal."""

from pathlib import Path

from deploy.score.measured import RESULTS, WORLDS, stored, text_of
from deploy.score.page import score_page

PROJECT = Path(__file__).parents[3]
RESULTS_FILE = PROJECT / RESULTS


def test_the_page_is_made_of_the_results() -> None:
    page = (PROJECT / "docs" / "score.md").read_text(encoding="utf-8")
    assert page == score_page(stored(RESULTS_FILE)), "stale: python -m deploy.score page > docs/score.md"


def test_the_results_are_those_of_the_worlds_that_are_named() -> None:
    results = stored(RESULTS_FILE)
    assert tuple((one["world"]["seed"], one["world"]["aided"]) for one in results["worlds"]) == WORLDS
    assert RESULTS_FILE.read_text(encoding="utf-8") == text_of(results)


def test_the_goal_is_met_in_every_world_that_has_one() -> None:
    for one in stored(RESULTS_FILE)["worlds"]:
        if one["world"]["aided"]:
            assert one["overall"]["pairwise"]["precision"] >= 0.999
            assert one["overall"]["connected"]["recall"] >= 0.98


def test_what_is_left_apart_adds_up_to_what_recall_lacks() -> None:
    for one in stored(RESULTS_FILE)["worlds"]:
        overall = one["overall"]
        assert sum(row["pairs"] for row in one["left_apart"]) == overall["pairwise"]["pairs"] - overall["connected"]["pairs"]


def test_suggestions_are_measured_on_four_published_sets() -> None:
    lines = stored(RESULTS_FILE)["suggestions"]
    assert {line["name"] for line in lines} == {"FEBRL 1", "FEBRL 2", "FEBRL 3", "FEBRL 4"}
    assert min(line["precision"] for line in lines) > 0.99
