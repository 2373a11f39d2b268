"""The demo's screens out of plain values: 100 columns, colours only on a terminal. Nothing is asked and nothing is computed here."""

import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from deploy.demo.figures import Bar, Figures, FirstResponse, Imported, Returns, Step
from deploy.demo.truth import Scoreboard
from deploy.looking.phrases import length, percent
from deploy.looking.terminal import timeline

COLUMNS, BAR_COLUMNS = 100, 32
WHY_NOT_ALL = """Precision: of two events of one customer, how often one person was behind both.
Recall: of two events of one person, how often one customer has both. What nothing observed connects
(a device that never logs in, another address for each order) nobody can find: it makes customers of
its own; the column "connected" is recall without it. The evidence: tracker.identity_links."""


def console(file: TextIO | None = None) -> Console:
    """100 columns wherever it writes, so that a saved demo reads like the live one; rich leaves colours out where there is no terminal."""
    return Console(file=file or sys.stdout, width=COLUMNS, highlight=False)


def show(figures: Figures, to: Console) -> None:
    """The screens that come out of ClickHouse, in their order."""
    _screen(to, "What came in, what came out", counts(figures.counts))
    if figures.imported:
        _screen(to, "Public sets", imported(figures.imported))
    if figures.story is not None:
        _screen(to, "Simulated shop: one customer's journey", timeline(figures.story, COLUMNS))
    _screen(to, "Simulated shop: top paths (share of the journeys that took them)", bars(figures.paths))
    _screen(to, "Simulated shop: conversion by first channel (journeys with an order)", bars(figures.conversion))
    _screen(to, "Simulated shop: returns", returns(figures.returns))
    _screen(to, "First response to tickets", first_response(figures.first_response))


def _screen(to: Console, title: str, body: RenderableType) -> None:
    to.print()
    to.print(Rule(Text(title, style="bold"), align="left", characters="-"))
    to.print(body)


def show_stitching(board: Scoreboard, kinds: Mapping[str, Scoreboard], to: Console) -> None:
    _screen(to, "Stitching against the truth of the simulated shop", stitching(board, kinds))


def show_steps(steps: Sequence[Step], memory: Mapping[str, int | None], to: Console) -> None:
    _screen(to, "What the demo took", Group(step_table(steps), memory_line(memory)))


def counts(rows: Sequence[tuple[str, int, str]]) -> RenderableType:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="left", min_width=34)
    table.add_column(justify="right", min_width=12)
    table.add_column(style="dim")
    for what, count, where in rows:
        table.add_row(what, f"{count:,}", where)
    return table


def imported(sets: Sequence[Imported]) -> RenderableType:
    """A line for each set, and one for how its ads were answered where it has ads."""
    table = Table("source", "customers", "orders", "bought again", "sold", "returned", "net", "", box=None, pad_edge=False)
    for column in table.columns[1:-1]:
        column.justify = "right"
    ads = []
    for one in sets:
        counts = (f"{one.customers:,}", f"{one.orders:,}", f"{one.buyers_again:,}")
        table.add_row(one.source, *counts, *(f"{value:,.2f}" for value in (one.sold, one.returned, one.net)), one.currency)
        if one.ads_shown:
            share = percent(one.ads_answered / one.ads_shown)
            ads.append(f"{one.source}: {one.ads_answered:,} of {one.ads_shown:,} campaigns sent to a customer were answered, {share}")
    return Group(table, *map(Text, ads))


