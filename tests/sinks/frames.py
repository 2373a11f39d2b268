"""Builders of rows and frames: every column has a default, a test names what it is about."""

from functools import cache
from typing import Any

from schemas.ledger_tables import TABLES
from schemas.row_frames import CATALOGUE_VERSION, RowFrame, TableRows, encode_rows
from schemas.tables import Table

T0 = 1_767_225_600_000
"""2026-01-01T00:00:00Z in ms."""


def an_id(n: int) -> bytes:
    return n.to_bytes(16, "big")


def a_row(table: str, **values: Any) -> tuple[Any, ...]:
    """A whole row in column order."""
    filled = {**_defaults(table), **values}
    unknown = filled.keys() - _defaults(table).keys()
    assert not unknown, unknown
    return tuple(filled.values())


@cache
def _defaults(table: str) -> dict[str, Any]:
    """In column order; nobody writes to what it holds."""
    return {column.name: default_of(column.type) for column in TABLES[table].columns}


def a_withdrawal(table: str, version: int, **keys: Any) -> tuple[Any, ...]:
    spec: Table = TABLES[table]
    by_name = dict(zip([c.name for c in spec.columns], a_row(table, **keys), strict=True))
    return (*(by_name[k] for k in spec.keys), version)


def a_frame(
    upserts: dict[str, list[tuple[Any, ...]]] | None = None,
    withdrawals: dict[str, list[tuple[Any, ...]]] | None = None,
    catalogue: int = CATALOGUE_VERSION,
    generation: int = 1,
) -> bytes:
    ups, downs = upserts or {}, withdrawals or {}
    tables = {t: TableRows(list(ups.get(t, [])), list(downs.get(t, []))) for t in {**ups, **downs}}
    return encode_rows(RowFrame(catalogue, generation, "touchpoints.resolved.g1", 0, 0, 0, tables))


def default_of(type_: str) -> Any:
    if type_.startswith("Nullable"):
        return None
    if type_.startswith("Array"):
        return []
    if type_ == "UUID":
        return an_id(1)
    if type_ == "Bool":
        return False
    if type_.startswith("Float"):
        return 0.5
    if "String" in type_:
        return ""
    return T0 if type_.startswith("DateTime64") else 1
