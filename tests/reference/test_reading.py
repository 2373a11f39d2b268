"""The reading as a whole: a function of the set alone, independent of the code that it judges, and right where the truth is known."""

import ast
import random
from functools import cache, lru_cache
from pathlib import Path

import pytest

from deploy.demo.shop import START, simulate
from deploy.demo.truth import by_difficulty, scoreboard
from deploy.demo.world import SimulatedEvent
from schemas.codec import Decoded, validate
from schemas.ledger_tables import TABLES
from tests.reference import cases
from tests.reference.contents import Content, touchpoints
from tests.reference.links import links_of
from tests.reference.reading import Tables, read
from tests.reference.who import owner_of, who_is_who

token_of = lru_cache(maxsize=None)(cases.token_of)


@cache
def world(customers: int) -> tuple[tuple[SimulatedEvent, ...], tuple[Content, ...]]:
    told = tuple(simulate(customers, 60, 1, START))
    decoded = [validate(event.document) for event in told]
    return told, tuple(Content(d.event, d.document) for d in decoded if isinstance(d, Decoded))


def is_bot(content: Content) -> bool:
    context = content.event.context
    return context is not None and "Googlebot" in (context.user_agent or "")


@cache
def tables() -> Tables:
    return read(world(60)[1], token_of, is_bot)


def sorted_rows(found: Tables) -> dict[str, list[str]]:
    return {name: sorted(map(repr, rows)) for name, rows in found.items()}


def test_nothing_in_the_reference_imports_what_it_judges() -> None:
    for path in Path(__file__).parent.glob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        modules = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        modules |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        assert not {module for module in modules if module.split(".")[0] in ("streams", "sinks")}, path.name


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_and_the_repetition_of_events_change_nothing(seed: int) -> None:
    rng, contents = random.Random(seed), list(world(60)[1])
    contents += rng.sample(contents, len(contents) // 10)
    rng.shuffle(contents)
    assert sorted_rows(read(contents, token_of, is_bot)) == sorted_rows(tables())


def test_every_touchpoint_of_the_set_has_exactly_one_row() -> None:
    rows = tables()["touchpoints"]
    assert len({row["event_id"] for row in rows}) == len(rows)
    assert {row["event_id"] for row in rows} == {c.event.event_id for c in touchpoints(list(world(60)[1]))}


def test_sessions_journeys_and_customers_add_up_to_their_touchpoints() -> None:
    found = tables()
    counted = [row for row in found["touchpoints"] if row["journey_id"]]
    assert len(counted) < len(found["touchpoints"])
    assert sum(row["touchpoint_count"] for row in found["journeys"]) == len(counted)
    assert sum(row["touchpoint_count"] for row in found["customers"]) == len(counted)
    assert sum(row["touchpoint_count"] for row in found["sessions"]) == sum(row["session_id"] is not None for row in counted)
    assert sum(row["session_count"] for row in found["journeys"]) == len(found["sessions"])


def test_columns_are_named_as_in_the_catalogue() -> None:
    assert len(tables()) == 17
    for name, rows in tables().items():
        names = {column.name for column in TABLES[name].columns}
        assert rows, f"{name} has no row to look at"
        assert all(row.keys() <= names for row in rows), name


def test_the_reading_matches_the_truth_of_the_simulated_shop() -> None:
    """The figures that the project promises: precision 0.999 over all pairs, recall 0.98 where evidence connects."""
    told, contents = world(300)
    known = who_is_who(links_of(contents, token_of))
    found = {str(c.event.event_id): owner_of(known, c) for c in touchpoints(list(contents))}
    board = scoreboard(found, told)
    assert board.pairwise.precision >= 0.999
    assert board.connected.recall >= 0.98
    assert board.b_cubed.precision >= 0.999
    assert by_difficulty(found, told)["relay_address"].pairwise.recall < 0.9, "what nothing connects must not be joined"
