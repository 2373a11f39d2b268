"""The only file of the sink that asks for the time of day: how fresh a row is, is told against the wall clock. Nothing else hangs on it."""

import time


def now_ms() -> float:
    """Milliseconds since 1970, UTC; it may jump."""
    return time.time() * 1000
