"""`tracker drain`."""

from typing import Annotated

from cyclopts import Parameter

from deploy.cli.output import notice, print_json


def drain(*, timeout: Annotated[float, Parameter(help="longest wait, seconds")] = 300.0, json: bool = False) -> int:
    """Wait until every event sent so far is in ClickHouse or a dead letter; exit 1 if the time is up before.

    For example:

        tracker drain
        tracker drain --timeout 60 --json
    """
    from deploy.drain import drain as wait
    from streams.settings import WorkerSettings

    settings = WorkerSettings()
    report = wait(timeout, settings.kafka, settings.generation, notify=notice)
    if json:
        print_json({"drained": report.is_drained, "seconds": round(report.seconds, 3), "waiting": report.waiting})
    else:
        print(f"{report}, {report.seconds:.1f} s")
    return 0 if report.is_drained else 1
