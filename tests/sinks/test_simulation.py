"""The sink's state machine where everything may break: the design holds in every run, and each flaw is found."""

import gc
import random
from collections.abc import Iterator

import pytest
import structlog

from tests.sinks.simulation import FLAWS, World, quietly, trouble

SEEDS = 2_000


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(gc, "collect", gc.collect)  # put back afterwards
    before = structlog.get_config()
    quietly()
    yield
    structlog.configure(**before)


def test_whatever_breaks_at_any_door_nothing_is_lost_and_no_old_row_comes_back() -> None:
    assert [(seed, said) for seed in range(SEEDS) if (said := trouble(seed))] == []


@pytest.mark.parametrize("flaw", FLAWS)
def test_the_simulation_finds(flaw: str) -> None:
    assert any(trouble(seed, flaw) for seed in range(100))


def test_a_seed_gives_the_same_run_again() -> None:
    runs = [World(random.Random(17)) for _ in range(2)]
    for world in runs:
        world.run()
    first, second = runs
    assert (first.now, first.group, first.rows.inserts) == (second.now, second.group, second.rows.inserts)
    assert first.rows.inserts
