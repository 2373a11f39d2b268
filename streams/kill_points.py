"""Named places at which a test lets the worker die as if by kill -9; nothing but tests sets them."""

import os
from typing import Final, Literal, get_args

from schemas.errors import ConfigurationError

KillPoint = Literal["after_links", "after_rows", "after_ledger", "after_store", "between_links_and_control", "in_forwarding"]
NAMES: Final[tuple[KillPoint, ...]] = get_args(KillPoint)
KILLED: Final = 137


class KillPoints:
    """`at` is empty (never), `name` or `name:n`: dies when `name` is passed for the n-th time, counted from 1."""

    def __init__(self, at: str = "") -> None:
        name, _, count = at.partition(":")
        if at and (name not in NAMES or not (count or "1").isdigit()):
            remedy = f"one of {', '.join(NAMES)}, with :n for the n-th time"
            raise ConfigurationError(f"no kill point {at!r}", setting="TRACKER_WORKER_KILL_AT", remedy=remedy)
        self._name, self._left = name, int(count or "1")

    def passing(self, name: KillPoint) -> None:
        """Dies here, if it is the one."""
        if name == self._name:
            self._left -= 1
            if self._left == 0:
                os._exit(KILLED)
