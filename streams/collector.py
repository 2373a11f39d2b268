"""Python's collector of cycles, set for a process that decodes all the time."""

import gc

THRESHOLD = 100_000
"""Decoding makes many short-lived objects and few cycles; the default of 700 costs several times the decoding."""


def calm_collector() -> None:
    """What is there now is never looked at again, what comes is looked at seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(THRESHOLD, 50, 50)
