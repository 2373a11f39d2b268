"""`tracker journey`: what happened to one customer."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from deploy.cli.output import console, notice, print_json

Json = Annotated[bool, Parameter(name="--json", show_default=False)]


def journey(
    customer: str,
    /,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    journey: str | None = None,
    most: int = 1000,
    html: Path | None = None,
    show_personal: Annotated[bool, Parameter(show_default=False)] = False,
    as_json: Json = False,
) -> None:
    """Draw the history of one customer: channels as lanes, stages, sentiment, pauses, sessions, hand-overs, and what came of it.

    For example:

        tracker journey email:jo@example.org
        tracker journey order:1001 --html jo.html
        tracker journey 0b6f2d0e-8b7a-8f5e-9d0b-1c7a54a5f0aa --journey 2
        tracker journey account:a-17 --since 2026-03-01 --until 2026-04-01 --json

    Parameters
    ----------
    customer
        A customer id (also a former one), or KIND:VALUE: an identity, or the number of an order, ticket, return, ...
    since
        Only from then on, UTC.
    until
        Only before then, UTC.
    journey
        Only this one: its number, counted from 1, or its id.
    most
        Touchpoints shown at most, the newest ones.
    html
        Write a page of its own with a picture to this file; it needs no network.
    show_personal
        Do not mask what may name a person.
    as_json
        One JSON document on stdout.
    """
    from deploy.cli.who_sources import secret_and_rules
    from deploy.looking.asking import Choice, tell
    from deploy.who.finding import ids_of
    from sinks.clickhouse import ClickHouse
    from sinks.settings import SinkSettings

    choice = Choice(_utc(since), _utc(until), journey, max(1, most), show_personal)
    connection = SinkSettings().clickhouse
    door = ClickHouse(connection, database=connection.database)
    try:
        whose = ids_of(lambda sql: door.ask(sql).rows, customer, *secret_and_rules())
        found = tell(lambda sql: door.ask(sql).rows, whose, choice)
    finally:
        door.close()
    _show(found, html, as_json)


def _show(story: Any, html: Path | None, as_json: bool) -> None:
    from deploy.looking.document import document_of
    from deploy.looking.terminal import timeline

    if html is not None:
        _write(html, story)
    if as_json:
        return print_json(document_of(story))
    if html is None:
        out = console()
        out.print(timeline(story, out.width))
    return None


def _write(path: Path, story: Any) -> None:
    from deploy.looking.page import journey_page

    path.write_text(journey_page(story), encoding="utf-8")
    notice(f"written: {path}")


def _utc(at: datetime | None) -> datetime | None:
    from datetime import UTC

    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
