"""Commands that hand this very process over to a part, so that signals and exit codes are the part's own."""

from __future__ import annotations

import os
import sys
from typing import Annotated, NoReturn

from cyclopts import Parameter

Passed = Annotated[str, Parameter(show=False, allow_leading_hyphen=True)]


def worker(*arguments: Passed) -> NoReturn:
    """Run one worker in the foreground; Ctrl-C stops it cleanly. Several may run, they share the partitions.

    For example:

        tracker worker
    """
    _become("streams", "worker", *arguments)


def sink(*arguments: Passed) -> NoReturn:
    """Run one sink in the foreground; Ctrl-C stops it cleanly.

    For example:

        tracker sink
    """
    _become("sinks", "consume", *arguments)


def _become(module: str, *arguments: str) -> NoReturn:
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])
