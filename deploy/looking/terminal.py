"""The history in the terminal: a lane for each channel, a sign for each touchpoint, pauses and hand-overs in words. Pure.

10:41:34 ╭ o | | |  consideration  read delivery-times
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.looking.story import Episode, Journey, Mark, Story, Touch
from deploy.looking.words import MEANINGS, SIGNS, days, facts, first_seen, known_by, pause, plural

STYLES: Final[Mapping[Mark, str]] = {"good": "bold green", "bad": "bold red", "own": "cyan", "theirs": "dim"}
MARGIN: Final = 11
"""columns of time and session before the lanes"""
WIDE_STAGE, NARROW_STAGE, LEAST_TEXT, MOST_LANES = 13, 5, 28, 26
OTHERS: Final = "*"


@dataclass(frozen=True, slots=True)
class Frame:
    """What fits into the width: the lanes that have a column of their own, and the width of the stage."""

    lanes: Sequence[str]
    has_others: bool
    stage: int

    @property
    def letters(self) -> list[str]:
        return [chr(ord("a") + n) for n in range(len(self.lanes))] + ([OTHERS] if self.has_others else [])


def frame_for(lanes: Sequence[str], width: int) -> Frame:
    """The first lanes that fit; the others share one."""
    stage = WIDE_STAGE if width >= 90 else NARROW_STAGE
    room = max(2, min(MOST_LANES, (width - MARGIN - stage - 2 - LEAST_TEXT) // 2))
    return Frame(lanes, False, stage) if len(lanes) <= room else Frame(lanes[: room - 1], True, stage)


def timeline(story: Story, width: int) -> RenderableType:
    """Head, legend, touchpoints journey by journey, episodes."""
    frame = frame_for(story.lanes, width)
    return Group(*_head(story), *_legend(story.lanes, frame), *_touches(story, frame), *_episodes(story.episodes))


def _head(story: Story) -> Iterator[Text]:
    yield Text(f"customer {story.customer_id}", style="bold")
    if story.former:
        yield Text(f"formerly {', '.join(story.former)}", style="yellow")
    known = known_by(story.identities)
    if known:
        yield Text(f"known by {known}", style="yellow")
    if story.left_out:
        yield Text(
            f"the newest {len(story.touches):,} of {plural(story.of, 'touchpoint')}; --since, --until or --journey show others",
            style="yellow",
        )


def _legend(lanes: Sequence[str], frame: Frame) -> Iterator[Text]:
    named = [f"{letter} {lane}" for letter, lane in zip(frame.letters, frame.lanes, strict=False)]
    others = [f"{OTHERS} {', '.join(lanes[len(frame.lanes) :])}"] if frame.has_others else []
    yield Text("  ".join(named + others), style="dim")
    words = [part for mark, word in MEANINGS.items() for part in ((SIGNS[mark], STYLES[mark]), (f" {word}   ", ""))]
    yield Text.assemble(("signs: ", "dim"), *words, ("[...]", "yellow"), " first seen   ", ("> ", "magenta"), "hand-over")


def _touches(story: Story, frame: Frame) -> Iterator[RenderableType]:
    seen, sessions = first_seen(story.identities), session_signs(story.touches)
    journeys = {journey.journey_id: journey for journey in story.journeys}
    before: Touch | None = None
    current, owner = None, ""
    for touch, sign in zip(story.touches, sessions, strict=True):
        if touch.journey_id in journeys and touch.journey_id != current:
            current, owner = touch.journey_id, ""
            yield from _heading(journeys[current], frame)
        if before is None or touch.at.date() != before.at.date():
            yield _day(touch.at, before.at if before else None)
        elif said := pause(before.at, touch.at):
            yield Text(f"{'':{MARGIN}}{said}", style="dim italic")
        taken = touch.owner if owner and touch.owner and touch.owner != owner else ""
        yield _line(touch, sign, taken, seen.get(touch.event_id, ""), frame)
        before, owner = touch, touch.owner or owner


def session_signs(touches: Sequence[Touch]) -> list[str]:
    """One sign for each touchpoint: where its session begins, goes on, ends; a dash for a session of one."""
    last = {touch.session_id: n for n, touch in enumerate(touches)}
    first = {touch.session_id: n for n, touch in reversed(list(enumerate(touches)))}
    signs = []
    for n, touch in enumerate(touches):
        begins, ends = first[touch.session_id] == n, last[touch.session_id] == n
        sign = "─" if begins and ends else "╭" if begins else "╰" if ends else "│"
        signs.append(sign if touch.session_id else " ")
    return signs


def _heading(journey: Journey, frame: Frame) -> Iterator[RenderableType]:
    yield Text("")
    yield Text(f"journey {journey.number}   {days(journey)}", style="bold")
    yield Text(", ".join(facts(journey)))
    yield Text(f"{'':{MARGIN}}{' '.join(frame.letters)}", style="dim")


def _day(at: datetime, before: datetime | None) -> Text:
    text = Text(f"{at:%a %d %b %Y}", style="bold")
    text.append(f"   {pause(before, at)}", style="not bold dim italic")
    return text


def _line(touch: Touch, session: str, taken: str, seen: str, frame: Frame) -> Text:
    line = Text(f"{touch.at:%H:%M:%S} {session} ", style="dim", no_wrap=True, overflow="ellipsis")
    at = _column(touch, frame)
    for n in range(len(frame.letters)):
        line.append(f"{SIGNS[touch.mark]} " if n == at else "| ", style=f"not dim {STYLES[touch.mark]}" if n == at else "dim")
    line.append(f" {touch.stage[: frame.stage]:<{frame.stage}} ", style="not dim blue")
    line.append(touch.told, style="not dim" if touch.actor == "customer" else "dim")
    if touch.sentiment is not None and touch.mark in ("good", "bad"):
        line.append(f" {touch.sentiment:+.1f}", style=f"not dim {STYLES[touch.mark]}")
    if taken:
        line.append(f" > {taken}", style="not dim magenta")
    if seen:
        line.append(f" [{seen}]", style="not dim yellow")
    return line


def _column(touch: Touch, frame: Frame) -> int:
    """The lane's place; the last one for those that share it, -1 without a channel."""
    if touch.channel in frame.lanes:
        return frame.lanes.index(touch.channel)
    return len(frame.lanes) if touch.channel and frame.has_others else -1


def _episodes(episodes: Sequence[Episode]) -> Iterator[RenderableType]:
    if not episodes:
        return
    table = Table("episode", "number", "from", "to", "what came of it", box=None, pad_edge=False, header_style="bold")
    for episode in episodes:
        begin, end = f"{episode.opened_at:%d %b %H:%M}", f"{episode.last_touch_at:%d %b %H:%M}"
        table.add_row(episode.kind, Text(episode.number), begin, end, Text(episode.told))
    yield Text("")
    yield table
