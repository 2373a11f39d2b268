"""The history as one page with a picture: no script, no network, light and dark, on screen and paper. Pure but for its template."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from deploy.looking.bars import Bar, bars
from deploy.looking.story import Journey, Story, Touch
from deploy.looking.strips import WIDTH, Label, Placed, Run, days, gaps, lanes, runs, sessions, text_width, wrapped
from deploy.looking.words import MEANINGS, SIGNS, facts, first_seen, known_by, plural, score
from deploy.looking.words import days as days_of

LANE, TOP, STAGE, OWNER, BAR = 24, 34, 18, 18, 19
"""heights: of a lane, of dates and pauses, of the bands of stages and teams, of a row of episodes"""
TIP, TIP_SPACE = 54, 14
"""height of what is shown under the pointer, and its distance"""
STAGES: Final = ("awareness", "consideration", "sales", "purchase", "onboarding", "care", "return", "renewal")


@dataclass(frozen=True, slots=True)
class Tip:
    """What is shown beside a touchpoint under the pointer: its box and its lines."""

    x: float
    y: float
    width: float
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Dot:
    placed: Placed
    y: float
    tip: Tip


@dataclass(frozen=True, slots=True)
class Strip:
    """Everything of one strip, at its place."""

    dots: Sequence[Dot]
    lanes: Sequence[tuple[str, float]]
    stages: Sequence[Run]
    owners: Sequence[Run]
    sessions: Sequence[Run]
    bars: Sequence[Bar]
    days: Sequence[Label]
    gaps: Sequence[Label]
    owner_y: float
    bars_y: float
    height: float

    @property
    def path(self) -> str:
        """From act to act of the customer, across the lanes."""
        return " ".join(f"{dot.placed.x},{dot.y:g}" for dot in self.dots if dot.placed.touch.actor == "customer")


@dataclass(frozen=True, slots=True)
class Part:
    """One journey of the page; `journey` is None for touchpoints that belong to none."""

    journey: Journey | None
    heading: str
    facts: Sequence[str]
    strips: Sequence[Strip]


def journey_page(story: Story) -> str:
    """The HTML of the whole page."""
    template = environment().get_template("journey.html.j2")
    return template.render(
        story=story, parts=parts_of(story), known_by=known_by(story.identities), seen=first_seen(story.identities), width=WIDTH,
        top=TOP, stage_height=STAGE, owner_height=OWNER, bar_height=BAR, stages=_stages(story),
        signs=SIGNS, meanings=MEANINGS, score=score, plural=plural, touches=list(enumerate(story.touches)),
    )  # fmt: skip


@cache
def environment() -> Environment:
    """Everything that is put into a template is escaped."""
    return Environment(
        loader=PackageLoader("deploy.looking", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _stages(story: Story) -> list[str]:
    return [stage for stage in STAGES if any(touch.stage == stage for touch in story.touches)]


def parts_of(story: Story) -> list[Part]:
    """Journey by journey; what belongs to none stays with the journey in which it happened."""
    journeys = {journey.journey_id: journey for journey in story.journeys}
    grouped: list[tuple[Journey | None, list[tuple[int, Touch]]]] = []
    for n, touch in enumerate(story.touches):
        journey = journeys.get(touch.journey_id or "")
        if not grouped or (journey is not None and journey is not grouped[-1][0]):
            grouped.append((journey, []))
        grouped[-1][1].append((n, touch))
    return [_part(journey, numbered, story) for journey, numbered in grouped]


def _part(journey: Journey | None, numbered: list[tuple[int, Touch]], story: Story) -> Part:
    first = numbered[0][0]
    strips = [
        strip_of([Placed(p.n + first, p.x, p.touch, p.gap) for p in placed], story) for placed in wrapped([touch for _, touch in numbered])
    ]
    heading = f"Journey {journey.number}: {days_of(journey)}" if journey else "Outside of any journey"
    return Part(journey, heading, facts(journey) if journey else (), strips)


def strip_of(placed: Sequence[Placed], story: Story) -> Strip:
    """Places what belongs to one strip."""
    shown = lanes(placed, story)
    lane_y = {lane: TOP + STAGE + LANE * n + LANE / 2 + 4 for n, lane in enumerate(shown)}
    owner_y = TOP + STAGE + LANE * len(shown) + 8
    episodes = bars(story.episodes, placed)
    bars_y = owner_y + OWNER + 8
    rows = max((bar.row for bar in episodes), default=-1) + 1
    height = bars_y + BAR * rows + 4
    dots = [_dot(p, lane_y.get(p.touch.channel, TOP + STAGE + 4.0), height) for p in placed]
    return Strip(
        dots, list(lane_y.items()), runs(placed, lambda t: t.stage), runs(placed, lambda t: t.owner), sessions(placed), episodes,
        days(placed), list(gaps(placed)), owner_y, bars_y, height,
    )  # fmt: skip


def _dot(placed: Placed, y: float, height: float) -> Dot:
    touch = placed.touch
    lines = [
        touch.told if len(touch.told) <= 64 else f"{touch.told[:63]}…",
        f"{touch.at:%a %d %b %Y %H:%M:%S} UTC",
        ", ".join(filter(None, [touch.channel, touch.stage, touch.owner, _feeling(touch)])),
    ]
    width = max(map(text_width, lines)) + 20
    x = min(max(4.0, placed.x - width / 2), WIDTH - width - 4)
    below = y + TIP_SPACE + TIP <= height
    return Dot(placed, y, Tip(round(x, 1), y + TIP_SPACE if below else max(0.0, y - TIP_SPACE - TIP), round(width, 1), lines))


def _feeling(touch: Touch) -> str:
    if touch.sentiment is None:
        return "bad experience" if touch.is_bad else ""
    return f"sentiment {score(touch.sentiment)}"
