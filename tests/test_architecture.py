"""The house rules that no linter knows: sizes, the catalogue of tables, and what no committed file may hold."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from schemas.ledger_tables import TABLES
from schemas.tables import Table
from streams.core.effects import CONTENT_WIDTH

PROJECT = Path(__file__).parent.parent
MODULE_LINES = {"schemas": 250, "streams": 250, "sinks": 250, "deploy": 250, "tests": 400}
FUNCTION_LINES = 30
LONG_FUNCTIONS = {
    "streams/core/fact_building.py:build": "one line for each field of a fact",
    "tests/builders.py:a_fact": "one line for each field of a fact",
}
"""Functions that only fill in the fields of a row, a line each: cutting them in two would hide a missing field."""

FORBIDDEN = {
    "a registry's host (the lock file pins by hash, whatever mirror serves it)": (
        r"py[p]i\.org|python[h]osted|registry\.npm[j]s|re[p]o1?\.maven|crates\.i[o]|proxy\.gola[n]g|deb\.debia[n]"
    ),
    "a path of one machine": r"(?<![\w.~/>}])/(?:wor[k]|roo[t]|far[m]|hom[e]/\w+|User[s]/\w+)/",
}


def committed() -> list[Path]:
    """All files that git knows and that are still there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True, timeout=60).stdout
    return [PROJECT / name for name in listed.split("\0") if name and (PROJECT / name).is_file()]


def modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((PROJECT / folder).rglob("*.py"))]


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines without the docstring, which for a command is a whole page of help."""
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None and first.end_lineno is not None:
        lines -= first.end_lineno - first.lineno + 1
    return lines


def long_functions(path: Path) -> list[tuple[str, int]]:
    found = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(f"{path.relative_to(PROJECT)}:{node.name}", length(node)) for node in found if length(node) > FUNCTION_LINES]


@pytest.mark.parametrize(("folder", "limit"), MODULE_LINES.items())
def test_no_module_has_grown_beyond_its_limit(folder: str, limit: int) -> None:
    lines = {path: len(path.read_text().splitlines()) for path in modules(folder)}
    assert lines, f"no module in {folder}"
    assert {str(path.relative_to(PROJECT)): n for path, n in lines.items() if n > limit} == {}, "two reasons to change are two files"


def test_no_function_has_grown_beyond_its_limit() -> None:
    found = dict(entry for path in modules(*MODULE_LINES) for entry in long_functions(path))
    assert {name: lines for name, lines in found.items() if name not in LONG_FUNCTIONS} == {}
    assert set(LONG_FUNCTIONS) <= set(found), "an exception that nobody needs any more"


def test_who_catches_everything_says_why() -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{number}"
        for path in modules("schemas", "streams", "sinks", "deploy")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(r"except (Base)?Exception( as \w+)?:\s*$", line)
    ]
    assert found == [], "name the exceptions, or give the reason on the same line"


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_every_table_and_column_is_explained(table: Table) -> None:
    assert table.comment
    assert [column.name for column in table.columns if not column.comment.strip()] == []
    assert len({column.name for column in table.columns}) == len(table.columns)


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_arrival_columns_stand_last_and_the_version_after_all(table: Table) -> None:
    """Two rows are compared by their first CONTENT_WIDTH values, and a row's version is its last value."""
    roles = [column.role for column in table.columns]
    assert set(roles[: CONTENT_WIDTH[table.name]]) <= {"key", "content"}
    assert set(roles[CONTENT_WIDTH[table.name] :]) == {"arrival"}
    assert (table.columns[-1].name, table.columns[-1].type) == ("version", "UInt64")
    assert set(table.order_by) - {"version"} <= set(table.keys), (
        "ReplacingMergeTree keeps one row for each order_by: it must name the row for ever"
    )


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_committed_file_names(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what].encode())
    files = committed()
    assert len(files) > 100, "git ls-files listed too little to judge"
    assert [str(path.relative_to(PROJECT)) for path in files if pattern.search(path.read_bytes())] == []
