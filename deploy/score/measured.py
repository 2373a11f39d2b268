"""The worlds whose figures stand in docs/score.md, and the file that keeps them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from deploy.demo.shop import simulate
from deploy.score.board import World, board, document
from deploy.score.in_process import InProcess
from deploy.suggest.febrl import measure as measure_febrl
from schemas.rules import Rules

RESULTS: Final = Path("docs/score.json")
PEOPLE: Final = 1000
DAYS: Final = 60
WORLDS: Final = ((1, True), (2, True), (3, True), (1, False), (2, False), (3, False))
"""(seed, aided)"""


def measured(rules: Rules, key: bytes, wheel: Path) -> dict[str, Any]:
    """Everything anew: some minutes. `wheel`: see deploy.suggest.febrl."""
    return {"worlds": list(_worlds(rules, key)), "suggestions": [asdict(line) for line in measure_febrl(wheel)]}


def _worlds(rules: Rules, key: bytes) -> Iterator[Mapping[str, Any]]:
    for seed, aided in WORLDS:
        events = list(simulate(PEOPLE, DAYS, seed, aided=aided))
        alone = InProcess(rules, key)
        alone.take(event.document for event in events)
        yield document(board(alone.customers(), events, World(PEOPLE, DAYS, seed, aided, len(events)), "in-process"))


def stored(path: Path = RESULTS) -> dict[str, Any]:
    results: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return results


def text_of(results: Mapping[str, Any]) -> str:
    return json.dumps(results, indent=1, ensure_ascii=False) + "\n"
