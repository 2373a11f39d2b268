"""Reads a page of histories: under each heading first what happened, then the rows that must stand in the end, table by table.

A page is Markdown, for people who look after customers. The first table has the columns when, who, what, with; its last row says what time
it is. Each further table begins with the name of a table of ClickHouse; its first column names the row, the others are columns of that
table, as many as the history wants to show. Times are of 2026, UTC.

* who: a word for who acted (customer, representative, bot, system), or the name of a customer where there are several; `system for Aiko`
  where somebody else acts. Without a name all belongs to one customer.
* with: fields of the payload or the envelope. `lines=2 shirt 40.00 + 1 socks 20.00`, of a return `lines=1 shirt too_small`;
  `about=order:O-1`, `links=order:O-1`; `known_by=cookie` or `cookie+email`, e-mail where nothing is said.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from schemas.examples import example
from schemas.touchpoints import EVENT_TYPES
from tests.golden.alerts.tables import NOW, milliseconds

FOLDER = Path(__file__).parent
Document = dict[str, Any]
Line = list[str]
ENVELOPE = ("sentiment", "sentiment_by", "effort", "cause", "channel", "owner", "source", "environment", "links", "sequence")
NUMBERS = ("sentiment", "score", "scale_min", "scale_max")
COUNTS = ("effort", "sequence", "result_count", "reopens")
SOMEBODY = "somebody"


@dataclass(frozen=True)
class Wanted:
    """`columns` less the first, which names the row; `lines` are the cells as they stand on the page."""

    table: str
    columns: list[str]
    lines: list[Line]


@dataclass(frozen=True)
class History:
    title: str
    happened: list[Line]
    now: int
    wanted: list[Wanted]

    @property
    def documents(self) -> list[Document]:
        """The events, in the order of the page."""
        return [document(n, *line) for n, line in enumerate(self.happened)]


def pages() -> list[Path]:
    return sorted([*FOLDER.glob("stories/*.md"), *FOLDER.glob("histories/*.md")])


def histories(page: Path) -> Iterator[History]:
    for section in re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        happened, *wanted = blocks(body)
        *lines, (now, _, word, _) = cells(happened)[1:]
        assert word == NOW, f"{title}: the last row says what time it is"
        yield History(f"{page.stem}: {title}", lines, milliseconds(now), [wanted_of(block) for block in wanted])


def blocks(text: str) -> list[str]:
    """The tables of a text, each with its head."""
    return [found.strip("\n") for found in re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE)]


def cells(block: str) -> list[Line]:
    """Head and rows, without the line between them."""
    rows = [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in block.splitlines()]
    return [rows[0], *rows[2:]]


def wanted_of(block: str) -> Wanted:
    head, *lines = cells(block)
    return Wanted(head[0], head[1:], lines)


def document(n: int, when: str, who: str, what: str, more: str) -> Document:
    """The event of one line; of its payload only what is required beside what the line says."""
    given = dict(pair.strip().split("=", 1) for pair in more.split(",") if pair.strip())
    name, actor = person(who)
    identities = [identity(name, how) for how in given.pop("known_by", "email").split("+")]
    envelope = {field: _value(what, field, given.pop(field)) for field in ENVELOPE if field in given}
    fields = EVENT_TYPES[what].payload.model_fields
    told = example(what, event_id=str(UUID(int=n + 1)), occurred_at=_iso(when), sent_at=_iso(when), actor=actor, **envelope)
    told["payload"] = {field: value for field, value in told["payload"].items() if fields[field].is_required()}
    told["payload"] |= {"author": actor} if "author" in fields else {}
    told["payload"] |= {field: _value(what, field, value) for field, value in given.items()}
    return told | {"identities": identities if EVENT_TYPES[what].needs_identity else []}


def person(who: str) -> tuple[str, str]:
    """(whose history, who acted)"""
    actor, _, name = who.partition(" for ")
    return (actor.lower(), "customer") if actor.istitle() else (name.lower() or SOMEBODY, actor)


def identity(name: str, how: str) -> Document:
    return {"kind": "anonymous", "value": f"{name}-cookie"} if how == "cookie" else {"kind": how, "value": f"{name}@example.org"}


def _value(event_type: str, field: str, value: str) -> Any:
    if field == "lines":
        return [_line(event_type, *line.split()) for line in value.split(" + ")]
    if field == "line_ids" or field == "tags":
        return value.split("+")
    if field.endswith("_at") or field == "period_end":
        return _iso(value)
    if field in ("links", "about"):
        kind, _, number = value.partition(":")
        return {kind: number} if field == "links" else {"kind": kind, "id": number}
    if value in ("yes", "no"):
        return value == "yes"
    if field.endswith("_ms") or field in COUNTS:
        return int(value)
    return float(value) if field in NUMBERS else value


def _line(event_type: str, quantity: str, thing: str, more: str) -> Document:
    """`2 shirt 40.00` of an order, `1 shirt too_small` of a return."""
    if event_type.startswith("return."):
        return {"line_id": thing, "quantity": int(quantity), "reason": more}
    return {"line_id": thing, "product_id": thing, "quantity": int(quantity), "unit_price": more}


def _iso(text: str) -> str:
    return datetime.fromtimestamp(milliseconds(text) / 1000, UTC).isoformat(timespec="milliseconds")
