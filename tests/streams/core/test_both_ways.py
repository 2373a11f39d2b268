"""The fast way and the plain way of the same events end in the same rows.

Fast: mirrors decode, chunks and frames hold many records, caches are warm, late facts leap from checkpoint to checkpoint. Plain: the models
of the catalogue decode, every record travels alone through a chunk and a frame of its own, nothing is cached, a history that changes is
told from its first fact on.
"""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from deploy.demo.shop import START, simulate
from schemas import codec
from schemas.columns import Column
from schemas.ledger_tables import TABLES
from streams.core import admission, fact_building, replay
from streams.core.fact_store import CustomerStore
from streams.rules_file import load_rules
from tests.known_answers import in_process
from tests.known_answers.in_process import InProcess
from tests.properties.scenario import HISTORY

Document = dict[str, Any]
Found = dict[str, list[str]]
BY_CHUNK = {"quality", "ledger"}
"""Counted by chunk: other chunks, other rows."""


def a_shop(rng: Random) -> list[Document]:
    """Mostly in order: some events come much too late, some twice, some are spoilt, and people type as people do."""
    made = [_typed(event.document, rng) for event in simulate(60, 60, 3, START)]
    placed = [(n + rng.choice((0,) * 12 + (40, 400)), document) for n, document in enumerate(made)]
    placed += [(n + rng.randint(0, 200), document) for n, document in enumerate(made) if rng.random() < 0.03]
    placed += [(n, {**document, "occurred_at": "soon"}) for n, document in enumerate(made) if rng.random() < 0.01]
    return [document for _, document in sorted(placed, key=lambda one: one[0])]


def _typed(document: Document, rng: Random) -> Document:
    loud = [{**i, "value": f" {i['value'].upper()}"} if i["kind"] == "email" else i for i in document.get("identities", ())]
    return {**document, "identities": loud} if loud and rng.random() < 0.3 else dict(document)


def rows_of(folder: Path, documents: list[Document]) -> tuple[Found, dict[str, int]]:
    """By table the rows without what tells of their arrival, and what became of the records."""
    line = InProcess(folder, load_rules())
    try:
        line.take(documents)
        tables = {name: table for name, table in TABLES.items() if name not in HISTORY | BY_CHUNK}
        return {name: _contents(line, name, table.columns) for name, table in tables.items()}, dict(line.counts)
    finally:
        line.close()


def _contents(line: InProcess, table: str, columns: tuple[Column, ...]) -> list[str]:
    kept = [column.name for column in columns if column.role != "arrival"]
    return sorted(repr([row[name] for name in kept]) for row in line.rows(table))


def go_the_plain_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def uncached(build: Callable[..., None]) -> Callable[..., None]:
        def made(self: fact_building.FactBuilder, *args: Any) -> None:
            build(self, *args)
            self.token, self.is_junk = self.token.__wrapped__, self.is_junk.__wrapped__  # type: ignore[assignment]

        return made

    monkeypatch.setattr(in_process, "CHUNK", 1)
    monkeypatch.setattr(in_process, "FRAMES", 1)
    monkeypatch.setattr(admission, "read", codec.decode)
    monkeypatch.setattr(fact_building.FactBuilder, "__init__", uncached(fact_building.FactBuilder.__init__))
    monkeypatch.setattr(CustomerStore, "checkpoint_before", lambda self, key: None)
    monkeypatch.setattr(replay.Courses, "_leap", lambda self, at: None)


def test_the_fast_way_ends_in_the_rows_of_the_plain_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = a_shop(Random(5))
    fast, outcomes = rows_of(tmp_path / "fast", documents)
    go_the_plain_way(monkeypatch)
    plain, plain_outcomes = rows_of(tmp_path / "plain", documents)
    assert outcomes == plain_outcomes
    assert {"accepted", "duplicate", "dead"} <= outcomes.keys(), "the set has to hold what it is there for"
    assert min(len(fast[name]) for name in ("touchpoints", "journeys", "tickets", "orders", "customers")) > 3
    for name in fast:
        assert fast[name] == plain[name], name
