"""`tracker doctor`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from deploy.cli.output import notice, print_json, print_table

Flag = Annotated[bool, Parameter(show_default=False)]


def doctor(*, roundtrip: Flag = False, as_json: Annotated[bool, Parameter(name="--json", show_default=False)] = False) -> int:
    """Check this machine, the ports and the parts; say for each finding what to do. Exit code 1 on a finding.

    For example:

        tracker doctor
        tracker doctor --roundtrip
        tracker doctor --json

    Parameters
    ----------
    roundtrip
        Send one real event as well and read it back by SQL.
    as_json
        One JSON document on stdout.
    """
    from deploy.local.checks import Verdict
    from deploy.local.doctor import examine
    from deploy.settings import read_local_settings
    from streams.clock import SYSTEM_CLOCK

    checks = list(examine(read_local_settings(), SYSTEM_CLOCK.now().timestamp(), roundtrip))
    if as_json:
        print_json({"checks": checks})
    else:
        print_table(("check", "verdict", "found", "wanted"), [(check.name, check.verdict, check.found, check.wanted) for check in checks])
        for check in checks:
            if check.fix:
                notice(f"{check.name}: {check.fix}")
    return int(any(check.verdict is Verdict.FAILED for check in checks))
