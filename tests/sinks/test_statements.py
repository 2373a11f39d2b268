import pytest

from schemas.ledger_tables import TABLES
from schemas.tables import Table, key
from sinks.statements import insert_statement


def of(type_: str) -> str:
    return insert_statement("db", Table("t", "", (key("c", type_, ""),), ("c",)))


@pytest.mark.parametrize(
    ("type_", "expression", "read_as"),
    [
        ("UUID", "toUUID(UUIDNumToString(`c`))", "`c` FixedString(16)"),
        ("Nullable(UUID)", "toUUID(UUIDNumToString(`c`))", "`c` Nullable(FixedString(16))"),
        ("UInt8", "accurateCast(`c`, 'UInt8')", "`c` UInt64"),
        ("Nullable(UInt8)", "accurateCast(`c`, 'Nullable(UInt8)')", "`c` Nullable(UInt64)"),
        ("LowCardinality(String)", "SELECT `c`", "`c` String"),
        ("Array(LowCardinality(String))", "SELECT `c`", "`c` Array(String)"),
        ("DateTime64(3, 'UTC')", "SELECT `c`", "`c` DateTime64(3, \\'UTC\\')"),
    ],
)
def test_each_type_is_read_plainly_and_turned_into_the_column_s_own(type_: str, expression: str, read_as: str) -> None:
    assert expression in of(type_)
    assert read_as in of(type_)


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_named_once_in_order_with_the_flag_last(table: str) -> None:
    names = insert_statement("db", TABLES[table]).partition("(")[2].partition(")")[0]
    assert names == ", ".join(f"`{c.name}`" for c in TABLES[table].columns) + ", `is_deleted`"
