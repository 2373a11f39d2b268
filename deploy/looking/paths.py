"""The paths that journeys take, step by step, and how often they end in an order: asked of ClickHouse.

A step is what the customer did next: in which channel, in which stage, or which event. Repeats that follow on each other are one step, as
in `metrics.paths` (METRICS.md 42). A journey counts in the time in which it opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from deploy.looking.errors import NobodyFound
from deploy.looking.finding import Ask
from sinks.ddl import text

By = Literal["channel", "stage", "event"]
WORD: Final[dict[By, str]] = {"channel": "channel", "stage": "stage", "event": "event_type"}
SEGMENTS: Final = ("first_channel", "last_channel", "campaign", "utm_source", "utm_medium", "device_class", "locale", "country")
LISTS: Final = {"category": "categories", "click_kind": "click_kinds", "device": "device_classes", "channel": "channels"}
MOST_PATHS: Final = 5000


@dataclass(frozen=True, slots=True)
class Question:
    """`depth`: steps that are told apart; `segments` as column=value; `is_to_order`: only the steps up to the first order."""

    by: By = "channel"
    depth: int = 5
    since: datetime | None = None
    until: datetime | None = None
    is_converted: bool = False
    is_to_order: bool = False
    segments: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """`steps` at most `depth`; `goes_on`: there were more."""

    steps: tuple[str, ...]
    goes_on: bool
    journeys: int
    converted: int


@dataclass(frozen=True, slots=True)
class Paths:
    """The commonest first. `journeys` and `converted` count all journeys with a path, `of` all paths, also those that were left out."""

    question: Question
    paths: tuple[Path, ...]
    of: int
    journeys: int
    converted: int


def ask_paths(ask: Ask, question: Question) -> Paths:
    """Raises NobodyFound for a segment that journeys do not have."""
    rows = ask(_sql(question))
    paths = tuple(
        Path(tuple(steps[: question.depth]), len(steps) > question.depth, journeys, converted) for steps, journeys, converted, *_ in rows
    )
    of, journeys, converted = (int(total) for total in rows[0][3:]) if rows else (0, 0, 0)
    return Paths(question, paths, of, journeys, converted)


def _sql(question: Question) -> str:
    """A sequence counts as 0 where there is none, and ids are compared as text: the order of histories (`schemas.facts.fact_key`)."""
    row = f"(occurred_at, ifNull(sequence, 0), toString(event_id), {WORD[question.by]}, event_type)"
    taken = "arraySlice(sorted, 1, if(bought = 0, length(sorted), bought))" if question.is_to_order else "sorted"
    return (
        "SELECT steps, count() AS journeys, countIf(orders > 0) AS converted, count() OVER () AS paths,"
        " sum(journeys) OVER () AS all_journeys, sum(converted) OVER () AS all_converted FROM ("
        f"SELECT any(order_count) AS orders, arraySort(groupArray({row})) AS sorted,"
        " arrayFirstIndex(act -> act.5 = 'order.placed', sorted) AS bought,"
        f" arraySlice(arrayCompact(arrayMap(act -> toString(act.4), {taken})), 1, {question.depth + 1}) AS steps"
        f" FROM touchpoints INNER JOIN (SELECT assumeNotNull(journey_id) AS journey, order_count FROM journeys{_where(question)}) AS chosen"
        " ON journey_id = journey WHERE actor = 'customer' GROUP BY journey"
        f") GROUP BY steps ORDER BY journeys DESC, steps LIMIT {MOST_PATHS}"
    )


def _where(question: Question) -> str:
    conditions = [_segment(segment) for segment in question.segments]
    if question.since:
        conditions.append(f"opened_at >= {_moment(question.since)}")
    if question.until:
        conditions.append(f"opened_at < {_moment(question.until)}")
    if question.is_converted:
        conditions.append("order_count > 0")
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _segment(segment: str) -> str:
    name, equals, value = segment.partition("=")
    if equals and name in SEGMENTS:
        return f"{name} = {text(value)}"
    if equals and name in LISTS:
        return f"has({LISTS[name]}, {text(value)})"
    raise NobodyFound(
        "a segment that journeys do not have", remedy=f"write NAME=VALUE; names: {', '.join([*SEGMENTS, *LISTS])}; e.g. country=DE"
    )


def _moment(at: datetime) -> str:
    return f"toDateTime64('{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}', 3, 'UTC')"
