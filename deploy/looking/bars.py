"""Episodes as bars under the lanes: packed into as few rows as their labels allow. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from deploy.looking.story import Episode
from deploy.looking.strips import LEFT, RIGHT, Placed, text_width

SPACE: Final = 10
LONGEST: Final = 70


@dataclass(frozen=True, slots=True)
class Bar:
    """`row` counts from 0; the label stands at `label_x`, inside or behind the bar (start) or before it (end). An arrow in the label says
    that the episode began in a strip before, or goes on in the next."""

    kind: str
    row: int
    x0: float
    x1: float
    label: str
    label_x: float
    anchor: str


def bars(episodes: Sequence[Episode], strip: Sequence[Placed]) -> list[Bar]:
    """Those that touch the strip, in order of their beginning."""
    taken: list[float] = []
    found = []
    for episode in episodes:
        span = _span(episode, strip)
        if span is None:
            continue
        x0, x1 = span
        left, right, label_x, anchor = _place(x0, x1, label := _label(episode, strip))
        row = next((n for n, until in enumerate(taken) if left >= until + SPACE), len(taken))
        taken[row : row + 1] = [right]
        found.append(Bar(episode.kind, row, x0, x1, label, label_x, anchor))
    return found


def _span(episode: Episode, strip: Sequence[Placed]) -> tuple[float, float] | None:
    """From its first to its last touchpoint in the strip; None where it has no part in it."""
    inside = [placed.x for placed in strip if episode.opened_at <= placed.touch.at <= episode.last_touch_at]
    return (min(inside) - 5, max(inside) + 5) if inside else None


def _place(x0: float, x1: float, label: str) -> tuple[float, float, float, str]:
    """(left and right edge of bar and label together, where the label stands, its anchor)."""
    width = text_width(label)
    if width + 10 <= x1 - x0:
        return x0, x1, x0 + 5, "start"
    if x1 + 5 + width <= RIGHT:
        return x0, x1 + 5 + width, x1 + 5, "start"
    return max(LEFT - 110.0, x0 - 5 - width), x1, x0 - 5, "end"


def _label(episode: Episode, strip: Sequence[Placed]) -> str:
    label = f"{episode.kind} {episode.number}: {episode.told}"
    label = label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"
    before, after = episode.opened_at < strip[0].touch.at, episode.last_touch_at > strip[-1].touch.at
    return f"{'← ' if before else ''}{label}{' →' if after else ''}"
