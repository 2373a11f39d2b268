"""The end of a worker is bounded. What does not let go in time is left as by kill -9: state and position follow from the log alone."""

import asyncio
import faulthandler
import os
import sys
import threading

import structlog

from schemas.health import EXIT_STUCK

log = structlog.get_logger()
LEAVE_WITHIN_S = 25.0
"""Less than the 30 seconds that supervisors leave a program by default."""


def leave_within(seconds: float, loop: asyncio.AbstractEventLoop) -> None:
    """Ends the process so many seconds from now where it is still there, with code 75; says first where it stood."""
    timer = threading.Timer(seconds, _leave, (seconds, loop))
    timer.daemon = True
    timer.start()


def _leave(seconds: float, loop: asyncio.AbstractEventLoop) -> None:
    waiting = sorted({f"{task.get_name()}: {_where(task)}" for task in asyncio.all_tasks(loop)})
    log.critical("stop_hangs", seconds=seconds, exit_code=EXIT_STUCK, waiting=waiting)
    faulthandler.dump_traceback(sys.stderr)
    os._exit(EXIT_STUCK)


def _where(task: "asyncio.Task[object]") -> str:
    frames = task.get_stack(limit=1)
    return f"{frames[-1].f_code.co_qualname}:{frames[-1].f_lineno}" if frames else "not begun"
