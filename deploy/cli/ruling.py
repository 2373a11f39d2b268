"""Carries out `tracker rules diff` and `apply`: reads, and says what was found and what ops has to do."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from deploy.cli.bar import Steps
from deploy.cli.output import notice, print_json, print_table
from deploy.cli.who_sources import clickhouse
from deploy.rules.applying import Applied
from deploy.rules.changes import changes
from deploy.rules.difference import Difference, difference, needs_raw
from deploy.rules.figures import moved_figures
from deploy.rules.force import InForce, in_force
from deploy.rules.sources import source_of
from deploy.rules.told import document, figure_lines, lines, tokens_of
from deploy.who.sight import Sight, look
from schemas.errors import ServiceUnavailable
from schemas.links import Token
from schemas.rules import Rules
from sinks.errors import QueryRefused
from sinks.settings import SinkSettings
from streams.rules_file import load_rules
from streams.settings import WorkerSettings


def rules_in_force() -> InForce:
    """Says what does not fit."""
    found = in_force(WorkerSettings(), SinkSettings())
    if found.doubt:
        notice(found.doubt)
    return found


def say_where_settings_differ(force: InForce) -> None:
    """After `tracker rules apply` the settings follow by hand; until they do, the generation's own worker and sink keep it going."""
    worker, live = WorkerSettings(), force.generation
    if live is None or (worker.generation == live and load_rules(worker.rules_path).digest == force.rules.digest):
        return
    notice(
        f"the settings of this shell name generation {worker.generation}; the views show generation {live}, rules {force.rules.version}:"
    )
    notice(
        f"  set TRACKER_GENERATION={live} and TRACKER_RULES_PATH to a copy of {force.path or 'the shipped rules'} for every worker and sink"
    )


def show_difference(new: Path, old: Path | None, most: int | None, examples: int, show_personal: bool, as_json: bool) -> None:
    """`old` None: the rules in force. `most`: customers whose histories are told; None: all."""
    rules, force = load_rules(new), rules_in_force()
    found = replayed(load_rules(old) if old else force.rules, rules, force.generation, most, examples)
    told = document(found, _sight(tokens_of(found.moves, examples), show_personal), examples)
    if as_json:
        return print_json(told)
    for line in lines(told):
        print(line)
    return None


def replayed(old: Rules, new: Rules, generation: int | None, most: int | None, examples: int) -> Difference:
    """Reads nothing where the rules are the same."""
    worker, found = WorkerSettings(), changes(old, new)
    if not found:
        return difference(None, old, new)
    with ExitStack() as stack:
        bar, key = stack.enter_context(Steps()), worker.identity_key.get_secret_value().encode()
        source = stack.enter_context(source_of(worker.kafka, generation or worker.generation, key, needs_raw(found), bar.advance))
        return difference(source, old, new, most, examples)


def _sight(tokens: Iterable[Token], show_personal: bool) -> Sight:
    try:
        with clickhouse() as ask:
            return look(ask, tokens, (), show_personal)
    except (ServiceUnavailable, QueryRefused) as away:
        notice(f"without the values of identities: {away.message}")
        return Sight({}, {}, show_personal)


def show_applied(applied: Applied, path: Path, as_json: bool) -> None:
    """Tables, the figures that move, and what to do next."""
    if as_json:
        figures = dict(zip(("before", "after"), applied.figures, strict=True))
        print_json({**asdict(applied), "figures": figures, "is_switched": applied.is_switched})
    else:
        if applied.rebuild.comparison is not None:
            rows = [(t.table, t.live_rows, t.new_rows, t.state) for t in applied.rebuild.comparison.tables]
            print_table(("table", "rows live", "rows new", "verdict"), rows)
        for line in figure_lines(moved_figures(*applied.figures)):
            print(line)
    for line in _next(applied, path):
        notice(line)


def _next(applied: Applied, path: Path) -> Iterable[str]:
    """What ops has to do."""
    new, old = applied.rebuild.generation, applied.rebuild.was
    if not applied.is_switched:
        yield f"the views still show generation {old}; generation {new} is there, its workers and sink are stopped"
        yield f"put in force: tracker rules apply {path} --accept-differences; or give up: tracker rebuild drop --generation {new} --yes"
        return
    yield f"the views show generation {new}, rules {applied.rules_version}. What to do now:"
    yield f"  1. set TRACKER_RULES_PATH={path.absolute()} and TRACKER_GENERATION={new} for every worker and sink, and start them again"
    yield f"  2. tracker rebuild stop --generation {new}     until then its own worker and sink keep it going, in the background"
    yield f"  3. when all is well: tracker rebuild drop --generation {old}; back before that: tracker rebuild switch --generation {old}"
