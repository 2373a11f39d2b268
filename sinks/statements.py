"""The INSERT of each table, made from the catalogue (pure).

Rows come as MessagePack and pass through `input()`: columns are read in the plain types that are cheap to read row by row, and
ClickHouse turns whole columns into the table's types. Integers are read wide and cast with a check, since the format itself would cut
300 down to 44 in a UInt8 without a word. MessagePack's binary UUID is read by ClickHouse in another byte order than ours (RFC 9562).
"""

import re
from typing import Final

from schemas.tables import Column, Table

FLAG: Final = Column("is_deleted", "UInt8", "arrival", "1 where the row was withdrawn")
_NULLABLE: Final = re.compile(r"^Nullable\((.*)\)$")
_NARROW: Final = {"UInt8": "UInt64", "UInt16": "UInt64", "UInt32": "UInt64", "Int8": "Int64", "Int16": "Int64", "Int32": "Int64"}


def insert_statement(database: str, table: Table) -> str:
    """Ends before FORMAT; the body that follows is rows in column order with `is_deleted` last."""
    columns = (*table.columns, FLAG)
    names = ", ".join(f"`{c.name}`" for c in columns)
    values = ", ".join(_read(c)[1] for c in columns)
    structure = ", ".join(f"`{c.name}` {_read(c)[0]}" for c in columns).replace("\\", "\\\\").replace("'", "\\'")
    return f"`{database}`.`{table.name}` ({names}) SELECT {values} FROM input('{structure}')"


def _read(column: Column) -> tuple[str, str]:
    """(type in which the value is read, expression that gives the value of the column)."""
    name = f"`{column.name}`"
    plain = column.type.replace("LowCardinality(String)", "String")
    nullable = _NULLABLE.match(plain)
    inner = nullable.group(1) if nullable else plain
    if inner == "UUID":
        return _wrap("FixedString(16)", bool(nullable)), f"toUUID(UUIDNumToString({name}))"
    if inner in _NARROW and column is not FLAG:
        return _wrap(_NARROW[inner], bool(nullable)), f"accurateCast({name}, '{plain}')"
    return plain, name


def _wrap(inner: str, nullable: bool) -> str:
    return f"Nullable({inner})" if nullable else inner
