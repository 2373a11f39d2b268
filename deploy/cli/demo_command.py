"""`tracker demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from deploy.cli.output import notice, print_json

Json = Annotated[bool, Parameter(name="--json", show_default=False, help="One JSON document on stdout.")]

Customers = Annotated[int, Parameter(validator=Number(gte=10), help="People in the simulated shop.")]
Days = Annotated[int, Parameter(validator=Number(gte=7), help="Days that they live.")]
Data = Annotated[Path, Parameter(help="Folder with public data sets (Online Retail, The Complete Journey); left out where there is none.")]
DrainTimeout = Annotated[float, Parameter(validator=Number(gt=0), help="Longest wait until all has landed, seconds.")]


def demo(
    *,
    customers: Customers = 1000,
    days: Days = 60,
    seed: Annotated[int, Parameter(help="Another seed is another world.")] = 1,
    data: Data = Path("data"),
    drain_timeout: DrainTimeout = 300.0,
    as_json: Json = False,
) -> None:
    """Start everything, stream in real data and a simulated shop whose truth is known, and show what comes out.

    A second run is quicker and doubles nothing: the same arguments give the same events with the same ids.

    For example:

        tracker demo
        tracker demo --customers 300 --days 30
        tracker demo --data ~/datasets
    """
    from deploy.demo.run import Demo, DemoOptions, show
    from deploy.demo.screens import console
    from deploy.settings import read_local_settings

    options = DemoOptions(customers, days, seed, data, drain_timeout)
    settings = read_local_settings()
    report = Demo(options, settings, notice).run()
    if as_json:
        print_json(report)
    else:
        show(report, console(), settings)
