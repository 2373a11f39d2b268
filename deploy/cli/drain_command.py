"""`tracker drain`."""

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from deploy.cli.output import notice, print_json

Timeout = Annotated[float, Parameter(validator=Number(gt=0), help="Longest wait, seconds.")]
Json = Annotated[bool, Parameter(name="--json", show_default=False, help="One JSON document on stdout.")]


def drain(*, timeout: Timeout = 300.0, as_json: Json = False) -> int:
    """Wait until every event sent so far is in ClickHouse or a dead letter; exit 1 if the time is up before.

    For example:

        tracker drain
        tracker drain --timeout 60 --json
    """
    from deploy.drain import drain as wait
    from streams.settings import WorkerSettings

    settings = WorkerSettings()
    report = wait(timeout, settings.kafka, settings.generation, notify=notice)
    if as_json:
        print_json({"drained": report.is_drained, "seconds": round(report.seconds, 3), "waiting": report.waiting})
    else:
        print(f"{report}, {report.seconds:.1f} s")
    return 0 if report.is_drained else 1
