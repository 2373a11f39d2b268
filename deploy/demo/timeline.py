"""One customer's history as a timeline: a lane for each channel, a mark for each touchpoint, pauses in words. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.demo.figures import CustomerStory, Episode, Moment
from deploy.demo.phrases import length, phrase

MARKS = {"good": ("+", "bold green"), "bad": ("-", "bold red"), "plain": ("o", "cyan"), "theirs": (".", "dim")}
"""by kind the sign, which says the same without colour, and the style"""
MEANINGS = {"good": "good", "bad": "bad", "plain": "the customer's own act", "theirs": "what others did"}
WORDS = {"anonymous": "cookie", "customer_number": "customer number", "email": "e-mail", "loyalty": "card", "social": "social name"}
"""kinds of identities as people call them; the others are called by their own names"""
PAUSE_S = 1800
"""a pause longer than this is said in words; it is the session gap too"""
MOST_LANES, MOST_MOMENTS, GAP_COLUMN = 10, 60, 9


def timeline(story: CustomerStory) -> RenderableType:
    """Head, legend of the lanes, the moments, the episodes."""
    lanes = list(dict.fromkeys(moment.channel for moment in story.moments))
    shown = lanes[:MOST_LANES]
    return Group(
        _head(story), _known_by(story), *_legend(shown, len(lanes)), "", *_moments(story.moments, shown), *_episodes(story.episodes)
    )


def _head(story: CustomerStory) -> Text:
    head = Text(f"customer {story.customer_id}", style="bold")
    money = f", {story.net} {story.currency} net" if story.currency else ""
    head.append(f"   {story.touchpoints} touches, {story.sessions} sessions, {story.orders} orders{money}", style="not bold")
    return head


def _known_by(story: CustomerStory) -> Text:
    known = ", ".join(f"{count} {WORDS.get(kind, kind)}{'s' if count > 1 else ''}" for kind, count in story.known_by)
    return Text(f"one customer by {known}" if known else "", style="yellow")


def _legend(lanes: Sequence[str], of: int) -> Iterator[Text]:
    names = [f"{_letter(n)} {lane}" for n, lane in enumerate(lanes)]
    more = f"  (and {of - len(lanes)} more, without a lane)" if of > len(lanes) else ""
    yield Text("  ".join(names) + more, style="dim")
    words = [part for kind, word in MEANINGS.items() for part in (MARKS[kind], (f" {word}   ", ""))]
    yield Text.assemble(("marks: ", "dim"), *words, ("[...]", "yellow"), " seen for the first time")


def _letter(n: int) -> str:
    return chr(ord("a") + n)


def mark_of(moment: Moment) -> str:
    """Which of MARKS; a sentiment within a tenth of neutral is none."""
    if moment.sentiment is not None and abs(moment.sentiment) > 0.1:
        return "good" if moment.sentiment > 0 else "bad"
    return "plain" if moment.actor == "customer" else "theirs"


def _moments(moments: Sequence[Moment], lanes: Sequence[str]) -> Iterator[RenderableType]:
    yield Text(f"{'':{GAP_COLUMN}}{''.join(f'{_letter(n)} ' for n in range(len(lanes)))}", style="dim")
    before: datetime | None = None
    for moment in moments[:MOST_MOMENTS]:
        if before is None or moment.at.date() != before.date():
            yield _day(moment.at, before)
        elif (moment.at - before).total_seconds() > PAUSE_S:
            yield Text(f"{'':{GAP_COLUMN}}{_pause(moment.at, before)}", style="dim italic")
        yield _line(moment, lanes)
        before = moment.at
    if len(moments) > MOST_MOMENTS:
        yield Text(f"{'':{GAP_COLUMN}}... and {len(moments) - MOST_MOMENTS} more", style="dim")


def _pause(at: datetime, before: datetime) -> str:
    return f"{length((at - before).total_seconds())} later"


def _day(at: datetime, before: datetime | None) -> Text:
    text = Text(f"{at:%a %d %b %Y}", style="bold")
    if before is not None and (at - before).total_seconds() > PAUSE_S:
        text.append(f"   {_pause(at, before)}", style="not bold dim italic")
    return text


def _line(moment: Moment, lanes: Sequence[str]) -> Text:
    line = Text(f"{moment.at:%H:%M:%S} ", style="dim", no_wrap=True, overflow="ellipsis")
    mark, style = MARKS[mark_of(moment)]
    for lane in lanes:
        line.append(f"{mark} " if lane == moment.channel else "| ", style=f"not dim {style}" if lane == moment.channel else "dim")
    line.append(f" {moment.stage:<13} ", style="not dim blue")
    line.append(phrase(moment.event_type, moment.payload), style="not dim" if moment.actor == "customer" else "dim")
    if moment.first_seen:
        kinds = ", ".join(WORDS.get(kind, kind) for kind in sorted(moment.first_seen))
        line.append(f" [{kinds}]", style="not dim yellow")
    return line


def _episodes(episodes: Sequence[Episode]) -> Iterator[RenderableType]:
    if not episodes:
        return
    table = Table("episode", "number", "from", "what came of it", box=None, pad_edge=False, header_style="bold")
    for episode in episodes:
        table.add_row(episode.kind, episode.number, f"{episode.opened_at:%d %b %H:%M}", episode.told)
    yield Text("")
    yield table
