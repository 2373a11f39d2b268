"""`tracker paths`: which ways customers take."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter, validators

from deploy.cli.output import console, notice, print_json

Json = Annotated[bool, Parameter(name="--json", show_default=False)]


def paths(
    *,
    by: Literal["channel", "stage", "event"] = "channel",
    since: datetime | None = None,
    until: datetime | None = None,
    depth: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=20))] = 5,
    top: Annotated[int, Parameter(validator=validators.Number(gte=1))] = 20,
    converted: Annotated[bool, Parameter(negative="--all", show_default=False)] = False,
    to_order: Annotated[bool, Parameter(show_default=False)] = False,
    segment: tuple[str, ...] = (),
    html: Path | None = None,
    as_json: Json = False,
) -> None:
    """The ways that journeys take, step by step, how many took each, and how many of them ended in an order.

    For example:

        tracker paths
        tracker paths --by stage --to-order --html stages.html
        tracker paths --by event --depth 3 --since 2026-03-01 --until 2026-04-01
        tracker paths --segment country=DE --segment device_class=mobile --json

    Parameters
    ----------
    by
        What a step is: the channel, the stage, or the event of what the customer does; repeats are one step.
    since
        Only journeys that opened from then on, UTC.
    until
        Only journeys that opened before then, UTC.
    depth
        Steps that are told apart; what comes after them is "...".
    top
        Paths that are listed; the rest stands in one line.
    converted
        Only journeys with an order; --all, the default: all of them.
    to_order
        Only the steps up to the first order.
    segment
        Only journeys with this, as NAME=VALUE, such as country=DE, device_class=mobile, campaign=spring, category=mugs. May be repeated.
    html
        Write a page of its own with a picture of the flows to this file; it needs no network.
    as_json
        One JSON document on stdout.
    """
    from deploy.looking.paths import Question, ask_paths
    from sinks.clickhouse import ClickHouse
    from sinks.settings import SinkSettings

    question = Question(by, depth, _utc(since), _utc(until), converted, to_order, segment)
    connection = SinkSettings().clickhouse
    door = ClickHouse(connection, database=connection.database)
    try:
        found = ask_paths(lambda sql: door.ask(sql).rows, question)
    finally:
        door.close()
    _show(found, top, html, as_json)


def _show(found: Any, top: int, html: Path | None, as_json: bool) -> None:
    from deploy.looking.paths_page import paths_document, paths_page, paths_table

    if html is not None:
        html.write_text(paths_page(found, top), encoding="utf-8")
        notice(f"written: {html}")
    if as_json:
        return print_json(paths_document(found, top))
    if html is None:
        out = console()
        out.print(paths_table(found, top, out.width))
    return None


def _utc(at: datetime | None) -> datetime | None:
    from datetime import UTC

    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
