from collections.abc import Iterator

import pytest

from schemas.ledger_tables import TABLES
from sinks.fingerprint import fingerprint, has_content, hashed_columns, statement
from sinks.rows import project, unseal
from tests.sinks.frames import a_frame, a_row, a_withdrawal, an_id
from tests.sinks.stores import ReadableClickHouse, clickhouse_store, connection_to
from tests.stack import ClickHouseAddress


def test_every_column_is_marked_as_key_content_or_arrival() -> None:
    assert {c.role for t in TABLES.values() for c in t.columns} == {"key", "content", "arrival"}


@pytest.mark.parametrize("table", [t for t in TABLES.values() if has_content(t)], ids=lambda t: t.name)
def test_every_key_and_content_column_is_hashed_and_no_arrival_column(table: object) -> None:
    spec = TABLES[table.name]  # type: ignore[attr-defined]
    sql = statement("db", spec)
    assert all((f"`{c.name}`" in sql) == (c.role != "arrival") for c in spec.columns)
    assert len(hashed_columns(spec)) > len(spec.keys)


@pytest.fixture
def stores(clickhouse: ClickHouseAddress) -> Iterator[tuple[ReadableClickHouse, ReadableClickHouse, ClickHouseAddress]]:
    with (
        clickhouse_store(clickhouse.host, clickhouse.port, "print_a") as a,
        clickhouse_store(clickhouse.host, clickhouse.port, "print_b") as b,
    ):
        yield a, b, clickhouse


def put(store: ReadableClickHouse, frame: bytes) -> None:
    for table, rows in project(unseal(frame)).rows.items():
        store.insert(TABLES[table], [body for _, body in rows], repr(frame))


def of(address: ClickHouseAddress, name: str) -> dict[str, str]:
    return {t: p.hash for t, p in fingerprint(connection_to(address.host, address.port, name)).tables.items()}


@pytest.mark.clickhouse
def test_it_follows_from_live_content_alone(stores: tuple[ReadableClickHouse, ReadableClickHouse, ClickHouseAddress]) -> None:
    a, b, where = stores
    row, other = a_row("tickets", episode_id=an_id(1), version=1), a_row("tickets", episode_id=an_id(2), version=2)
    put(a, a_frame({"tickets": [row, other]}))
    put(b, a_frame({"tickets": [a_row("tickets", episode_id=an_id(2), version=77), a_row("tickets", episode_id=an_id(3), version=5)]}))
    assert of(where, "print_a") != of(where, "print_b")
    put(b, a_frame({"tickets": [row]}, {"tickets": [a_withdrawal("tickets", 6, episode_id=an_id(3))]}))
    assert of(where, "print_a") == of(where, "print_b"), "order, versions and withdrawn rows do not count"


@pytest.mark.clickhouse
def test_a_null_is_not_its_default_nor_another_column_s_null(
    stores: tuple[ReadableClickHouse, ReadableClickHouse, ClickHouseAddress],
) -> None:
    a, b, where = stores
    put(a, a_frame({"tickets": [a_row("tickets", version=1, first_response_s=None, first_any_response_s=0)]}))
    put(b, a_frame({"tickets": [a_row("tickets", version=1, first_response_s=0, first_any_response_s=None)]}))
    assert of(where, "print_a") != of(where, "print_b")
    put(b, a_frame({"tickets": [a_row("tickets", version=2, first_response_s=0, first_any_response_s=0)]}))
    assert of(where, "print_a") != of(where, "print_b")
    put(b, a_frame({"tickets": [a_row("tickets", version=3, first_response_s=None, first_any_response_s=0)]}))
    assert of(where, "print_a") == of(where, "print_b")
