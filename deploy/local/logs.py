"""The logs of the parts: their ends, and what is added while one looks on."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

POLL_S: Final = 0.25


def follow(logs: Sequence[tuple[str, Path]], poll_s: float = POLL_S) -> Iterator[tuple[str, str]]:
    """(part, line) for every whole line added from now on; never ends. A log that appears later, or starts anew, is read from its start."""
    positions = {name: path.stat().st_size if path.exists() else 0 for name, path in logs}
    while True:
        for name, path in logs:
            lines, positions[name] = new_lines(path, positions[name])
            yield from ((name, line) for line in lines)
        time.sleep(poll_s)


def new_lines(path: Path, position: int) -> tuple[list[str], int]:
    """The whole lines from the byte `position` on, and the byte after the last of them."""
    try:
        with path.open("rb") as log:
            start = position if position <= path.stat().st_size else 0
            log.seek(start)
            added = log.read()
    except FileNotFoundError:
        return [], 0
    whole = added[: added.rfind(b"\n") + 1]
    return whole.decode("utf-8", "replace").splitlines(), start + len(whole)
