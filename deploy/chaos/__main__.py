"""`python -m deploy.chaos [--only NAME ...] [--seed N] [--short] [--list] [--json]`; `python -m deploy.chaos page`."""

import json
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from deploy.chaos.page import write_page
from deploy.chaos.registry import SCENARIOS
from deploy.chaos.results import RESULTS, Result, append
from deploy.chaos.runner import Plan, play_all, play_here, shown
from deploy.cli.output import notice, print_json, print_table

app = App(name="python -m deploy.chaos", help="Break the real parts on purpose and count what is missing, doubled or wrong.")
Names = Annotated[list[str] | None, Parameter(name="--only", consume_multiple=True, show_default=False, help="These scenarios only.")]
Flag = Annotated[bool, Parameter(negative="", show_default=False)]


@app.default
def chaos(
    *,
    only: Names = None,
    seed: Annotated[int, Parameter(help="Decides when and whom each fault hits; printed with each result.")] = 1,
    short: Annotated[Flag, Parameter(help="The forms of seconds.")] = False,
    as_list: Annotated[Flag, Parameter(name="--list", help="Name the scenarios and run none.")] = False,
    as_json: Annotated[Flag, Parameter(name="--json", help="One JSON document on stdout.")] = False,
    results: Annotated[
        Path, Parameter(help="File to which the results are added; docs/reliability.md is made from the default one.")
    ] = RESULTS,
) -> int:
    """Run all scenarios, about 65 minutes on two free cores, or some. 0: all passed, 1: one did not, its folder is kept and named.

    For example:

        python -m deploy.chaos --list
        python -m deploy.chaos --short
        python -m deploy.chaos --only worker_kills rebuild --seed 7
    """
    if as_list:
        return _list(as_json)
    names = only or list(SCENARIOS)
    if unknown := sorted(set(names) - set(SCENARIOS)):
        notice(f"error: no scenario {', '.join(unknown)}\nremedy: one of {', '.join(SCENARIOS)}")
        return 2
    plan = Plan(Path(tempfile.mkdtemp(prefix="tracker-chaos-")), seed, short)
    found: list[Result] = []
    with shown(len(names)) as (tell, done):
        for result in play_all(names, plan, tell):
            append([result], results)
            done(result)
            found.append(result)
    with suppress(OSError):  # what did not pass keeps its folder
        plan.folder.rmdir()
    if results == RESULTS:
        write_page()
    return _tell(found, plan, as_json)


@app.command
def page() -> None:
    """Make docs/reliability.md from docs/reliability.json."""
    write_page()


@app.command(show=False)
def one(name: str, /, *, seed: int, folder: Path, short: Annotated[Flag, Parameter()] = False) -> None:
    """Run one scenario in this process; counts and problems as JSON on stdout, talk on stderr."""
    print(json.dumps(play_here(name, Plan(folder, seed, short), notice)))


def _list(as_json: bool) -> int:
    rows = [(s.name, s.fault, s.must_show, s.minutes) for s in SCENARIOS.values()]
    if as_json:
        print_json([dict(zip(("name", "fault", "must_show", "minutes"), row, strict=True)) for row in rows])
    else:
        print_table(("scenario", "fault", "must show", "minutes"), rows)
    return 0


def _tell(found: list[Result], plan: Plan, as_json: bool) -> int:
    failed = [result for result in found if not result.has_passed]
    if as_json:
        print_json([asdict(result) for result in found])
    else:
        print_table(("scenario", "state", "seconds", "counted"), [_row(result) for result in found])
    for result in failed:
        for problem in result.problems:
            notice(f"error: {result.scenario}: {problem}")
        notice(f"remedy: look into {plan.folder / result.scenario}; again: {result.command}")
    return 1 if failed else 0


def _row(result: Result) -> tuple[object, ...]:
    counts = ", ".join(f"{name} {value}" for name, value in result.counts.items())
    return result.scenario, "ok" if result.has_passed else "failed", result.seconds, counts


if __name__ == "__main__":
    sys.exit(app())
