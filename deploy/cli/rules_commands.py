"""`tracker rules`: show those in force, check a file, see what new ones would change, put them in force."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from deploy.cli.output import notice, print_json, print_table

ABOUT = """Show the rules in force, check a rules.yaml, see what new rules would change before they do, and put them in force.

For example:

    tracker rules show
    tracker rules check new-rules.yaml
    tracker rules diff new-rules.yaml
    tracker rules apply new-rules.yaml --accept-differences"""

Json = Annotated[bool, Parameter(name="--json", show_default=False, help="One JSON document on stdout.")]
Personal = Annotated[bool, Parameter(name="--show-personal", show_default=False, help="Do not mask what may name a person.")]
Workers = Annotated[int, Parameter(validator=Number(gte=1), help="Workers of the new generation's own.")]
EXAMPLES = 3

app = App(name="rules", help=ABOUT, help_format="plaintext")


@app.command
def show(*, as_json: Json = False) -> None:
    """Print which rules are in force: version, digest, generation, and where they differ from the shipped ones.

    For example:

        tracker rules show
        tracker rules show --json
    """
    from deploy.cli.ruling import rules_in_force, say_where_settings_differ
    from deploy.rules.changes import changes
    from streams.rules_file import load_rules

    force = rules_in_force()
    say_where_settings_differ(force)
    differing = changes(load_rules(), force.rules)
    where = str(force.path) if force.path else "the shipped rules.yaml"
    if as_json:
        figures = {"version": force.rules.version, "digest": force.rules.digest, "generation": force.generation, "file": where}
        return print_json({**figures, "versions_on_rows": force.stamped, "differs_from_shipped": differing})
    print(f"version {force.rules.version}, digest {force.rules.digest}, generation {force.generation or 'none'}, {where}")
    for change in differing:
        print(f"{change.field}: shipped {change.was or '(nothing)'}, here {change.becomes or '(nothing)'}")
    return None


@app.command
def check(file: Path | None = None, /, *, as_json: Json = False) -> int:
    """Validate a rules.yaml and explain it: what each section does, what differs from the shipped rules, what looks odd.

    FILE is by default that of TRACKER_RULES_PATH, else the shipped one. Exit code 1 where it cannot be used; what is only odd is code 0.

    For example:

        tracker rules check
        tracker rules check new-rules.yaml --json
    """
    from deploy.cli.ruling import rules_in_force
    from deploy.rules.explaining import explained, text_at
    from deploy.rules.faults import REMEDY, faults_in
    from streams.settings import WorkerSettings

    path = file or WorkerSettings().rules_path
    text = text_at(path)
    if faults := faults_in(text):
        if as_json:
            print_json({"valid": False, "faults": faults})
        for fault in () if as_json else faults:
            print(f"line {fault.line}, {fault.field or 'the whole'}: {fault.message}")
        notice(f"remedy: {REMEDY}")
        return 1
    found = explained(text, rules_in_force() if file else None)
    if as_json:
        print_json({"valid": True, **found})
        return 0
    print(f"version {found['version']}, digest {found['digest']}: valid")
    print_table(("section", "what it does"), found["sections"].items())
    for change in found["differs_from_shipped"]:
        print(f"{change.field}: shipped {change.was or '(nothing)'}, here {change.becomes or '(nothing)'}")
    for warning in found["warnings"]:
        print(f"warning: {warning['field']}: {warning['message']}")
    return 0


@app.command
def diff(
    new: Path,
    /,
    *,
    old: Annotated[Path | None, Parameter(show_default=False, help="Compare with these instead of the rules in force.")] = None,
    examples: Annotated[int, Parameter(validator=Number(gte=0), help="Examples of each kind.")] = EXAMPLES,
    sample: Annotated[int, Parameter(validator=Number(gte=1), help="Customers whose histories are told under both.")] = 1_000,
    every: Annotated[bool, Parameter(name="--all", show_default=False, help="All customers; they must fit into memory.")] = False,
    build: Annotated[
        bool, Parameter(show_default=False, help="Build a generation under the new rules and compare its exact figures.")
    ] = False,
    workers: Workers = 1,
    show_personal: Personal = False,
    as_json: Json = False,
) -> None:
    """Replay what was sent so far under the rules in force and under NEW, and say what differs. Nothing is changed.

    Who is who is folded from the whole log of links; rows and figures are told for a sample of customers. Where junk, strengths, drops,
    bots or limits differ all of raw is read instead. With --build a generation is built, compared and left as it is: `apply` goes on
    from there.

    For example:

        tracker rules diff new-rules.yaml
        tracker rules diff new-rules.yaml --all --examples 10 --json
        tracker rules diff new-rules.yaml --build
    """
    from deploy.cli.ruling import show_applied, show_difference

    if build and old:
        raise _either()
    if not build:
        show_difference(new, old, None if every else sample, examples, show_personal, as_json)
        return
    from deploy.rules.applying import apply as carry_out

    show_applied(carry_out(new, False, False, workers, notice), new, as_json)


def _either() -> Exception:
    from schemas.errors import SettingInvalid

    return SettingInvalid("--build compares with the generation that is live", setting="--old", remedy="leave out --old, or --build")


@app.command
def apply(
    new: Path,
    /,
    *,
    accept_differences: Annotated[bool, Parameter(show_default=False, help="Switch the views although rows differ.")] = False,
    workers: Workers = 1,
    as_json: Json = False,
) -> int:
    """Build a generation under NEW beside the live one, compare both, and switch the views; everything else goes on meanwhile.

    Without --accept-differences the views stay where they are if any row differs, and the figures that move are shown; the same command
    with it goes on from there. The version in NEW must be greater than that of the rules in force. The old generation is kept.

    For example:

        tracker rules apply new-rules.yaml
        tracker rules apply new-rules.yaml --accept-differences
    """
    from deploy.cli.ruling import show_applied
    from deploy.rules.applying import apply as carry_out

    applied = carry_out(new, True, accept_differences, workers, notice)
    show_applied(applied, new, as_json)
    return 0 if applied.is_switched else 1
