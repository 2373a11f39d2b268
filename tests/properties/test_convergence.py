"""The simulation of stitching over the real folds: the design holds in every run, and each flaw is found."""

import pytest

from tests.properties.convergence import FLAWS, agrees


def test_every_interleaving_gives_the_rows_that_follow_from_the_set_of_events() -> None:
    assert [seed for seed in range(300) if not agrees(seed)] == []


@pytest.mark.parametrize("flaw", FLAWS)
def test_the_simulation_finds_a_design_that_leaves_out(flaw: str) -> None:
    assert any(not agrees(seed, frozenset({flaw})) for seed in range(400))
