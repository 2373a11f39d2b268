"""One bad row never harms its neighbours: what ClickHouse refuses is halved until the bad row stands alone, which is then kept apart."""

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Final

from schemas.tables import TEXT, VERSION, WORD, Table, arrival, key
from sinks.batch import Block, Entry, Place
from sinks.doors import Store
from sinks.errors import RowsRefused, TooManyRefused
from sinks.rows import Body, Misfit
from sinks.shapes import LIVE, SHAPES, Shape, pack, shape_of, unpack

MOST_REFUSED: Final = 100
"""Refused rows of one block after which the sink stops: so many are no accident but a table of another shape."""

REJECTED_ROWS: Final = Table(
    "rejected_rows",
    "rows that ClickHouse refused, with the reason; their neighbours were stored",
    (
        key("table_name", WORD, "table for which the row was meant"),
        key("topic", WORD, "topic of the frame"),
        key("partition", "UInt16", "partition of the frame"),
        key("offset", "UInt64", "offset of the frame"),
        key("row_hash", "UInt64", "hash of the row, tells several rows of a frame apart"),
        arrival("reason", TEXT, "what ClickHouse said"),
        arrival("row", TEXT, "the row as JSON, a list in column order; binary values in base64 (personal)"),
        VERSION,
    ),
    order_by=("table_name", "topic", "partition", "offset", "row_hash"),
)
_SHAPE: Final[Shape] = shape_of(REJECTED_ROWS)


def insert_block(store: Store, block: Block) -> list[Body]:
    """Stores the block but for refused rows, which come back as bodies for `rejected_rows`; raises what `Store.insert` raises otherwise."""
    refused: list[Body] = []
    for entry, reason in _insert(store, block.table, block.entries, block.token):
        refused.append(_rejected(block.table, SHAPES[block.table].row(entry.body), reason, entry.place))
        if len(refused) > MOST_REFUSED:
            raise TooManyRefused(block.table, MOST_REFUSED, reason)
    return refused


def insert_rejected(store: Store, bodies: Sequence[Body], token: str) -> None:
    store.insert(REJECTED_ROWS, bodies, token)


def rejected_misfit(misfit: Misfit, place: Place) -> Body:
    return _rejected(misfit.table, unpack(misfit.raw), misfit.reason, place)


def _insert(store: Store, table: str, entries: list[Entry], token: str) -> Iterator[tuple[Entry, str]]:
    try:
        store.insert(SHAPES[table].table, [e.body for e in entries], token)
    except RowsRefused as error:
        if len(entries) == 1:
            yield entries[0], error.message
            return
        half = len(entries) // 2
        yield from _insert(store, table, entries[:half], token + "/0")
        yield from _insert(store, table, entries[half:], token + "/1")


def _rejected(table: str, values: list[object], reason: str, place: Place) -> Body:
    text = json.dumps(values, default=_plain, ensure_ascii=False)
    digest = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
    return pack([table, place.topic, place.partition, place.offset, digest, reason, text, place.offset]) + LIVE


def _plain(value: object) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else repr(value)
