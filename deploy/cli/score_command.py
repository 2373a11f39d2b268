"""`tracker score`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from deploy.cli.output import console, notice, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from deploy.demo.world import SimulatedEvent

People = Annotated[int, Parameter(validator=Number(gte=10), help="People in the simulated world.")]
Days = Annotated[int, Parameter(validator=Number(gte=7), help="Days that they live.")]
Seed = Annotated[int, Parameter(help="Another seed is another world.")]
Unaided = Annotated[
    bool,
    Parameter(name="--unaided", show_default=False, help="Nobody has to have an account, and the service desk tells nothing: harder."),
]
Live = Annotated[
    bool, Parameter(name="--live", negative="--in-process", help="Through the running line, or by the rules alone in this process.")
]
Timeout = Annotated[float, Parameter(validator=Number(gt=0), help="With --live: longest wait until all has landed, seconds.")]
Json = Annotated[bool, Parameter(name="--json", show_default=False, help="One JSON document on stdout.")]


def score(
    *,
    people: People = 1000,
    days: Days = 60,
    seed: Seed = 1,
    unaided: Unaided = False,
    live: Live = False,
    timeout: Timeout = 600.0,
    as_json: Json = False,
) -> int:
    """Measure who is who against a known truth: simulate people, stitch their events, judge every pair. Exit 1 where the goal is missed.

    The people: 10 % in households on one tablet, 3 % in offices, 5 % with a number that had an owner before, 20 % with a third device that
    never logs in, 2 % behind relay addresses, 5 % with a mistyped address, 5 % who only call. docs/score.md has the figures.

    For example:

        tracker score
        tracker score --people 300 --seed 7 --json
        tracker score --live
    """
    from deploy.demo.shop import simulate
    from deploy.score.board import World, board, document
    from deploy.score.screens import show

    events = list(simulate(people, days, seed, aided=not unaided))
    found = _customers(events, live, timeout)
    judged = board(found, events, World(people, days, seed, not unaided, len(events)), "live" if live else "in-process")
    if as_json:
        print_json(document(judged))
    else:
        show(judged, console())
    return 0 if judged.meets_the_goal else 1


def _customers(events: Sequence[SimulatedEvent], live: bool, timeout_s: float) -> Mapping[str, str]:
    """By event id; live ones are compared with those of the rules alone."""
    from deploy.score.in_process import InProcess
    from streams.rules_file import load_rules
    from streams.settings import WorkerSettings

    settings = WorkerSettings()
    alone = InProcess(load_rules(settings.rules_path), settings.identity_key.get_secret_value().encode())
    alone.take(event.document for event in events)
    if not live:
        return alone.customers()
    from deploy.score.live import differing, live_customers
    from sinks.settings import SinkSettings

    found = live_customers(events, settings.kafka, SinkSettings().clickhouse, settings.generation, timeout_s, notice)
    notice(f"{differing(found, alone.customers()):,} of {len(found):,} events are elsewhere than by the rules alone")
    return found
