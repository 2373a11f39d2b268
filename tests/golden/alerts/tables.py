"""Reads the pages of this folder: under each heading what happened to one customer, and which alerts stand there in the end.

A page is Markdown. The first table under a heading has the columns when, what happened, with; its last row says what time it is. The second
table has the alerts. Times are of 2026, UTC.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.streams.core.told import Document, event

FOLDER = Path(__file__).parent
NOW = "(it is now)"
ENVELOPE = ("sentiment", "channel", "source", "links")
Alert = tuple[str, str, str, str]
"""rule and clock, subject, raised, over"""


@dataclass(frozen=True)
class Story:
    title: str
    documents: list[Document]
    now: int
    alerts: list[Alert]


def stories() -> Iterator[Story]:
    for page in sorted(FOLDER.glob("*.md")):
        for section in re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, _, body = section.partition("\n")
            history, _, alerts = body.partition("| alert")
            yield _story(f"{page.stem}: {title}", list(_cells(history)), list(_cells(f"| alert{alerts}")))


def _story(title: str, history: list[list[str]], alerts: list[list[str]]) -> Story:
    *happened, (now, word, _) = history
    assert word == NOW, f"{title}: the last row says what time it is"
    documents = [_document(n, *row) for n, row in enumerate(happened, start=1)]
    return Story(title, documents, milliseconds(now), [(row[0], row[1], row[2], row[3]) for row in alerts])


def _cells(table: str) -> Iterator[list[str]]:
    """The rows behind the line under the head."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines() if line.startswith("|")]
    yield from rows[2:]


def _document(n: int, when: str, event_type: str, more: str) -> Document:
    given = dict(pair.strip().split("=", 1) for pair in more.split(",") if pair.strip())
    envelope = {name: _value(name, given.pop(name)) for name in ENVELOPE if name in given}
    payload = {name: _value(name, value) for name, value in given.items()}
    return event(event_type, n, when=_moment(when).isoformat(timespec="milliseconds"), payload=payload, **envelope)


def _value(name: str, value: str) -> Any:
    if name.endswith("_at"):
        return _moment(value).isoformat(timespec="milliseconds")
    if name == "links":
        kind, _, number = value.partition(":")
        return {kind: number}
    if value in ("yes", "no"):
        return value == "yes"
    return float(value) if name == "sentiment" else int(value) if name.endswith("_ms") else value


def _moment(text: str) -> datetime:
    """`2 Mar 10:00` or `2 Mar 10:00:20`."""
    day, month, time = text.split()
    full = time if time.count(":") == 2 else f"{time}:00"
    return datetime.strptime(f"2026 {day} {month} {full} +0000", "%Y %d %b %H:%M:%S %z").astimezone(UTC)


def milliseconds(text: str) -> int:
    return int(_moment(text).timestamp()) * 1000


def written(at: int | None) -> str:
    """The way back, for a table."""
    if at is None:
        return ""
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return f"{moment.day} {moment:%b %H:%M}" + (f":{moment:%S}" if moment.second else "")
