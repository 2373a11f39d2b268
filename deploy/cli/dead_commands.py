"""`tracker dead`: what could not be accepted, and what to do about it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from deploy.cli.bar import Bar
from deploy.cli.output import notice, print_json, print_table

State = Literal["dead", "replayed", "discarded", "all"]
Reason = Annotated[str | None, Parameter(show_default=False, help="Only this reason, as `tracker dead list` shows it.")]
Since = Annotated[datetime | None, Parameter(show_default=False, help="Only what Kafka got since then (ISO 8601; UTC where no zone).")]
Source = Annotated[str | None, Parameter(show_default=False, help="Only of this source.")]
Type = Annotated[str | None, Parameter(name="--type", show_default=False, help="Only of this event type.")]
Place = Annotated[list[str] | None, Parameter(name="--at", show_default=False, help="Only this PARTITION:OFFSET; may be repeated.")]
Generation = Annotated[int | None, Parameter(validator=Number(gte=1), show_default=False, help="Default: TRACKER_GENERATION, else 1.")]
Yes = Annotated[bool, Parameter(name="--yes", show_default=False, help="Do it; otherwise only say what would be done.")]
DryRun = Annotated[bool, Parameter(name="--dry-run", show_default=False, help="Say what would be done and change nothing.")]
Json = Annotated[bool, Parameter(name="--json", show_default=False, help="One JSON document on stdout.")]

ABOUT = """What could not be accepted: list, show, replay, discard; accept lets a stopped partition go on.

