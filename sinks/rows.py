"""project: a frame becomes rows by table, each with the key that names it (pure)."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from schemas.row_frames import CATALOGUE_VERSION
from sinks.errors import CatalogueNewer
from sinks.shapes import LIVE, SHAPES, WITHDRAWN, Shape

Key = Hashable
Body = bytes
"""All values of a row in column order, then `is_deleted`, as MessagePack one after the other: what ClickHouse's `FORMAT MsgPack` reads."""


class SealedRows(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`schemas.row_frames.TableRows` with its rows left packed."""

    upserts: list[msgspec.Raw]
    withdrawals: list[msgspec.Raw]


class SealedFrame(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`schemas.row_frames.RowFrame` with its rows left packed: the same fields in the same order (tested)."""

    catalogue: int
    generation: int
    source_topic: str
    source_partition: int
    first_offset: int
    last_offset: int
    tables: dict[str, SealedRows]


class Misfit(NamedTuple):
    """A row that does not fit its table, as it came."""

    table: str
    raw: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Projection:
    rows: Mapping[str, list[tuple[Key, Body]]]
    misfits: list[Misfit]


_DECODER: Final = msgspec.msgpack.Decoder(SealedFrame)


def unseal(raw: bytes) -> SealedFrame:
    """The frame in `raw`; raises msgspec.DecodeError where it is none."""
    return _DECODER.decode(raw)


def project(frame: SealedFrame) -> Projection:
    """Upserts and withdrawals of each table in the order in which they came; raises CatalogueNewer where this sink is too old."""
    if frame.catalogue > CATALOGUE_VERSION:
        raise CatalogueNewer(f"catalogue {frame.catalogue}", f"catalogue {CATALOGUE_VERSION}")
    misfits: list[Misfit] = []
    rows: dict[str, list[tuple[Key, Body]]] = {}
    for name, sealed in frame.tables.items():
        if (shape := SHAPES.get(name)) is None:
            raise CatalogueNewer(f"table {name}", f"{len(SHAPES)} other tables")
        rows[name] = _upserts(shape, sealed.upserts, misfits) + _withdrawals(shape, sealed.withdrawals, misfits)
    return Projection(rows, misfits)


def _upserts(shape: Shape, raws: list[msgspec.Raw], misfits: list[Misfit]) -> list[tuple[Key, Body]]:
    header, key_of, out = shape.header, shape.keys.decode, []
    skip = len(header)
    for raw in raws:
        row = bytes(raw)
        if not row.startswith(header):
            misfits.append(Misfit(shape.table.name, row, f"a row of {shape.table.name} has {len(shape.table.columns)} columns"))
            continue
        try:
            out.append((key_of(row), row[skip:] + LIVE))
        except msgspec.DecodeError as error:
            misfits.append(Misfit(shape.table.name, row, f"key column: {error}"))
    return out


def _withdrawals(shape: Shape, raws: list[msgspec.Raw], misfits: list[Misfit]) -> list[tuple[Key, Body]]:
    out = []
    for raw in raws:
        row = bytes(raw)
        if not shape.can_withdraw or not row.startswith(shape.withdrawn_header):
            misfits.append(
                Misfit(shape.table.name, row, f"a withdrawal from {shape.table.name} has the keys {shape.table.keys} and the version")
            )
            continue
        try:
            out.append((shape.keys.decode(row), _withdrawn(shape, row)))
        except msgspec.DecodeError as error:
            misfits.append(Misfit(shape.table.name, row, f"key column: {error}"))
    return out


def _withdrawn(shape: Shape, row: bytes) -> Body:
    """Keys, defaults, version: ClickHouse keeps the whole row as a tombstone."""
    *keys, version = _KEYS_AND_VERSION.decode(row)
    return b"".join(map(bytes, keys)) + shape.empty + bytes(version) + WITHDRAWN


_KEYS_AND_VERSION: Final = msgspec.msgpack.Decoder(list[msgspec.Raw])
