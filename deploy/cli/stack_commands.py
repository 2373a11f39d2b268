"""`tracker up`, `down`, `status`, `reset`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter, Token

from deploy.cli.output import notice, print_json, print_table

if TYPE_CHECKING:
    from deploy.local.stack import StageResult
    from deploy.settings import LocalSettings

USAGE = 2
Json = Annotated[bool, Parameter(name="--json", show_default=False, help="One JSON document on stdout.")]


def _stages(type_: object, tokens: Sequence[Token]) -> tuple[str, ...]:
    from deploy.local.stages import Stage

    names = tuple(name.strip() for token in tokens for name in token.value.split(",") if name.strip())
    if unknown := [name for name in names if name not in list(Stage)]:
        raise ValueError(f"no such part: {', '.join(unknown)}; there are {', '.join(Stage)}")
    return names


Only = Annotated[
    tuple[str, ...], Parameter(name="--only", converter=_stages, n_tokens=1, show_default=False, help="Only these, separated by commas.")
]


def up(*, only: Only = (), as_json: Json = False) -> None:
    """Start Kafka, ClickHouse, topics, tables, worker and sink; end by sending one real event and reading it back by SQL.

    What is up already stays as it is; a part that was killed is started again. Nothing needs a container engine.

    For example:

        tracker up
        tracker up --only kafka,clickhouse
        TRACKER_LOCAL_KAFKA_PORT=19092 tracker up
    """
    from deploy.local.stack import up as bring_up
    from deploy.local.stages import Stage
    from deploy.settings import read_local_settings

    chosen = tuple(Stage(name) for name in only) or tuple(Stage)
    settings = read_local_settings()
    results = bring_up(settings, chosen, notice, (lambda result: None) if as_json else _show)
    if as_json:
        print_json({"already_up": all(result.already for result in results), "stages": results})
    elif all(result.already for result in results):
        notice("everything was up already; nothing was done")
    elif Stage.ROUNDTRIP in chosen:
        _say_what_next(settings)


def down(*, only: Only = (), as_json: Json = False) -> None:
    """Stop the parts in reverse order, cleanly where they let us. What is stored stays.

    For example:

        tracker down
        tracker down --only worker,sink
    """
    from deploy.local.stack import down as take_down
    from deploy.local.stages import Stage
    from deploy.settings import read_local_settings

    stopped = take_down(read_local_settings(), tuple(Stage(name) for name in only) or tuple(Stage), notice)
    if as_json:
        print_json({"stopped": stopped})
    else:
        print(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")


def status(*, as_json: Json = False) -> int:
    """Show each part: state, pid, port, resident memory (MiB), uptime (s). Exit code 1 where one died or does not answer.

    That a part runs does not say that it makes progress: `tracker health` tells that.

    For example:

        tracker status
        tracker status --json
    """
    from deploy.local.parts import State
    from deploy.local.stack import status as statuses
    from deploy.settings import read_local_settings
    from streams.clock import SYSTEM_CLOCK

    found = statuses(read_local_settings(), SYSTEM_CLOCK.now().timestamp())
    if as_json:
        print_json({"parts": found})
    else:
        columns = ("part", "state", "pid", "port", "resident_mib", "uptime_s")
        print_table(columns, [(part.name, part.state, part.pid, part.port, part.resident_mib, part.uptime_s) for part in found])
        notice("`tracker health` tells whether worker and sink make progress")
    return int(any(part.state in (State.DIED, State.NOT_READY) for part in found))


def reset(
    *,
    yes: Annotated[bool, Parameter(show_default=False, help="Do it; without it only the plan is shown.")] = False,
    jars: Annotated[bool, Parameter(show_default=False, help="Delete Kafka's downloaded jars too.")] = False,
) -> int:
    """Stop everything and delete all events, tables, states and logs of the local stack.

    For example:

        tracker reset
        tracker reset --yes
        tracker reset --yes --jars
    """
    from deploy.local.stack import doomed
    from deploy.local.stack import reset as delete
    from deploy.settings import read_local_settings

    settings = read_local_settings()
    plan = doomed(settings, jars)
    for path in plan:
        notice(f"{'deletes' if yes else 'would delete'} {path}")
    if plan and not yes:
        notice("nothing was deleted; say so with: tracker reset --yes")
        return USAGE
    delete(settings, jars, notice)
    print("deleted" if plan else "there was nothing to delete")
    return 0


def _say_what_next(settings: LocalSettings) -> None:
    """Three commands to go on with; and, where the ports are not the usual ones, what tells every other program of it."""
    from deploy.local.stages import client_environment
    from deploy.roundtrip import NEXT
    from deploy.settings import LocalSettings

    usual = client_environment(LocalSettings.model_construct())
    for name, value in client_environment(settings).items():
        if value != usual[name]:
            notice(f"for all other commands and programs: export {name}={value}")
    notice("next:")
    for command in (*NEXT, "tracker down             stop; what is stored stays"):
        notice(f"  {command}")


def _show(result: StageResult) -> None:
    taken = "already up" if result.already else f"{result.seconds:.1f} s"
    print(f"  {result.stage:<11} {result.outcome:<36} {taken}", flush=True)
