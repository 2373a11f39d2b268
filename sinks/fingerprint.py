"""A hash of every table's content, the same whatever the order of the rows, so that two runs can be compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from schemas.connections import ClickHouseConnection
from schemas.ledger_tables import TABLES
from schemas.tables import Column, Table
from sinks.clickhouse import ClickHouse, tables_database


@dataclass(frozen=True, slots=True)
class TablePrint:
    """`hash` sums a 128-bit hash of each live row over keys and content; `left_out` are the arrival columns, which tell of the way here."""

    hash: str
    rows: int
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`left_out` are the tables that only tell how and when events came."""

    tables: Mapping[str, TablePrint]
    left_out: tuple[str, ...]


def fingerprint(connection: ClickHouseConnection, generation: int = 1) -> Fingerprint:
    """Of one generation's tables, computed in ClickHouse."""
    door = ClickHouse(connection, timeout_s=600)
    database = tables_database(connection, generation)
    try:
        prints = {t.name: _print(door, database, t) for t in TABLES.values() if has_content(t)}
    finally:
        door.close()
    return Fingerprint(MappingProxyType(prints), tuple(t.name for t in TABLES.values() if not has_content(t)))


def row_hashes(connection: ClickHouseConnection, generation: int, table: str) -> Mapping[tuple[Any, ...], str]:
    """By key the hash over the content of each live row: tells which rows of two runs differ, where their fingerprints do."""
    spec, door = TABLES[table], ClickHouse(connection, timeout_s=600)
    values = ", ".join(_present(c) for c in hashed_columns(spec))
    source = f"`{tables_database(connection, generation)}`.`{table}`"
    try:
        rows = door.ask(f"SELECT {', '.join(spec.keys)}, lower(hex(sipHash128({values}))) FROM {source} FINAL").rows
    finally:
        door.close()
    return {tuple(key): str(digest) for *key, digest in rows}


def has_content(table: Table) -> bool:
    return any(c.role == "content" for c in table.columns)


def hashed_columns(table: Table) -> tuple[Column, ...]:
    return tuple(c for c in table.columns if c.role != "arrival")


def statement(database: str, table: Table) -> str:
    values = ", ".join(_present(c) for c in hashed_columns(table))
    total = f"lower(hex(sum(reinterpretAsUInt128(sipHash128({values})))))"
    return f"SELECT {total}, count() FROM `{database}`.`{table.name}` FINAL"


def _present(column: Column) -> str:
    """A hash function answers NULL where an argument is NULL, so a NULL becomes a mark and a default."""
    if not column.type.startswith("Nullable"):
        return f"`{column.name}`"
    inner = column.type.removeprefix("Nullable(").removesuffix(")").replace("'", "\\'")
    return f"isNull(`{column.name}`), ifNull(`{column.name}`, defaultValueOfTypeName('{inner}'))"


def _print(door: ClickHouse, database: str, table: Table) -> TablePrint:
    ((digest, rows),) = door.ask(statement(database, table)).rows
    left_out = ("ingested_at", *(c.name for c in table.columns if c.role == "arrival"))
    return TablePrint(str(digest), int(rows), left_out)
