"""Flows of journeys from step to step, laid out for a picture: a column for each step, nodes as high as they are many. Pure.

The links leave a node in the order of the nodes that they reach and arrive in the order of those that they leave, so they cross as little
as the order of the nodes allows; nodes stand by the middle of what flows into them, after the way of d3-sankey.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from deploy.looking.paths import Path

OTHER: Final = "other"
GAP, LEAST = 15.0, 1.5
"""between two nodes of a column, so that their labels never touch; the least height of a node"""
Key = tuple[int, str]
"""(step from 0, word)"""


@dataclass(frozen=True, slots=True)
class Node:
    """`ends` of its journeys had no further step."""

    step: int
    word: str
    journeys: int
    converted: int
    ends: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Link:
    """From a node of one step to one of the next; y0 and y1 are its upper edges there, `height` is the same at both ends."""

    source: Key
    target: Key
    journeys: int
    converted: int
    y0: float
    y1: float
    height: float


@dataclass(frozen=True, slots=True)
class Flow:
    nodes: Sequence[Node]
    links: Sequence[Link]
    height: float


@dataclass(frozen=True, slots=True)
class Count:
    journeys: int = 0
    converted: int = 0

    def plus(self, path: Path) -> "Count":
        return Count(self.journeys + path.journeys, self.converted + path.converted)


def flow_of(paths: Sequence[Path], height: float, most_words: int = 8) -> Flow:
    """The layout within `height`. Of each step the commonest words have a node of their own, the rest is together in `other`."""
    known = _common(paths, most_words)
    nodes: dict[Key, Count] = defaultdict(Count)
    links: dict[tuple[Key, Key], Count] = defaultdict(Count)
    for path in paths:
        keys = [(step, word if word in known[step] else OTHER) for step, word in enumerate(path.steps)]
        for key in keys:
            nodes[key] = nodes[key].plus(path)
        for pair in pairwise(keys):
            links[pair] = links[pair].plus(path)
    columns = _ordered(nodes, links)
    scale = _scale(columns, nodes, height)
    placed = _placed(columns, nodes, links, scale)
    return Flow([placed[key] for column in columns for key in column], _links(columns, placed, links, scale), _end(placed.values()))


def _common(paths: Sequence[Path], most: int) -> Mapping[int, frozenset[str]]:
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for path in paths:
        for step, word in enumerate(path.steps):
            counts[step][word] += path.journeys
    ranked = {step: sorted(count, key=lambda word: (-count[word], word)) for step, count in counts.items()}
    return {step: frozenset(words if len(words) <= most else words[: most - 1]) for step, words in ranked.items()}


def _ordered(nodes: Mapping[Key, Count], links: Mapping[tuple[Key, Key], Count]) -> list[list[Key]]:
    """The first column by size; each further one by the middle of what flows into its nodes. `other` stands last."""
    columns: list[list[Key]] = []
    for step in sorted({step for step, _ in nodes}):
        column = [key for key in nodes if key[0] == step]
        if not columns:
            column.sort(key=lambda key: (key[1] == OTHER, -nodes[key].journeys, key))
        else:
            before = {key: at for at, key in enumerate(columns[-1])}
            middle = {key: _middle(key, before, links) for key in column}
            column.sort(key=lambda key: (key[1] == OTHER, middle[key], -nodes[key].journeys, key))
        columns.append(column)
    return columns


def _middle(key: Key, before: Mapping[Key, int], links: Mapping[tuple[Key, Key], Count]) -> float:
    weights = [(before[source], count.journeys) for (source, target), count in links.items() if target == key]
    return sum(at * weight for at, weight in weights) / sum(weight for _, weight in weights)


def _scale(columns: Sequence[Sequence[Key]], nodes: Mapping[Key, Count], height: float) -> float:
    """Height of one journey, so that the fullest column fits."""
    return min(
        ((height - GAP * (len(column) - 1) - LEAST * len(column)) / sum(nodes[key].journeys for key in column) for column in columns),
        default=0.0,
    )


def _placed(
    columns: Sequence[Sequence[Key]], nodes: Mapping[Key, Count], links: Mapping[tuple[Key, Key], Count], scale: float
) -> dict[Key, Node]:
    goes_on: Counter[Key] = Counter()
    for (source, _), count in links.items():
        goes_on[source] += count.journeys
    placed: dict[Key, Node] = {}
    for column in columns:
        y = 0.0
        for key in column:
            count, high = nodes[key], max(LEAST, nodes[key].journeys * scale)
            placed[key] = Node(*key, count.journeys, count.converted, count.journeys - goes_on[key], y, high)
            y += high + GAP
    return placed


def _links(
    columns: Sequence[Sequence[Key]], placed: Mapping[Key, Node], links: Mapping[tuple[Key, Key], Count], scale: float
) -> list[Link]:
    place = {key: at for column in columns for at, key in enumerate(column)}
    leaving, arriving = ({key: node.y for key, node in placed.items()} for _ in range(2))
    ends: dict[tuple[Key, Key], tuple[float, float]] = {}
    for source, target in sorted(links, key=lambda pair: (pair[0][0], place[pair[0]], place[pair[1]])):
        ends[source, target] = leaving[source], arriving[target]
        leaving[source] += links[source, target].journeys * scale
        arriving[target] += links[source, target].journeys * scale
    return [
        Link(*pair, links[pair].journeys, links[pair].converted, y0, y1, links[pair].journeys * scale) for pair, (y0, y1) in ends.items()
    ]


def _end(nodes: Iterable[Node]) -> float:
    return max((node.y + node.height for node in nodes), default=0.0)
