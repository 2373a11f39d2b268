"""How a row of each table lies in the bytes of a frame, and what a withdrawal leaves empty (pure).

A row is never unpacked here: its MessagePack goes to ClickHouse as it came (`docs/decisions/0003-the-sink.md` has the measurements).
Only the leading columns, which name the row, are read, and the version where a key comes twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import msgspec

from schemas.ledger_tables import TABLES
from schemas.tables import Table

LIVE: Final = b"\x00"
WITHDRAWN: Final = b"\x01"
"""The last value of a body, column `is_deleted`."""

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[Any]).decode


@dataclass(frozen=True, slots=True)
class Shape:
    """`header` opens every whole row of the table, so a row with a column too many or too few is found by looking at it."""

    table: Table
    header: bytes
    keys: msgspec.msgpack.Decoder[Any]
    withdrawn_header: bytes
    empty: bytes

    @property
    def can_withdraw(self) -> bool:
        """False where rows are told apart by more than the key columns: such rows only pile up."""
        return set(self.table.order_by) <= set(self.table.keys)

    def row(self, body: bytes) -> list[Any]:
        """The values of a body in column order, `is_deleted` last."""
        return _unpack(_array_header(len(self.table.columns) + 1) + body)

    def version(self, body: bytes) -> int:
        return int(self.row(body)[-2])


def unpack(raw: bytes) -> list[Any]:
    return _unpack(raw)


def pack(values: list[Any]) -> bytes:
    """The values one after the other, without the header of an array."""
    return b"".join(map(_pack, values))


def shape_of(table: Table) -> Shape:
    names = [c.name for c in table.columns]
    naming = table.columns[: max(names.index(c) for c in table.order_by) + 1]
    fields = [(c.name, _python(c.type)) for c in naming]
    key = msgspec.defstruct(f"KeyOf_{table.name}", fields, frozen=True, array_like=True, gc=False)
    left_empty = [_default(c.type) for c in table.columns[len(table.keys) : -1]]
    return Shape(table, _array_header(len(names)), msgspec.msgpack.Decoder(key), _array_header(len(table.keys) + 1), pack(left_empty))


def _array_header(length: int) -> bytes:
    return _pack([None] * length)[:-length]


def _python(clickhouse_type: str) -> type:
    if clickhouse_type == "UUID":
        return bytes
    return str if "String" in clickhouse_type else int


def _default(clickhouse_type: str) -> object:
    """What a withdrawn row carries in a column that is no key."""
    if clickhouse_type.startswith("Nullable"):
        return None
    if clickhouse_type.startswith("Array"):
        return []
    if clickhouse_type == "UUID":
        return bytes(16)
    if clickhouse_type == "Bool":
        return False
    if clickhouse_type.startswith("Float"):
        return 0.0
    return "" if "String" in clickhouse_type else 0


SHAPES: Final[Mapping[str, Shape]] = MappingProxyType({name: shape_of(table) for name, table in TABLES.items()})
