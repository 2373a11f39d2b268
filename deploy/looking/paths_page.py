"""Paths as a page with a picture of the flows, and as a table in the terminal. Pure but for its template."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.looking.page import environment
from deploy.looking.paths import Path, Paths
from deploy.looking.phrases import percent
from deploy.looking.sankey import Link, Node, flow_of
from deploy.looking.strips import LETTER, WIDTH
from deploy.looking.words import plural

HEIGHT, TOP, BAR, LEFT, RIGHT = 520, 26, 12, 4, 160
"""of the picture, of the headings of its columns, width of a node, room at the left, room for the last column"""
RATE_FROM: Final = 30
"""below so many journeys a rate is told as "k of n" (METRICS.md A4)"""


@dataclass(frozen=True, slots=True)
class Shape:
    """A node with its place and its label."""

    node: Node
    x: float
    y: float
    converted_height: float
    label: str
    told: str


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A link as two paths of SVG: the journeys with an order, and the others below them."""

    ordered: str
    others: str
    told: str


def paths_page(found: Paths, top: int) -> str:
    """The HTML of the whole page."""
    flow = flow_of(found.paths, HEIGHT)
    columns = max((node.step for node in flow.nodes), default=0) + 1
    pitch = (WIDTH - LEFT - RIGHT) / max(columns - 1, 1)
    return environment().get_template("paths.html.j2").render(
        found=found, shapes=[_shape(node, pitch) for node in flow.nodes], ribbons=[_ribbon(link, pitch) for link in flow.links],
        steps=[(LEFT + pitch * step, f"step {step + 1}") for step in range(columns)], width=WIDTH, height=flow.height + TOP + 6, bar=BAR,
        heading=heading(found), rows=list(rows(found, top)), rest=rest(found, top), stages=(), percent=percent,
    )  # fmt: skip


def _shape(node: Node, pitch: float) -> Shape:
    ended = f", {node.ends:,} end here" if node.ends else ""
    ordered = f"{rate(node.converted, node.journeys)} with an order"
    told = f"step {node.step + 1}: {node.word}, {plural(node.journeys, 'journey')}, {ordered}{ended}"
    room = int((min(pitch, RIGHT) - BAR - 10) / LETTER)
    label = f"{node.word.replace('_', ' ')} {node.journeys:,}"
    return Shape(
        node, round(LEFT + pitch * node.step, 1), round(TOP + node.y, 1), round(node.height * node.converted / node.journeys, 2),
        label if len(label) <= room else f"{label[: max(room - 1, 1)]}…", told,
    )  # fmt: skip


def _ribbon(link: Link, pitch: float) -> Ribbon:
    x0, x1 = LEFT + pitch * link.source[0] + BAR, LEFT + pitch * link.target[0]
    high = link.height * link.converted / link.journeys
    told = f"{link.source[1]} to {link.target[1]}: {plural(link.journeys, 'journey')}, {rate(link.converted, link.journeys)} with an order"
    return Ribbon(
        _band(x0, x1, TOP + link.y0, TOP + link.y1, high) if link.converted else "",
        _band(x0, x1, TOP + link.y0 + high, TOP + link.y1 + high, link.height - high) if link.converted < link.journeys else "",
        told,
    )


def _band(x0: float, x1: float, y0: float, y1: float, height: float) -> str:
    """A band that leaves and arrives level."""
    half = (x0 + x1) / 2
    upper = f"M{x0:.1f} {y0:.1f}C{half:.1f} {y0:.1f} {half:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
    return f"{upper}v{height:.2f}C{half:.1f} {y1 + height:.1f} {half:.1f} {y0 + height:.1f} {x0:.1f} {y0 + height:.1f}Z"


def heading(found: Paths) -> str:
    """All journeys of the question in one line."""
    question = found.question
    chosen = [
        *([f"opened from {question.since:%Y-%m-%d}"] if question.since else []),
        *([f"opened before {question.until:%Y-%m-%d}"] if question.until else []),
        *question.segments,
        *(["with an order"] if question.is_converted else []),
        *(["up to the first order"] if question.is_to_order else []),
    ]
    ordered = f"{rate(found.converted, found.journeys)} with an order"
    told = f"{plural(found.journeys, 'journey')} on {plural(found.of, 'path')} by {question.by}, {ordered}"
    return f"{told} ({', '.join(chosen)})" if chosen else told


def rate(converted: int, journeys: int) -> str:
    """In per cent where there are enough, else "k of n"."""
    return percent(converted / journeys) if journeys >= RATE_FROM else f"{converted} of {journeys}"


def rows(found: Paths, top: int) -> Iterator[tuple[str, int, float, str]]:
    """(steps, journeys, share of all journeys, with an order)"""
    for path in found.paths[:top]:
        yield _steps(path), path.journeys, path.journeys / found.journeys, rate(path.converted, path.journeys)


def rest(found: Paths, top: int) -> tuple[str, int, float, str] | None:
    """The same for all paths that `rows` leaves out; None where there are none."""
    shown = found.paths[:top]
    journeys = found.journeys - sum(path.journeys for path in shown)
    if not journeys:
        return None
    converted = found.converted - sum(path.converted for path in shown)
    return plural(found.of - len(shown), "other path"), journeys, journeys / found.journeys, rate(converted, journeys)


def _steps(path: Path) -> str:
    return " > ".join(path.steps) + (" > ..." if path.goes_on else "")


def paths_table(found: Paths, top: int, width: int) -> RenderableType:
    """For the terminal; a path that is too long for it goes on in the next line."""
    table = Table(box=None, pad_edge=False, header_style="bold", width=None if width > 120 else width)
    table.add_column("path", overflow="fold")
    for name in ("journeys", "share", "with an order"):
        table.add_column(name, justify="right", no_wrap=True)
    last = rest(found, top)
    for told, journeys, share, ordered in [*rows(found, top), *([last] if last else [])]:
        table.add_row(Text(told, style="dim" if last and told == last[0] else ""), f"{journeys:,}", percent(share), ordered)
    return Group(Text(heading(found), style="bold"), table)


def paths_document(found: Paths, top: int) -> dict[str, Any]:
    """What `--json` prints: the paths, and the flows from step to step of all of them."""
    flow = flow_of(found.paths, HEIGHT)
    return {
        "by": found.question.by,
        "journeys": found.journeys,
        "converted": found.converted,
        "paths_found": found.of,
        "paths": [_path(path, found.journeys) for path in found.paths[:top]],
        "flows": [_flow(link) for link in flow.links],
    }


def _path(path: Path, of: int) -> dict[str, Any]:
    known = {"steps": list(path.steps), "goes_on": path.goes_on, "journeys": path.journeys, "converted": path.converted}
    return {**known, "share": path.journeys / of, "conversion": path.converted / path.journeys}


def _flow(link: Link) -> dict[str, Any]:
    (step, source), (_, target) = link.source, link.target
    return {"step": step + 1, "from": source, "to": target, "journeys": link.journeys, "converted": link.converted}
