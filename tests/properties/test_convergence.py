"""The simulation of stitching over the real folds: the design holds in every run, and each flaw is found."""

import pytest

from streams.core import replay, stitching
from tests.properties.convergence import FLAWS, agrees


def test_every_interleaving_gives_the_rows_that_follow_from_the_set_of_events() -> None:
    assert [seed for seed in range(300) if not agrees(seed)] == []


def test_a_base_that_follows_close_behind_the_end_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Histories of a simulation are short: with the real distance there would be no base."""
    monkeypatch.setattr(replay, "KEPT", 1)
    monkeypatch.setattr(replay, "TAIL", 2)
    monkeypatch.setattr(stitching, "TAIL", 2)
    assert [seed for seed in range(300, 600) if not agrees(seed)] == []


@pytest.mark.parametrize("flaw", FLAWS)
def test_the_simulation_finds_a_design_that_leaves_out(flaw: str) -> None:
    assert any(not agrees(seed, frozenset({flaw})) for seed in range(400))
