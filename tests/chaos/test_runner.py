"""How scenarios are run: each in a process of its own, whose death is a failure with its last words and never the end of the suite."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.chaos.registry import SCENARIOS
from deploy.chaos.runner import Plan, play_all
from deploy.local.apart import PROJECT


def chaos(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "deploy.chaos", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("beside", [True, False])
def test_a_scenario_whose_process_dies_has_failed_with_its_last_words(
    beside: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = dataclasses.replace(SCENARIOS["worker_kills"], name="unheard_of", beside=beside)
    monkeypatch.setitem(SCENARIOS, "unheard_of", stranger)
    told: list[str] = []
    (result,) = play_all(["unheard_of"], Plan(tmp_path, 3, short=True), lambda name, line: told.append(line))
    assert not result.has_passed
    assert result.problems == ["ended with 1: KeyError: 'unheard_of'"]
    assert result.command == "python -m deploy.chaos --only unheard_of --seed 3 --short"
    assert told[0] == "begins"


def test_an_unknown_scenario_is_wrong_usage_and_the_known_ones_are_named() -> None:
    ended = chaos("--only", "worker_kill")
    assert ended.returncode == 2
    assert "no scenario worker_kill" in ended.stderr
    assert "worker_kills" in ended.stderr


def test_the_list_is_one_document_with_all_scenarios() -> None:
    ended = chaos("--list", "--json")
    assert ended.returncode == 0
    assert [one["name"] for one in json.loads(ended.stdout)] == list(SCENARIOS)