For example:

    tracker dead list
    tracker dead show 3:1287
    tracker dead replay --reason invalid_field --source shop-eu --patch fix.json --dry-run"""

app = App(name="dead", help=ABOUT, help_format="plaintext")


@app.command(name="list")
def list_letters(
    *,
    reason: Reason = None,
    since: Since = None,
    source: Source = None,
    type_: Type = None,
    state: State = "dead",
    each: Annotated[bool, Parameter(show_default=False, help="One line for each letter instead of groups.")] = False,
    limit: Annotated[int, Parameter(validator=Number(gte=1), help="Lines at most.")] = 50,
    generation: Generation = None,
    as_json: Json = False,
) -> None:
    """List dead letters, those alike together: what is at fault, where it comes from, since when.

    For example:

        tracker dead list
        tracker dead list --reason missing_field --each
        tracker dead list --state all --json
    """
    from deploy.cli.deciding import letters_of, wanted

    asked = wanted(reason, since, source, type_, None if state == "all" else state)
    with letters_of(generation) as letters:
        if each:
            names: tuple[str, ...] = ("at", "state", "reason", "field", "source", "type", "tries", "last try", "detail")
            columns = ("state", "reason", "field", "source", "event_type", "tries", "last_try_at", "detail")
            lines = [(letter.place, *(letter.columns[c] for c in columns)) for letter in letters.read(asked, limit)]
        else:
            names = ("state", "reason", "field", "source", "type", "letters", "first", "last")
            lines = [tuple(group) for group in letters.groups(asked)]
        if as_json:
            return print_json({"letters": [dict(zip(names, line, strict=True)) for line in lines], "states": letters.counts(asked)})
    print_table(names, lines[:limit])
    if len(lines) > limit:
        notice(f"{limit} of {len(lines)} lines; --limit shows more")
    return None


@app.command
def show(
    place: Annotated[str, Parameter(help="PARTITION:OFFSET, as in the list.")],
    /,
    *,
    raw: Annotated[bool, Parameter(show_default=False, help="The bytes too, as they came: they may name people.")] = False,
    generation: Generation = None,
    as_json: Json = False,
) -> int:
    """Show one letter with its reason, its remedy and its tries; what may name a person is masked unless --raw.

    For example:

        tracker dead show 3:1287
        tracker dead show 3:1287 --raw
    """
    from deploy.cli.deciding import letters_of, wanted
    from deploy.dead.showing import document

    with letters_of(generation) as letters:
        found = list(letters.read(wanted(state=None, at=[place]), with_raw=True))
    if not found:
        notice(f"error: there is no dead letter at {place}\nremedy: tracker dead list --each")
        return 1
    told = document(found[0], raw)
    if as_json:
        print_json(told)
    else:
        print_table(("", place), list(told.items()))
    return 0


@app.command
def replay(
    *,
    reason: Reason = None,
    since: Since = None,
    source: Source = None,
    type_: Type = None,
    at: Place = None,
    patch: Annotated[Path | None, Parameter(show_default=False, help="JSON Patch or merge patch for each event.")] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    timeout: Annotated[float, Parameter(validator=Number(gt=0), help="Longest wait for what becomes of them, seconds.")] = 60.0,
    generation: Generation = None,
    as_json: Json = False,
) -> int:
    """Send dead letters to touchpoints.raw again, patched if asked. Safe to repeat: an event's id stays, so it is stored once.

    For example:

        tracker dead replay --reason unknown_event_type --since 2026-03-01 --dry-run
        tracker dead replay --at 3:1287 --patch fix.json --yes
    """
    from deploy.cli.deciding import aftermath, attempts_of, foretell, letters_of, sender_of, unless, wanted
    from deploy.dead.letters import Wanted

    asked = wanted(reason, since, source, type_, at=at or ())
    with letters_of(generation) as letters:
        attempts = attempts_of(letters, asked, patch)
        if dry_run or not yes:
            foretell(attempts, as_json)
            return unless(dry_run, "tracker dead replay")
        before, count = letters.counts(Wanted(state=None)), letters.counts(asked)["dead"]
        with Bar("sending", as_json) as bar, sender_of(generation) as sender:
            sent = sender.replay(attempts, lambda n: bar.tell(n, count))
        return aftermath(letters, before, sent, timeout, generation, as_json)


@app.command
def discard(
    *,
    reason: Reason = None,
    since: Since = None,
    source: Source = None,
    type_: Type = None,
    at: Place = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    timeout: Annotated[float, Parameter(validator=Number(gt=0), help="Longest wait for the new states, seconds.")] = 60.0,
    generation: Generation = None,
    as_json: Json = False,
) -> int:
    """Say that letters are not needed. Their records stay in touchpoints.raw; their rows keep the reason, no longer the bytes.

    For example:

        tracker dead discard --source loadtest --dry-run
        tracker dead discard --at 3:1287 --yes
    """
    from deploy.cli.deciding import aftermath, letters_of, sender_of, unless, wanted
    from deploy.dead.letters import Wanted

    asked = wanted(reason, since, source, type_, at=at or ())
    with letters_of(generation) as letters:
        before, count = letters.counts(Wanted(state=None)), letters.counts(asked)["dead"]
        if dry_run or not yes:
            print_json({"letters": count}) if as_json else print(f"{count:,} letters would be discarded")
            return unless(dry_run, "tracker dead discard")
        with Bar("discarding", as_json) as bar, sender_of(generation) as sender:
            sent = sender.discard(letters.read(asked), lambda n: bar.tell(n, count))
        return aftermath(letters, before, sent, timeout, generation, as_json)


@app.command
def accept(
    *,
    partition: Annotated[int, Parameter(validator=Number(gte=0), help="Of touchpoints.raw.")],
    until: Annotated[int | None, Parameter(show_default=False, help="Offset; default: the end of the partition as it is now.")] = None,
    generation: Generation = None,
    as_json: Json = False,
) -> None:
    """Let a partition go on that stopped because too much was rejected: what is rejected up to now becomes dead letters.

    For example:

        tracker dead accept --partition 3
    """
    from deploy.dead.accepting import accept as tell
    from streams.settings import WorkerSettings

    settings = WorkerSettings()
    offset = tell(settings.kafka, generation or settings.generation, partition, until)
    if as_json:
        return print_json({"partition": partition, "until": offset})
    print(f"partition {partition} goes on: below offset {offset:,} rejects stop it no more")
    return None
