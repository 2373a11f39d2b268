"""Scenarios in seconds, those that no other test has: what the long ones do for an hour is done once."""

from pathlib import Path

import pytest

from deploy.chaos.place import Scene
from deploy.chaos.registry import SCENARIOS
from deploy.chaos.scenarios.disk_full import CANNOT_MOUNT

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]

NOWHERE_ELSE = ("rebalance_storm", "bad_inputs", "state_loss", "disk_full_kafka", "disk_full_stores", "disk_full_clickhouse")
"""Kills, absences, sleep, lost answers, disorder and rebuilds in seconds stand in tests/integration and tests/sinks."""


@pytest.fixture(scope="module")
def truths(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What comes of the short set undisturbed: one run for all."""
    return tmp_path_factory.mktemp("truths")


@pytest.mark.parametrize("name", NOWHERE_ELSE)
def test_nothing_is_missing_doubled_or_wrong_after(name: str, truths: Path, tmp_path: Path) -> None:
    verdict = SCENARIOS[name].play(Scene(tmp_path, truths, seed=1), short=True)
    if any(problem.startswith(CANNOT_MOUNT) for problem in verdict.problems):
        pytest.skip(verdict.problems[0])
    assert verdict.problems == []
    assert verdict.counts["unaccounted"] == 0
