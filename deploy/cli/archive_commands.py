"""`tracker archive` and `tracker restore`: the log of raw in Parquet files, checked, and sent back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from deploy.cli.output import notice, print_json, print_table

ABOUT = """Write touchpoints.raw, the event store, to Parquet files with a manifest and checksums; verify them.

Files hold everything that producers sent, personal data included: keep them as you keep the log.

For example:

    tracker archive --to /backup/tracker
    tracker archive --to /backup/tracker --follow
    tracker archive verify /backup/tracker
    tracker restore /backup/tracker"""

Json = Annotated[bool, Parameter(name="--json", show_default=False, help="One JSON document on stdout.")]

app = App(name="archive", help=ABOUT, help_format="plaintext")


@app.default
def archive(
    *,
    to: Annotated[Path, Parameter(help="Folder; a later call goes on in it.")] = Path(".tracker/archive"),
    follow: Annotated[bool, Parameter(show_default=False, help="Go on until Ctrl-C.")] = False,
    every: Annotated[float, Parameter(validator=Number(gt=0), help="With --follow: between two looks, seconds.")] = 60.0,
    as_json: Json = False,
) -> None:
    """Archive what came since the last time, up to now."""
    from deploy.archive.run import archive_once, following

    if follow:
        return following(to, every, notice)
    report = archive_once(to)
    if as_json:
        return print_json(report)
    for partition, first in report.first_offsets.items():
        notice(f"partition {partition} was archived from offset {first} on: the log did not have what was below")
    print(f"{report.records:,} records in {report.files} new files, {report.bytes / 2**20:.1f} MiB, in {report.folder}")
    return None


@app.command
def verify(folder: Path, /, *, as_json: Json = False) -> int:
    """Read every file of an archive again: checksums, counts, hashes, gaps. Exit code 1 where anything is not as it was written.

    For example:

        tracker archive verify /backup/tracker
    """
    from deploy.archive.run import verify_all

    report = verify_all(folder)
    if as_json:
        print_json(report)
    else:
        print_table(("partition", "first offset", "last offset"), [(p, first, last) for p, (first, last) in report.partitions.items()])
        print(f"{report.records:,} records in {report.files} files: {'damaged' if report.problems else 'all as it was written'}")
    for problem in report.problems:
        notice(f"error: {problem}")
    if report.problems:
        notice("remedy: bring these files back from a copy; where the log still has their offsets, archive into a new folder")
    return 1 if report.problems else 0


def restore(folder: Path, /, *, as_json: Json = False) -> int:
    """Send the records of an archive to touchpoints.raw, each with the time at which it was first received, and prove that all are there.

    What is there already is not sent again, so it may be repeated. Make the topics first, and start workers before or after, as you like.

    For example:

        tracker restore /backup/tracker
    """
    from deploy.archive.run import restore_all

    report = restore_all(folder)
    proven = all(partition.is_proven for partition in report)
    if as_json:
        print_json({"proven": proven, "partitions": report})
    else:
        columns = ("partition", "archived", "there before", "sent", "hash", "proven")
        print_table(columns, [(r.partition, r.archived, r.there_before, r.sent, r.hash, "yes" if r.is_proven else "NO") for r in report])
        print(f"{sum(r.archived for r in report):,} records: {'all are in the log' if proven else 'not all are in the log'}")
    if not proven:
        notice("remedy: call it again; what is missing is sent")
    return 0 if proven else 1
