"""docs/reliability.md out of the results file: a row a fault, with what was counted and how to see it again."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from deploy.chaos.registry import SCENARIOS
from deploy.chaos.results import RESULTS, Result, latest, load
from deploy.chaos.scenario import Scenario

PAGE = RESULTS.with_suffix(".md")
UNITS = {"_s": "s", "_mib": "MiB"}
HEAD = """# Reliability

Made by `python -m deploy.chaos page` from `docs/reliability.json`; do not edit. Each row is a run of `make chaos` on the real Kafka and
ClickHouse, with a driver that knows every event id that it sent. What it counts, after all has landed:

* **missing**: event ids that the driver sent and that `touchpoints` does not have; **doubled**: rows of it that have one event id;
* **wrong journeys**: journeys that are missing, too many, or differ in any content column from an undisturbed run of the same events;
* **unaccounted**: offsets of `touchpoints.raw` in no range of the ledger; **rows refused**: what ClickHouse did not take;
* **tables that differ** from the undisturbed run, by the hash over all content columns of all live rows.

Seeds decide when and whom a fault hits; moments also hang on the machine's speed. A short form (seconds) shows that the way is right, not
that it holds for long. How it is built: [operating.md](operating.md#breaking-it-on-purpose), [decision 12](decisions/0012-chaos.md).
"""


def page(results: Sequence[Result]) -> str:
    return "\n".join([HEAD, *_overview(results), "", *_details(results)]) + "\n"


def write_page(file: Path = PAGE) -> None:
    file.write_text(page(load()), "utf-8")


def _overview(results: Sequence[Result]) -> Iterator[str]:
    yield "| fault | must show | shown | passed |"
    yield "|---|---|---|---|"
    for scenario in SCENARIOS.values():
        result = latest(results, scenario.name)
        shown, passed = (_figures(result), _passed(result)) if result else ("not run yet", "-")
        yield f"| {scenario.fault} | {scenario.must_show} | {shown} | {passed} |"


def _figures(result: Result) -> str:
    return ", ".join(_figure(name, value) for name, value in result.counts.items())


def _figure(name: str, value: object) -> str:
    """The unit stands at the end of a count's name, and behind its figure here."""
    for ending, unit in UNITS.items():
        if name.endswith(ending):
            return f"{name.removesuffix(ending).replace('_', ' ')} {_number(value)} {unit}"
    return f"{name.replace('_', ' ')} {_number(value)}"


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _passed(result: Result) -> str:
    words = "yes" if result.has_passed else "**no**"
    return words if result.form == "full" else f"{words}, short form"


def _details(results: Sequence[Result]) -> Iterator[str]:
    yield "## Each run"
    yield ""
    yield "| scenario | command | commit | ended at (UTC) | took |"
    yield "|---|---|---|---|---|"
    found = [(scenario, latest(results, scenario.name)) for scenario in SCENARIOS.values()]
    yield from (_run(scenario, result) for scenario, result in found if result)
    for scenario, result in found:
        if result and result.problems:
            yield ""
            yield f"`{scenario.name}` did not pass: " + "; ".join(problem.partition("\n")[0][:400] for problem in result.problems)


def _run(scenario: Scenario[object], result: Result) -> str:
    return f"| `{scenario.name}` | `{result.command}` | {result.commit} | {result.at} | {result.seconds:,.0f} s |"