def bars(rows: Sequence[Bar]) -> RenderableType:
    """A bar's full length is a share of 1, so that two screens compare."""
    if not rows:
        return Text("nothing yet", style="dim")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(max_width=46, overflow="ellipsis", no_wrap=True)
    table.add_column(min_width=BAR_COLUMNS, no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", style="dim", no_wrap=True)
    for row in rows:
        table.add_row(row.name, bar(row.share), percent(row.share), f"n = {row.of:,}")
    return table


def bar(share: float) -> Text:
    """Eighths of a column, so that small shares show."""
    eighths = round(max(0.0, min(1.0, share)) * BAR_COLUMNS * 8)
    full, rest = divmod(eighths, 8)
    return Text("█" * full + ("▏▎▍▌▋▊▉"[rest - 1] if rest else ""), style="green")


def returns(rows: Sequence[Returns]) -> RenderableType:
    if not rows:
        return Text("no orders yet", style="dim")
    lines = [
        f"{percent(row.orders_returned / row.orders if row.orders else None)} of {row.orders:,} orders came back in part or whole; "
        f"{percent(row.refunded / row.sold if row.sold else None)} of {row.sold:,.2f} {row.currency} was refunded"
        for row in rows
    ]
    return Text("\n".join(lines))


def first_response(found: FirstResponse) -> RenderableType:
    if found.p50_s is None or found.p90_s is None:
        return Text(f"none of {found.tickets:,} tickets was answered yet", style="dim")
    line = f"half within {length(found.p50_s)} (p50), nine of ten within {length(found.p90_s)} (p90)"
    share = f"{percent(found.within_target)} within the hour, at weekends too; {found.answered:,} of {found.tickets:,} tickets answered"
    return Text(f"{line}\n{share}")


def stitching(board: Scoreboard, kinds: Mapping[str, Scoreboard]) -> RenderableType:
    """Precision, recall over all pairs, recall over pairs that evidence connects; then by the kind of difficulty."""
    names = ("", "people", "customers", "events", "precision", "recall", "connected", "B-cubed P / R")
    table = Table(*names, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    _score_row(table, "all", board, "bold")
    for kind, found in sorted(kinds.items(), key=lambda pair: pair[0] != "none"):
        _score_row(table, "without difficulty" if kind == "none" else kind.replace("_", " "), found, "")
    return Group(table, Text(WHY_NOT_ALL, style="dim"))


def _score_row(table: Table, name: str, board: Scoreboard, style: str) -> None:
    b_cubed = f"{percent(board.b_cubed.precision)} / {percent(board.b_cubed.recall)}"
    precision, recall, connected = board.pairwise.precision, board.pairwise.recall, board.connected.recall
    counts = (f"{board.people:,}", f"{board.customers:,}", f"{board.pairwise.events:,}")
    cells = (*counts, percent(precision, 2), percent(recall, 2), percent(connected, 2), b_cubed)
    table.add_row(name, *cells, style=style)


def step_table(steps: Sequence[Step]) -> RenderableType:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(min_width=16)
    table.add_column(justify="right", min_width=10)
    table.add_column(style="dim")
    for step in steps:
        table.add_row(step.name, f"{step.seconds:.1f} s", step.told)
    table.add_row("together", f"{sum(step.seconds for step in steps):.1f} s", "", style="bold")
    return table


def memory_line(memory: Mapping[str, int | None]) -> RenderableType:
    """Resident memory of the parts, MiB; parts that do not run are left out."""
    parts = [f"{name} {mib} MiB" for name, mib in memory.items() if mib is not None]
    return Text(f"memory: {', '.join(parts)}" if parts else "memory: no part tells", style="dim")


def what_next(customer_id: str, first: Sequence[str] = ()) -> RenderableType:
    """What a newcomer can do now. `customer_id` is a customer who is there, or empty; `first`: what the shell needs before."""
    one = f"customer_id = '{customer_id}'" if customer_id else "event_type = 'order.placed'"
    before = "".join(f"  {line}\n" for line in ("Once in this shell", *first)).lstrip() if first else ""
    return Text(
        f"""{before}Look
  tracker sql "SELECT * FROM tracker.conversion_by_first_channel"
  tracker sql "SELECT occurred_at, channel, event_type FROM tracker.touchpoints
               WHERE {one} ORDER BY occurred_at"
  tracker sql "SELECT * FROM metrics.first_response ORDER BY bucket LIMIT 10"
Emit an event of your own and find it
  tracker emit page.viewed --identity email=me@example.org url=/hello
  tracker drain
  tracker sql "SELECT occurred_at, page, customer_id FROM tracker.touchpoints WHERE page = '/hello'"
Stop
  tracker down              what is stored stays
  tracker reset --yes       delete it all"""
    )


def show_what_next(customer_id: str, to: Console, first: Sequence[str] = ()) -> None:
    _screen(to, "What next", what_next(customer_id, first))
