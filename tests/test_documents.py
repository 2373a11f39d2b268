"""What the pages name exists: links, commands, topics, settings."""

import re
from pathlib import Path

import pytest

from deploy.cli.app import COMMANDS
from deploy.env_example import env_example
from schemas.topics import catalogue

PROJECT = Path(__file__).parent.parent
PAGES = [PROJECT / "README.md", PROJECT / "CHANGELOG.md", *sorted((PROJECT / "docs").rglob("*.md"))]
OF_THE_TESTS = {"TRACKER_DATA_DIR"}
NAMES = [str(page.relative_to(PROJECT)) for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))]
    assert [target for target in targets if target and "://" not in target and not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = re.findall(r"`((?:schemas|streams|sinks|deploy|tests|docs)/[\w./-]*)`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (PROJECT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_that_is_named_is_registered(page: Path) -> None:
    known = {command.name for command in COMMANDS}
    used = re.findall(r"(?:`|^ {4,}|\| )tracker ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(used) <= known


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_setting_that_is_named_is_read(page: Path) -> None:
    used = set(re.findall(r"\bTRACKER_[A-Z_]+[A-Z]\b", page.read_text(encoding="utf-8")))
    assert {name for name in used - OF_THE_TESTS if not re.search(rf"^#{name}(=|_)", env_example(), re.MULTILINE)} == set()


def test_every_topic_stands_in_the_page_for_operators() -> None:
    page = (PROJECT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert [spec.name for spec in catalogue() if f"| `{spec.name}` |" not in page] == []


def test_every_decision_stands_in_the_index() -> None:
    folder = PROJECT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in folder.glob("0*.md") if f"({page.name})" not in index] == []
