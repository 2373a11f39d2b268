import pytest

from schemas.errors import ConfigurationError
from sinks.kill_points import NAMES, KillPoints


def deaths_after(at: str, *passed: str) -> int:
    died: list[int] = []
    points = KillPoints(at, lambda: died.append(1))
    for name in passed:
        points.passing(name)  # type: ignore[arg-type]
    return len(died)


@pytest.mark.parametrize("name", NAMES)
def test_it_dies_at_the_named_place_and_nowhere_else(name: str) -> None:
    others = [n for n in NAMES if n != name]
    assert deaths_after(name, *others) == 0
    assert deaths_after(name, name) == 1


def test_it_dies_at_the_nth_time_only() -> None:
    assert deaths_after("after_insert:3", "after_insert", "after_insert") == 0
    assert deaths_after("after_insert:3", *["after_insert"] * 3) == 1


def test_nothing_set_never_dies() -> None:
    assert deaths_after("", *NAMES) == 0


@pytest.mark.parametrize("at", ["nowhere", "after_insert:soon"])
def test_an_unknown_place_is_told_with_the_known_ones(at: str) -> None:
    with pytest.raises(ConfigurationError, match="before_commit"):
        KillPoints(at)
