"""deploy/env.example says what the code reads, and programs that share a variable agree on it."""

from pathlib import Path

import pytest

from deploy.env_example import READERS, env_example, variables

FILE = Path(__file__).parents[2] / "deploy" / "env.example"


def test_the_file_is_what_the_settings_say() -> None:
    assert FILE.read_text(encoding="utf-8") == env_example(), "stale: python -m deploy.env_example > deploy/env.example"


@pytest.mark.parametrize("reader", READERS)
def test_every_setting_is_described_on_one_line(reader: str) -> None:
    found = list(variables(READERS[reader]))
    assert found
    assert [name for name, _, description in found if not description or "\n" in description] == []


def test_programs_that_read_one_variable_agree_on_its_default() -> None:
    defaults: dict[str, set[str]] = {}
    for settings in READERS.values():
        for name, default, _ in variables(settings):
            defaults.setdefault(name, set()).add(default)
    assert {name: found for name, found in defaults.items() if len(found) > 1} == {}


def test_settings_that_only_tests_use_are_not_offered() -> None:
    assert "KILL_AT" not in env_example()
