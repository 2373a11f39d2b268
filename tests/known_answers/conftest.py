"""A line of the real rules in one process, with stores of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schemas.rules import Rules
from streams.rules_file import load_rules
from tests.known_answers.in_process import InProcess

Open = Callable[..., InProcess]


@pytest.fixture(scope="module")
def open_line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Opens an empty line; with other rules where they are given."""
    opened: list[InProcess] = []

    def open_one(rules: Rules | None = None) -> InProcess:
        folder: Path = tmp_path_factory.mktemp("line")
        opened.append(InProcess(folder, rules or load_rules()))
        return opened[-1]

    yield open_one
    for line in opened:
        line.close()
