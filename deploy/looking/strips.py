"""Where each touchpoint stands in the picture: from left to right in order, pauses wider, wrapped into strips like music. Pure.

Time is not drawn to scale: a session of minutes and a silence of weeks would leave nothing to see. Lengths are in units of the SVG's
view box, which are CSS pixels at full width.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import log10
from typing import Final, TypeVar

from deploy.looking.phrases import length
from deploy.looking.story import Story, Touch
from deploy.looking.words import PAUSE_S

WIDTH: Final = 1100
LEFT, RIGHT = 118, 1086
STEP: Final = 14
"""between two touchpoints of one session"""
PAUSE: Final = 54
"""at least, where a pause is named in between"""
LETTER, BOLD = 6.1, 7.2
"""an average letter at the size of labels, and in bold"""
FIRST: Final = 12
MOST_STRETCH: Final = 2.5
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Placed:
    """A touchpoint at its place. `n` counts the touchpoints of the story from 0; `gap` is the pause before it in words."""

    n: int
    x: float
    touch: Touch
    gap: str


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbours that share a word, as a stretch; `label` is empty where it would not fit."""

    x0: float
    x1: float
    word: str
    label: str


@dataclass(frozen=True, slots=True)
class Label:
    x: float
    text: str


def text_width(text: str) -> float:
    """About how wide a label is."""
    return LETTER * len(text)


def wrapped(touches: Sequence[Touch]) -> list[list[Placed]]:
    """Strips of placed touchpoints. A pause is never drawn at the edge of two strips: it is said at the next one's beginning."""
    strips: list[list[Placed]] = []
    x, before = float(RIGHT), None
    for n, touch in enumerate(touches):
        seconds = 0.0 if before is None else (touch.at - before.at).total_seconds()
        x += _distance(seconds)
        if not strips or x > RIGHT - FIRST:
            strips.append([])
            x = LEFT + FIRST
        strips[-1].append(Placed(n, round(x, 1), touch, length(seconds) if seconds > PAUSE_S else ""))
        before = touch
    return [_stretched(strips[0])] if len(strips) == 1 else strips


def _stretched(strip: list[Placed]) -> list[Placed]:
    """A short history takes more of the width."""
    start, used = strip[0].x, strip[-1].x - strip[0].x
    factor = min(MOST_STRETCH, (RIGHT - FIRST - start) / used) if used else 1.0
    return [replace(placed, x=round(start + factor * (placed.x - start), 1)) for placed in strip]


def _distance(seconds: float) -> float:
    if seconds > PAUSE_S:
        return PAUSE + 8 * log10(seconds / PAUSE_S)
    return STEP + 2 * log10(1 + seconds)


def runs(strip: Sequence[Placed], word_of: Callable[[Touch], str]) -> list[Run]:
    """Stretches of one word, from halfway to the neighbour before to halfway to the one behind; those without a word are left out."""
    found = []
    for word, group in groupby(range(len(strip)), key=lambda at: word_of(strip[at].touch)):
        places = list(group)
        x0, x1 = _middle(strip, places[0] - 1), _middle(strip, places[-1])
        if word:
            found.append(Run(x0, x1, word, word if text_width(word) + 8 <= x1 - x0 else ""))
    return found


def _middle(strip: Sequence[Placed], at: int) -> float:
    """Between the touchpoint at that place and the next; the edge of the drawing outside of the strip."""
    if at < 0:
        return strip[0].x - FIRST
    if at + 1 >= len(strip):
        return strip[-1].x + FIRST
    return (strip[at].x + strip[at + 1].x) / 2


def sessions(strip: Sequence[Placed]) -> list[Run]:
    """Stretches of one session, close around its touchpoints; what others do in between does not cut it."""
    found: dict[str, tuple[float, float]] = {}
    for placed in strip:
        if placed.touch.session_id is not None:
            x0, _ = found.get(placed.touch.session_id, (placed.x, placed.x))
            found[placed.touch.session_id] = x0, placed.x
    return [Run(x0 - 9, x1 + 9, session, "") for session, (x0, x1) in found.items()]


def days(strip: Sequence[Placed]) -> list[Label]:
    """The date at the first touchpoint of each day, with the year at the first of a strip; one that has no room is left out."""
    labels: list[Label] = []
    for _, group in groupby(strip, key=lambda placed: placed.touch.at.date()):
        first = next(group)
        text = f"{first.touch.at:%a %d %b}" if labels else f"{first.touch.at:%a %d %b %Y}"
        x = min(first.x - 4, WIDTH - BOLD * len(text))
        if not labels or x >= labels[-1].x + BOLD * len(labels[-1].text) + 6:
            labels.append(Label(x, text))
    return labels


def gaps(strip: Sequence[Placed]) -> Iterator[Label]:
    """The pauses in the middle of their room; that before the strip beside its lanes' names."""
    for before, placed in zip([None, *strip], strip, strict=False):
        if placed.gap:
            yield Label((before.x + placed.x) / 2, placed.gap) if before else Label(LEFT / 2, f"{placed.gap} later")


def lanes(strip: Sequence[Placed], story: Story) -> list[str]:
    """The channels of a strip, in the order of the whole story, so that a lane keeps its place among the others."""
    used = {placed.touch.channel for placed in strip}
    return [lane for lane in story.lanes if lane in used]
