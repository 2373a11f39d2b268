"""`tracker logs`."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

PartName = Literal["kafka", "clickhouse", "worker", "sink"]


def logs(
    *parts: Annotated[PartName, Parameter(help="Only these; all where none is named.")],
    follow: Annotated[
        bool, Parameter(name=["--follow", "-f"], show_default=False, help="Go on and show what is added, until Ctrl-C.")
    ] = False,
    lines: Annotated[int, Parameter(name=["--lines", "-n"], help="Lines from the end of each log.")] = 20,
) -> None:
    """Show the ends of the logs, each line with its part.

    For example:

        tracker logs
        tracker logs kafka -n 100
        tracker logs worker sink -f
    """
    from deploy.local.logs import follow as added_lines
    from deploy.local.stages import parts_of
    from deploy.settings import read_local_settings

    shown = [part for stage, part in parts_of(read_local_settings()).items() if not parts or stage.value in parts]
    for part in shown:
        for line in part.daemon.last_lines(lines):
            print(f"{part.name:<10} | {line}")
    if follow:
        for name, line in added_lines([(part.name, part.daemon.log_file) for part in shown]):
            print(f"{name:<10} | {line}", flush=True)
