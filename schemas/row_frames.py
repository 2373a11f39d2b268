"""Frames of rows: what `streams` sends on `journeys` and `sinks` writes to ClickHouse, many rows in one Kafka message.

One frame comes from one partition of one source topic. Within a frame and over frames a row key may come again: the greatest
`version` wins, and among equal versions the content is equal (a version is an offset of the log that decides the row).
"""

from collections.abc import Mapping
from typing import Any

import msgspec

Row = tuple[Any, ...]
"""Values in the order of the table's columns, as `schemas.tables` says, `version` last."""


class TableRows(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Rows of one table: `upserts` are whole rows; `withdrawals` are (key values in key order, then the version)."""

    upserts: list[Any]
    withdrawals: list[Any]


class RowFrame(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`catalogue` is the version of the column lists: a sink that knows only older ones refuses the frame and stops loudly."""

    catalogue: int
    generation: int
    source_topic: str
    source_partition: int
    first_offset: int
    last_offset: int
    tables: dict[str, TableRows]


CATALOGUE_VERSION = 1
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(RowFrame)


def encode_rows(frame: RowFrame) -> bytes:
    """The bytes of a frame (MessagePack)."""
    return _ENCODER.encode(frame)


def decode_rows(raw: bytes) -> RowFrame:
    """The frame in `raw`; raises msgspec.DecodeError where it is none: frames are ours, so that is a bug or a foreign writer."""
    return _DECODER.decode(raw)


def tables_of(frame: RowFrame) -> Mapping[str, TableRows]:
    """Rows by table name; a name that `schemas.ledger_tables.TABLES` lacks means that the sink is older than the worker."""
    return frame.tables
