"""docs/flow.md shows what the code does."""

import json

import pytest

from tests.flow import EVENT, PAGE, blocks, filled, marks


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return blocks()


def test_the_page_shows_the_bytes_of_the_real_functions(texts: dict[str, str]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert marks(page) == list(texts), "a block is missing, or one too many"
    assert filled(page, texts) == page, "stale: python -m tests.flow"


def test_the_lines_of_the_page_join_to_the_bytes_that_were_sent(texts: dict[str, str]) -> None:
    head, _, value = texts["emit"].partition("\n\n")
    sent = value.replace("\n", "")
    assert f"{len(sent)} bytes" in head
    assert json.loads(sent)["identities"] == EVENT["identities"]
