"""Which rows differ between two generations, by a hash of the key and one of the content: compared inside ClickHouse, row by row.

A row of a generation that takes in live traffic changes between two looks, so a caller looks more than once (`deploy.rebuild.comparison`).
"""

from collections.abc import Mapping
from typing import Final

from schemas.connections import ClickHouseConnection
from schemas.ledger_tables import TABLES
from schemas.tables import Table
from sinks.clickhouse import ClickHouse, tables_database
from sinks.fingerprint import _present as present
from sinks.fingerprint import hashed_columns

MOST: Final = 100_000
"""Differences that are fetched of one table; more than these are different beyond any traffic."""
SPILL_BYTES: Final = 512 * 2**20
"""Memory after which ClickHouse goes on with the comparison on disk."""

Differing = Mapping[str, frozenset[tuple[str, int]]]
"""By hash of the row's key: (hash of its content, +1 where the first generation has it, -1 where the second has)."""


def differing(connection: ClickHouseConnection, first: int, second: int, table: str) -> Differing:
    """Rows that only one of the two generations has in that form."""
    door = ClickHouse(connection, timeout_s=600)
    databases = tables_database(connection, first), tables_database(connection, second)
    try:
        rows = door.ask(statement(*databases, TABLES[table]), {"max_bytes_before_external_group_by": SPILL_BYTES}).rows
    finally:
        door.close()
    found: dict[str, set[tuple[str, int]]] = {}
    for key, content, side in rows:
        found.setdefault(str(key), set()).add((str(content), int(side)))
    return {key: frozenset(sides) for key, sides in found.items()}


def statement(first: str, second: str, table: Table) -> str:
    """One pass over both tables, so that both are looked at in the same moment."""
    content = ", ".join(present(c) for c in hashed_columns(table))
    keys = ", ".join(f"`{name}`" for name in table.keys)
    sides = " UNION ALL ".join(
        f"SELECT sipHash128({keys}) AS k, sipHash128({content}) AS h, toInt8({side}) AS s FROM `{database}`.`{table.name}` FINAL"
        for database, side in ((first, 1), (second, -1))
    )
    return f"SELECT hex(k), hex(h), sum(s) AS side FROM ({sides}) GROUP BY k, h HAVING side != 0 ORDER BY k, h LIMIT {MOST}"
