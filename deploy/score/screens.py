"""The scoreboard for people, out of plain values: figures, kinds of difficulty, what is left apart and what was wrongly joined."""

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.demo.truth import Score, Scoreboard
from deploy.looking.phrases import percent
from deploy.score.apart import Joined, LeftApart
from deploy.score.board import LEAST_PRECISION, LEAST_RECALL, Board

EXPLAINED = """precision  of two events of one customer, how often one person was behind both
recall     of two events of one person, how often one customer has both
connected  the same over pairs that evidence connects: an identity that only this person shows, or a login
touching   the same over pairs that any identity connects, also one that others show too
B-cubed    the same for each event, and the mean of it: a large customer does not drown the small ones"""


def show(board: Board, to: Console) -> None:
    """All of it; what nobody can find stands below the figures."""
    world = board.world
    kind = "" if world.aided else ", unaided"
    to.print(f"{world.people:,} people, {world.days} days, seed {world.seed}{kind}: {world.events:,} events, {board.way}")
    to.print(_figures(board), "", EXPLAINED, "", "Left apart: nothing observed connects these pieces with the person", sep="\n")
    to.print(_apart(board.left_apart), "", "Wrongly joined: people who became one customer", sep="\n")
    to.print(_joined(board.joined) if board.joined else Text("nobody"))
    to.print(f"\n{verdict(board)}")


def verdict(board: Board) -> str:
    wanted = f"precision at least {LEAST_PRECISION}, recall over connected pairs at least {LEAST_RECALL}"
    return f"goal ({wanted}): {'met' if board.meets_the_goal else 'missed'}"


def _figures(board: Board) -> RenderableType:
    names = ("", "people", "customers", "events", "precision", "recall", "F1", "connected", "B-cubed P", "R", "F1")
    table = _table(names, right_from=1)
    table.add_row(*_cells("all", board.overall), style="bold")
    for kind, found in sorted(board.by_difficulty.items(), key=lambda pair: pair[0] != "none"):
        table.add_row(*_cells("without difficulty" if kind == "none" else kind.replace("_", " "), found))
    return Group(table, Text(f"touching, all: {percent(board.touching.recall, 2)} of {board.touching.pairs:,} pairs"))


def _cells(name: str, board: Scoreboard) -> tuple[str, ...]:
    pairs, cubed = board.pairwise, board.b_cubed
    counts = (f"{board.people:,}", f"{board.customers:,}", f"{pairs.events:,}")
    return name, *counts, *_shares(pairs), percent(board.connected.recall, 2), *_shares(cubed)


def _shares(score: Score) -> tuple[str, str, str]:
    return percent(score.precision, 2), percent(score.recall, 2), percent(score.f1, 2)


def _apart(rows: Iterable[LeftApart]) -> RenderableType:
    table = _table(("why", "difficulty", "people", "pieces", "events", "pairs lost"), right_from=2)
    for row in rows:
        table.add_row(row.reason, row.difficulty, *(f"{n:,}" for n in (row.people, row.pieces, row.events, row.pairs)))
    return table


def _joined(rows: Iterable[Joined]) -> RenderableType:
    table = _table(("they share", "difficulties", "customers", "people", "wrong pairs"), right_from=2)
    for row in rows:
        table.add_row(row.shared, row.difficulties, *(f"{n:,}" for n in (row.customers, row.people, row.pairs)))
    return table


def _table(names: tuple[str, ...], right_from: int) -> Table:
    table = Table(*names, box=None, pad_edge=False)
    for column in table.columns[right_from:]:
        column.justify = "right"
    return table
