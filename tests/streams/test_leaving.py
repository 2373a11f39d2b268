"""A stop that hangs is bounded, and tells what it waited for."""

import subprocess
import sys

from schemas.health import EXIT_STUCK

HANGS = """
import asyncio
from streams.leaving import leave_within

async def never_lets_go():
    leave_within(0.1, asyncio.get_running_loop())
    await asyncio.Event().wait()

asyncio.run(never_lets_go())
"""


def test_a_stop_that_hangs_ends_all_the_same_and_says_where() -> None:
    ended = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == EXIT_STUCK
    assert "stop_hangs" in ended.stdout + ended.stderr
    assert "never_lets_go" in ended.stdout + ended.stderr
