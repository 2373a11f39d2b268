"""The public sets, taken through the real rules by the mappings that the project ships."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from deploy.importer import events_from, load_mapping, mapping_of
from deploy.importer.mapping import Mapping
from tests.known_answers.in_process import InProcess, Row

SOURCES = Path(__file__).parents[2] / "deploy" / "demo" / "sources"
Take = Callable[..., InProcess]
Known = dict[str, Any]


def known(shared_data: Path, name: str) -> Known:
    """The answers that came with the set."""
    answers: Known = json.loads((shared_data / name / "expected.json").read_text())
    return answers


def shipped(name: str) -> Mapping:
    return load_mapping(SOURCES / f"{name}.yaml")


def known_by(name: str, **identities: str) -> Mapping:
    """The shipped mapping with these identities only (kind=expression)."""
    document = yaml.safe_load((SOURCES / f"{name}.yaml").read_text())
    for event in document["events"]:
        event["identities"] = identities
    return mapping_of(document)


def taken(line: InProcess, file: Path, mapping: Mapping) -> InProcess:
    """`line`, with all events of the file in it."""
    line.take(events_from(file, mapping))
    return line


def money(ten_thousandths: int) -> float:
    """As the answers have it, with two digits."""
    return float(round(Decimal(ten_thousandths) / 10_000, 2))


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def month(ms: int) -> str:
    return f"{moment(ms):%Y-%m}"


def grouped(rows: Iterable[Row], by: str) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[by]].append(row)
    return groups
