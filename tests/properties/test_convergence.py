"""The simulation of stitching over the real folds: the design holds in every run, and each flaw is found."""

import pytest

from streams.core import checkpoints, replay
from tests.properties.convergence import FLAWS, agrees


def test_every_interleaving_gives_the_rows_that_follow_from_the_set_of_events() -> None:
    assert [seed for seed in range(300) if not agrees(seed)] == []


def test_checkpoints_close_to_each_other_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Histories of a simulation are short: with the real spacing there would be no checkpoint."""
    monkeypatch.setattr(checkpoints, "SPACING", 2)
    monkeypatch.setattr(replay, "FIRST_PAGE", 1)
    assert [seed for seed in range(300, 600) if not agrees(seed)] == []


@pytest.mark.parametrize("flaw", FLAWS)
def test_the_simulation_finds_a_design_that_leaves_out(flaw: str) -> None:
    assert any(not agrees(seed, frozenset({flaw})) for seed in range(400))
