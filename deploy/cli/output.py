"""The output contract: figures on stdout, talk on stderr; `--json` is exactly one document on stdout.

Colours only on a terminal and where NO_COLOR is not set: rich sees to both.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.console import Console

STATE_STYLES: Final = {
    "ready": "green",
    "ok": "green",
    "died": "bold red",
    "failed": "bold red",
    "not ready": "yellow",
    "warning": "yellow",
}
WIDE: Final = 200
"""Columns where stdout is no terminal: a pipe has no width, so nothing is cut."""


def notice(line: str) -> None:
    """One line for people, on stderr."""
    print(line, file=sys.stderr, flush=True)


def print_json(document: object) -> None:
    """Dataclasses, paths and times become what JSON has."""
    print(json.dumps(document, default=_plain, indent=2, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """None is shown as a dash; a cell that is a known state gets its colour."""
    from rich.table import Table

    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console().print(table)


def console() -> Console:
    """For stdout."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def render_error(error: Exception, as_document: bool = False) -> None:
    """`error:` and `remedy:`, one line each, on stderr; with `as_document` also as JSON on stdout."""
    message, remedy = str(getattr(error, "message", error)), str(getattr(error, "remedy", ""))
    if as_document:
        print_json({"error": {"kind": type(error).__name__, "message": message, "remedy": remedy}})
    notice(f"{_red('error:')} {message}")
    if remedy:
        notice(f"remedy: {remedy}")


def _red(word: str) -> str:
    from rich.console import Console

    with (terminal := Console(stderr=True)).capture() as captured:
        terminal.print(word, style="bold red", end="")
    return captured.get()


def _cell(value: object) -> str:
    from rich.markup import escape

    text = "-" if value is None else escape(str(value))
    style = STATE_STYLES.get(text)
    return f"[{style}]{text}[/]" if style else text


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)
