"""Named places at which a test lets the sink die as if by kill -9; nothing but tests sets them."""

import os
from collections.abc import Callable
from typing import Final, Literal, get_args

from schemas.errors import ConfigurationError

KillPoint = Literal["before_insert", "between_tables", "after_insert", "before_commit"]
NAMES: Final[tuple[KillPoint, ...]] = get_args(KillPoint)
KILLED: Final = 137


def _die() -> None:
    os._exit(KILLED)


class KillPoints:
    """`at` is empty (never), `name` or `name:n`: dies when `name` is passed for the n-th time, counted from 1."""

    def __init__(self, at: str = "", die: Callable[[], None] = _die) -> None:
        name, _, count = at.partition(":")
        if at and (name not in NAMES or not (count or "1").isdigit()):
            raise ConfigurationError(
                f"no kill point {at!r}", setting="TRACKER_SINK_KILL_AT", remedy=f"one of {', '.join(NAMES)}, with :n for the n-th time"
            )
        self._name, self._left, self._die = name, int(count or "1"), die

    def passing(self, name: KillPoint) -> None:
        if name != self._name:
            return
        self._left -= 1
        if self._left == 0:
            self._die()
