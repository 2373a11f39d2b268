"""`tracker emit` and `tracker import`: events into Kafka from the shell."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from deploy.cli.output import notice, print_json

if TYPE_CHECKING:
    from deploy.importer.tally import Tally

USAGE = 2
Kafka = Annotated[
    str | None, Parameter(name="--kafka", help="host:port of Kafka; otherwise TRACKER_KAFKA_BOOTSTRAP, then the local stack.")
]
DryRun = Annotated[bool, Parameter(name="--dry-run", show_default=False, help="Check everything and send nothing.")]
Json = Annotated[bool, Parameter(name="--json", show_default=False, help="One JSON document on stdout.")]


def emit(
    event_type: str | None = None,
    *fields: str,
    identity: Annotated[list[str] | None, Parameter(name=["--identity", "-i"], negative="")] = None,
    file: Annotated[Path | None, Parameter(name=["--file", "-f"], allow_leading_hyphen=True)] = None,
    source: str | None = None,
    spool_dir: Path | None = None,
    timeout_s: Annotated[float, Parameter(name="--timeout")] = 15.0,
    kafka: Kafka = None,
    dry_run: DryRun = False,
    example: Annotated[bool, Parameter(show_default=False)] = False,
) -> int:
    """Send one event, or those of a file or of stdin (one JSON object a line). Prints the ids; nothing invalid is sent.

    Ids are derived where an event has a business key, so sending the same again doubles nothing.

    For example:

        tracker emit order.placed -i email=jo@example.org order_id=1001 total=19.90 currency=EUR lines=[]
        tracker emit page.viewed -i anonymous=c-77 url=https://shop.example/ occurred_at=2026-03-01T09:30:00Z
        tracker emit --example ticket.opened | tracker emit
        cat events.ndjson | tracker emit --dry-run

    Parameters
    ----------
    event_type
        Such as order.placed (tracker schema list).
    fields
        name=value: fields of the payload, else of the event (occurred_at, channel, context.page, ...); a value that is no text as JSON.
    identity
        kind=value, such as email=jo@example.org; may be given several times.
    file
        Events, one JSON object a line; - is stdin.
    source
        The sending system, for events that name none; otherwise TRACKER_PRODUCER_SOURCE.
    spool_dir
        Folder in which events wait while Kafka is away.
    timeout_s
        Longest wait for Kafka, seconds.
    example
        Print a valid event of that type instead of sending one.
    """
    from deploy.cli import emitting

    if example:
        return emitting.print_example(event_type)
    if event_type is not None:
        documents = iter(emitting.one_document(event_type, fields, identity or []))
    elif file is not None or not sys.stdin.isatty():
        documents = emitting.documents_of(file)
    else:
        notice("error: nothing to send\nremedy: name an event type, or give events by --file or stdin (tracker emit --help)")
        return USAGE
    return emitting.emit_all(documents, emitting.Where(kafka, source, spool_dir, dry_run, timeout_s))


def import_files(
    *files: Path,
    mapping: Annotated[Path | None, Parameter(name=["--mapping", "-m"])] = None,
    source: str | None = None,
    limit: int | None = None,
    refused: Path | None = None,
    follow: Annotated[bool, Parameter(show_default=False)] = False,
    again: Annotated[bool, Parameter(show_default=False)] = False,
    dry_run: DryRun = False,
    state_dir: Path | None = None,
    kafka: Kafka = None,
    as_json: Json = False,
) -> int:
    """Bring in files of another system: NDJSON, CSV (also .gz) or Parquet, by a mapping file; without one, NDJSON of ready events.

    Interrupted, it goes on where Kafka had all of it; repeated, it doubles nothing. Exit code 1 where a row was refused.
    docs/importing.md describes mapping files, deploy/demo/sources has some to start from.

    For example:

        tracker import orders.csv.gz --mapping orders.yaml --dry-run
        tracker import orders.csv.gz --mapping orders.yaml --refused refused.ndjson
        tracker import events.ndjson --follow

    Parameters
    ----------
    files
        One after the other.
    mapping
        How rows become events.
    source
        Instead of the mapping's source; without a mapping, for events that name none.
    limit
        At most so many rows (or groups of rows) of each file.
    refused
        Append refused rows with their reasons to this file. It may hold personal data; otherwise they are only counted.
    follow
        Go on with what is added to the file, until Ctrl-C.
    again
        From the first row, whatever was sent before.
    state_dir
        Folder in which it is noted how far an import came; otherwise TRACKER_IMPORT_STATE_DIR.
    """
    from deploy.cli.importing import Target, import_all
    from deploy.importer.run import ImportOptions

    if not files or (follow and (len(files) > 1 or dry_run)):
        notice("error: name at least one file; exactly one with --follow, and that without --dry-run\nremedy: tracker import --help")
        return USAGE
    options = ImportOptions(source=source, limit=limit, follow=follow, again=again, refused=refused)
    tallies = import_all(files, mapping, options, None if dry_run else Target(kafka, state_dir))
    total = next(iter(tallies.values()))
    for tally in list(tallies.values())[1:]:
        total = total.plus(tally)
    if as_json:
        print_json({"files": {name: tally.summary() for name, tally in tallies.items()}, "total": total.summary()})
    else:
        _show(total, dry_run)
    return 1 if total.refusals else 0


def _show(total: Tally, dry_run: bool) -> None:
    verb = "would be sent" if dry_run else "sent"
    print(f"{total.events.total():,} events {verb} from {total.records:,} records")
    for event_type, count in total.events.most_common():
        print(f"  {count:>10,}  {event_type}")
    if total.skipped:
        print(f"{total.skipped:,} records were sent by an earlier run (--again sends them again; ids are the same, so nothing doubles)")
    if total.left_out:
        print(f"{total.left_out:,} records left out by the mapping's filters")
    for reason, count in total.refusals.most_common():
        print(f"{count:,} refused: {reason} (first in row {total.first_refused_row.get(reason, 0)})")
