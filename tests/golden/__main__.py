"""Writes anew what stands in the end, on every page of histories, and docs/stories.md from the stories.

python -m tests.golden      # then read the difference: what changed is what customers' histories say now
"""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.golden.page import FOLDER, blocks, cells, histories, pages, wanted_of
from tests.golden.telling import admit, as_told, found

PROJECT = FOLDER.parent.parent
DOCS = PROJECT / "docs" / "stories.md"
HEAD = """# Stories

What happened to a customer, and what the tracker makes of it: the stories that this project began with, as histories that run. Each shows
the events as they were sent and the rows that stand in ClickHouse in the end; tests take them through the real steps, in order and
backwards. Times are UTC. The pages are `tests/golden/stories/`; more histories, for each stage, episode and rule, stand in
`tests/golden/histories/` and `tests/golden/alerts/`. This page is written by `python -m tests.golden`.

`owner` is the team in charge, `is_bad` a bad experience by `rules.yaml`; each column is explained in its comment (`DESCRIBE journeys`).
"""


def drawn(head: list[str], lines: list[list[str]]) -> str:
    """A table with columns of one width."""
    widths = [max(len(line[n]) for line in (head, *lines)) for n in range(len(head))]
    rows = [head, ["-" * width for width in widths], *lines]
    return "\n".join("| " + " | ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)) + " |" for row in rows)


def rewritten(page: Path) -> str:
    """The page with the rows that there are now."""
    text = page.read_text(encoding="utf-8")
    head, *sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    return head + "".join(_section(section, rows) for section, rows in zip(sections, _rows(page), strict=True))


def _rows(page: Path) -> Iterator[list[list[list[str]]]]:
    """For each history the cells of each of its tables."""
    for history in histories(page):
        admitted = admit(history.documents)
        rows = admitted.rows(as_told(admitted.facts, history.now))
        yield [found(rows, wanted) for wanted in history.wanted]


def _section(section: str, tables: list[list[list[str]]]) -> str:
    happened, *wanted = blocks(section)
    head, *lines = cells(happened)
    section = section.replace(happened, drawn(head, lines), 1)
    for block, rows in zip(wanted, tables, strict=True):
        table = wanted_of(block)
        section = section.replace(block, drawn([table.table, *table.columns], rows), 1)
    return section


def stories() -> str:
    """docs/stories.md"""
    told = [page.read_text(encoding="utf-8") for page in sorted(FOLDER.glob("stories/*.md"))]
    return "\n".join([HEAD, *(re.sub(r"^#", "##", text, flags=re.MULTILINE) for text in told)])


def main() -> None:
    for page in pages():
        page.write_text(rewritten(page), encoding="utf-8")
    DOCS.write_text(stories(), encoding="utf-8")


if __name__ == "__main__":
    main()
