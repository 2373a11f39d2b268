"""Every history of the pages, told in order and backwards, against the rows on its page and against the independent reading."""

from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import pytest

from schemas.codec import Decoded, validate
from schemas.ledger_tables import TABLES
from schemas.links import token_for
from tests.builders import KEY
from tests.golden.__main__ import DOCS, rewritten, stories
from tests.golden.page import History, histories, pages
from tests.golden.telling import Rows, admit, as_told, backwards, found
from tests.reference.contents import Content
from tests.reference.reading import read

HISTORIES = {history.title: history for page in pages() for history in histories(page)}
ALL_RAN_OUT = 4_000_000_000_000
"""ms; the reference reads the alerts of clocks that have all run out"""
COMPARED = ("touchpoints", "sessions", "journeys", "customers", "alerts", "orders", "tickets", "calls", "returns")
every_history = pytest.mark.parametrize("title", HISTORIES)


@cache
def shown(title: str) -> Rows:
    history = HISTORIES[title]
    admitted = admit(history.documents)
    return admitted.rows(as_told(admitted.facts, history.now))


@every_history
def test_the_rows_are_those_of_the_page(title: str) -> None:
    for wanted in HISTORIES[title].wanted:
        assert [wanted.columns, *found(shown(title), wanted)] == [wanted.columns, *wanted.lines], wanted.table


@every_history
def test_the_rows_are_the_same_told_backwards_with_the_clock_running(title: str) -> None:
    history = HISTORIES[title]
    admitted = admit(history.documents)
    late = admitted.rows(backwards(admitted.facts, history.now))
    for wanted in history.wanted:
        assert found(late, wanted) == wanted.lines, wanted.table


def reference(history: History) -> dict[str, list[dict[str, Any]]]:
    decoded = [validate(document) for document in history.documents]
    contents = [Content(d.event, d.document) for d in decoded if isinstance(d, Decoded)]
    return read(contents, lambda kind, value: token_for(kind, value, KEY), lambda content: False)


def plain(type_: str, value: Any) -> Any:
    """Rows and the reference write values differently."""
    if value is None:
        return None
    if "UUID" in type_:
        return value if isinstance(value, UUID) else UUID(bytes=value)
    if "Decimal" in type_:
        return value if isinstance(value, Decimal) else Decimal(value) / 10_000
    return round(value, 9) if isinstance(value, float) else value


@every_history
def test_the_independent_reading_agrees(title: str) -> None:
    admitted = admit(HISTORIES[title].documents)
    rows = admitted.rows(as_told(admitted.facts, ALL_RAN_OUT))
    for table, wanted in reference(HISTORIES[title]).items():
        if table not in COMPARED:
            continue
        types = {column.name: column.type for column in TABLES[table].columns}
        names = sorted({name for row in wanted for name in row} & types.keys())
        told = [[plain(types[name], row[name]) for name in names] for row in rows[table].values()] if wanted else list(rows[table])
        assert sorted(told, key=repr) == sorted(([plain(types[n], row[n]) for n in names] for row in wanted), key=repr), table


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_the_page_is_drawn_as_it_is_written_anew(page: Any) -> None:
    assert page.read_text(encoding="utf-8") == rewritten(page), "run: python -m tests.golden, and read the difference"


def test_the_stories_stand_in_the_docs() -> None:
    assert DOCS.read_text(encoding="utf-8") == stories(), "run: python -m tests.golden"
