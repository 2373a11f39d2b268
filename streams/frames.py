"""Cutting what a chunk sends into Kafka messages: by bytes, since a frame above the broker's limit is refused whole."""

from collections.abc import Iterable, Iterator

from msgspec import structs

from schemas.facts import Control, Fact, Removal, ResolvedFrame, encode_resolved
from schemas.row_frames import CATALOGUE_VERSION, RowFrame, TableRows, encode_rows

FRAME_BYTES = 512 * 1024
RECORDS, ROWS = 2_000, 1_000
"""First cut by count; what is still too large is halved until it fits."""


def resolved_frames(epoch: int, records: list[Fact | Removal], covers: list[tuple[int, int, int]] | None = None) -> Iterator[bytes]:
    """Messages with facts and removals; `covers` are ranges of raw."""
    for n in range(0, len(records), RECORDS):
        yield from _records(epoch, records[n : n + RECORDS], covers or [])


def _records(epoch: int, records: list[Fact | Removal], covers: list[tuple[int, int, int]]) -> Iterator[bytes]:
    facts = [r for r in records if isinstance(r, Fact)]
    removals = [r for r in records if isinstance(r, Removal)]
    message = encode_resolved(ResolvedFrame(epoch, facts, removals, [], covers))
    if len(message) <= FRAME_BYTES or len(records) == 1:
        yield message
        return
    half = len(records) // 2
    yield from _records(epoch, records[:half], covers)
    yield from _records(epoch, records[half:], covers)


def control_frames(epoch: int, controls: list[Control]) -> Iterator[bytes]:
    """Messages with control records of one epoch; one that names too much is told in pieces."""
    message = encode_resolved(ResolvedFrame(epoch, [], [], controls))
    if len(message) <= FRAME_BYTES:
        yield message
        return
    half = len(controls) // 2
    first, second = (controls[:half], controls[half:]) if half else _halved(controls[0])
    yield from control_frames(epoch, first)
    yield from control_frames(epoch, second)


def _halved(control: Control) -> tuple[list[Control], list[Control]]:
    """The customer is judged once; what is named is shared out."""
    first, second = {}, {}
    for name in ("nodes", "pairs", "conflicts", "evidence", "logins"):
        named = getattr(control, name)
        first[name], second[name] = named[: len(named) // 2], named[len(named) // 2 :]
    return [structs.replace(control, **first)], [structs.replace(control, judge=False, **second)]


def row_frames(tables: dict[str, TableRows], source: tuple[str, int, int, int], generation: int) -> Iterator[bytes]:
    """Messages with rows; `source` is topic, partition, first and last offset of the chunk."""
    for piece in _pieces(tables):
        message = encode_rows(RowFrame(CATALOGUE_VERSION, generation, *source, piece))
        if len(message) <= FRAME_BYTES or sum(len(t.upserts) + len(t.withdrawals) for t in piece.values()) == 1:
            yield message
        else:
            for half in _halves(piece):
                yield from row_frames(half, source, generation)


def _pieces(tables: dict[str, TableRows]) -> Iterable[dict[str, TableRows]]:
    piece: dict[str, TableRows] = {}
    room = ROWS
    for name, rows in tables.items():
        upserts, withdrawals = rows.upserts, rows.withdrawals
        while upserts or withdrawals:
            taken = upserts[:room]
            gone = withdrawals[: room - len(taken)]
            piece[name] = TableRows(taken, gone)
            room -= len(taken) + len(gone)
            upserts, withdrawals = upserts[len(taken) :], withdrawals[len(gone) :]
            if not room:
                yield piece
                piece, room = {}, ROWS
    if piece:
        yield piece


def _halves(tables: dict[str, TableRows]) -> Iterable[dict[str, TableRows]]:
    count = sum(len(t.upserts) + len(t.withdrawals) for t in tables.values()) // 2
    first: dict[str, TableRows] = {}
    second: dict[str, TableRows] = {}
    for name, rows in tables.items():
        up, gone = rows.upserts[:count], rows.withdrawals[: max(0, count - len(rows.upserts))]
        count -= len(up) + len(gone)
        if up or gone:
            first[name] = TableRows(up, gone)
        if len(up) < len(rows.upserts) or len(gone) < len(rows.withdrawals):
            second[name] = TableRows(rows.upserts[len(up) :], rows.withdrawals[len(gone) :])
    return [half for half in (first, second) if half]
