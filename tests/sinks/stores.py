"""The two stores behind one face, so that one suite runs on both."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from pydantic import SecretStr

from schemas.connections import ClickHouseConnection
from schemas.ledger_tables import TABLES
from schemas.tables import Table
from sinks.clickhouse import ClickHouse, ClickHouseStore, tables_database
from sinks.memory import MemoryStore
from sinks.migrate import migrate
from sinks.rows import Body


class ReadableStore(Protocol):
    def insert(self, table: Table, bodies: Sequence[Body], token: str) -> None: ...

    def live(self, table: str) -> list[list[Any]]:
        """Live rows in column order, values as on the wire, sorted."""


class ReadableClickHouse:
    """Reads through the analysts' views, whose values are turned back into those of the wire by ClickHouse."""

    def __init__(self, connection: ClickHouseConnection, door: ClickHouse) -> None:
        self._store = ClickHouseStore(door, tables_database(connection, 1))
        self._door, self._views = door, connection.database

    def insert(self, table: Table, bodies: Sequence[Body], token: str) -> None:
        self._store.insert(table, bodies, token)

    def live(self, table: str) -> list[list[Any]]:
        columns = ", ".join(_as_on_the_wire(c.name, c.type) for c in TABLES[table].columns)
        rows = self._door.ask(f"SELECT {columns} FROM `{self._views}`.`{table}`").rows
        return sorted((_unhexed(table, row) for row in rows), key=repr)


def _as_on_the_wire(name: str, type_: str) -> str:
    if "UUID" in type_:
        return f"hex(UUIDStringToNum(toString(`{name}`)))"
    if "DateTime64" in type_:
        return f"toUnixTimestamp64Milli(`{name}`)"
    if "Decimal" in type_:
        return f"toInt64(toDecimal128(`{name}`, 4) * 10000)"
    return f"`{name}`"


def _unhexed(table: str, row: Sequence[Any]) -> list[Any]:
    uuids = ["UUID" in c.type for c in TABLES[table].columns]
    return [bytes.fromhex(v) if is_uuid and v is not None else v for v, is_uuid in zip(row, uuids, strict=True)]


def connection_to(host: str, port: int, database: str) -> ClickHouseConnection:
    return ClickHouseConnection(host=host, port=port, user="default", password=SecretStr(""), database=database, secure=False)


@contextmanager
def clickhouse_store(host: str, port: int, database: str) -> Iterator[ReadableClickHouse]:
    """Fresh tables and views under a name of their own."""
    connection = connection_to(host, port, database)
    migrate(connection)
    door = ClickHouse(connection, timeout_s=20)
    try:
        yield ReadableClickHouse(connection, door)
    finally:
        for name in (database, f"{database}_g1", f"{database}_metrics"):
            door.command(f"DROP DATABASE IF EXISTS `{name}` SYNC")
        door.close()


def memory_store() -> MemoryStore:
    return MemoryStore()
