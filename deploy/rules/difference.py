"""What new rules would change: who is who, rows, alerts and figures, replayed over what was sent so far."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.rules.changes import Change, changes, reaches
from deploy.rules.figures import Figures, figures_of
from deploy.rules.retelling import TableDifference, Telling, differences, told
from deploy.rules.sample import Sample, World
from deploy.rules.sections import Reach
from deploy.rules.sources import Source
from deploy.rules.who_moves import Moves, moves
from schemas.rules import Rules

MOST_CUSTOMERS = 1_000
"""Of whom the histories are told under both, by default."""


@dataclass(frozen=True, slots=True)
class Told:
    """`customers`: of so many, before and after; `is_sample`: there are more."""

    customers: tuple[int, int]
    is_sample: bool
    tables: tuple[TableDifference, ...]
    figures: tuple[Figures, Figures]
    alerts: tuple[dict[str, int], dict[str, int]]


@dataclass(frozen=True, slots=True)
class Difference:
    """`moves` where who is who was folded anew, `told` where histories were told anew; None: cannot differ."""

    changes: tuple[Change, ...]
    from_raw: bool
    moves: Moves | None
    told: Told | None


def needs_raw(found: Sequence[Change]) -> bool:
    """Whether another set of events, or other forms of them, may be let in."""
    return Reach.ADMISSION in reaches(list(found))


def difference(source: Source | None, old: Rules, new: Rules, most: int | None = MOST_CUSTOMERS, examples: int = 3) -> Difference:
    """`source` None: only the changes. `most` None: all customers."""
    found = tuple(changes(old, new))
    touched = reaches(list(found)) & {Reach.ADMISSION, Reach.IDENTITY, Reach.ROWS}
    if source is None or not touched:
        return Difference(found, needs_raw(found), None, None)
    rules = (old, new)
    before, after = source.know(rules)
    moved = moves(before, after)
    sample = Sample(most)
    worlds = [World(known, moved.group, sample) for known in (before, after)]
    source.fill(rules, worlds)
    tellings = [told(world.histories(), each) for world, each in zip(worlds, rules, strict=True)]
    customers = len(worlds[0]), len(worlds[1])
    is_about_who = bool(touched - {Reach.ROWS})
    return Difference(found, needs_raw(found), moved if is_about_who else None, _told(tellings, customers, sample, examples))


def _told(tellings: Sequence[Telling], customers: tuple[int, int], sample: Sample, examples: int) -> Told:
    before, after = tellings
    return Told(
        customers,
        sample.left_out,
        tuple(differences(before, after, examples)),
        (figures_of(before.rows), figures_of(after.rows)),
        (dict(before.alerts), dict(after.alerts)),
    )
