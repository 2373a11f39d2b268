"""The frozen files make what the catalogue says; they may be repeated, and run on after a failure in the middle."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from schemas.connections import ClickHouseConnection
from schemas.errors import ServiceUnavailable
from schemas.ledger_tables import TABLES
from schemas.tables import Table
from sinks.clickhouse import ClickHouse
from sinks.ddl import comment_of, stored_columns
from sinks.errors import MigrationFailed
from sinks.migrate import migrate, migration_status
from sinks.publish import publish, published_generation
from sinks.rejects import REJECTED_ROWS
from tests.sinks.stores import connection_to
from tests.stack import ClickHouseAddress

pytestmark = pytest.mark.clickhouse
FILES = str(files("sinks").joinpath("migrations"))
COUNT = len(list(Path(FILES).glob("*.sql")))
BESIDE = ("schema_versions", "source_marks", "source_marks_from_touchpoints")
"""Tables that are not in the catalogue: they follow from others."""
ALL = {**TABLES, REJECTED_ROWS.name: REJECTED_ROWS}


@pytest.fixture
def connection(clickhouse: ClickHouseAddress, request: pytest.FixtureRequest) -> Iterator[ClickHouseConnection]:
    name = "migrate_" + "".join(c if c.isalnum() else "_" for c in request.node.name)[-40:]
    yield connection_to(clickhouse.host, clickhouse.port, name)
    door = ClickHouse(connection_to(clickhouse.host, clickhouse.port, name))
    for database in (name, f"{name}_g1", f"{name}_g2", f"{name}_metrics"):
        door.command(f"DROP DATABASE IF EXISTS `{database}` SYNC")
    door.close()


def ask(connection: ClickHouseConnection, sql: str) -> list[tuple[object, ...]]:
    door = ClickHouse(connection)
    try:
        return [tuple(row) for row in door.ask(sql).rows]
    finally:
        door.close()


def described(connection: ClickHouseConnection, database: str, table: str) -> list[tuple[object, ...]]:
    where = f"database = '{database}' AND table = '{table}'"
    return ask(connection, f"SELECT name, type, comment FROM system.columns WHERE {where} ORDER BY position")


def catalogued(table: Table) -> list[tuple[object, ...]]:
    return [(c.name, c.type, comment_of(c)) for c in stored_columns(table)]


def test_the_tables_are_those_of_the_catalogue_name_by_name(connection: ClickHouseConnection) -> None:
    migrate(connection)
    database = f"{connection.database}_g1"
    for table in ALL.values():
        assert described(connection, database, table.name) == catalogued(table), (
            f"{table.name}: the catalogue changed, write a new migration (python -m sinks ddl {table.name})"
        )
    keys = ask(connection, f"SELECT name, sorting_key, partition_key, engine, comment FROM system.tables WHERE database = '{database}'")
    found = {name: [str(key).strip("()"), *rest] for name, key, *rest in keys if name not in BESIDE}
    wanted = {t.name: [", ".join(t.order_by), t.partition_by, "ReplacingMergeTree", t.comment] for t in ALL.values()}
    assert found == wanted


def test_the_views_show_every_column_but_the_mark_of_withdrawal_and_comment_each(connection: ClickHouseConnection) -> None:
    migrate(connection)
    for table in ALL.values():
        shown = described(connection, connection.database, table.name)
        assert [row for row in catalogued(table) if row[0] != "is_deleted"] == shown[: len(table.columns) + 1]
    views = f"database IN ('{connection.database}', '{connection.database}_metrics')"
    dictionaries = "(SELECT name FROM system.tables WHERE engine = 'Dictionary')"  # their columns take no comments
    assert ask(connection, f"SELECT table, name FROM system.columns WHERE {views} AND comment = '' AND table NOT IN {dictionaries}") == []
    assert ask(connection, f"SELECT name FROM system.tables WHERE {views} AND comment = ''") == []


def test_migrating_again_changes_nothing_and_says_so(connection: ClickHouseConnection) -> None:
    first, second = migrate(connection), migrate(connection)
    assert len(first.applied) == COUNT
    assert (second.applied, second.published) == ((), 1)
    assert {s.state for s in migration_status(connection)} == {"applied"}


def test_a_dry_run_names_the_files_and_makes_nothing(connection: ClickHouseConnection) -> None:
    report = migrate(connection, dry_run=True)
    assert len(report.pending) == COUNT
    assert ask(connection, f"SELECT name FROM system.databases WHERE name LIKE '{connection.database}%'") == []


def test_every_file_may_run_twice(connection: ClickHouseConnection) -> None:
    migrate(connection)
    door = ClickHouse(connection, database=f"{connection.database}_g1")
    door.command("TRUNCATE TABLE schema_versions")
    door.close()
    assert len(migrate(connection).applied) == COUNT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the files that a test may spoil."""
    return Path(shutil.copytree(FILES, tmp_path / "migrations"))


def test_a_file_that_failed_half_way_goes_on_once_its_cause_is_mended(connection: ClickHouseConnection, folder: Path) -> None:
    bad = folder / "9999_add_two.sql"
    bad.write_text("ALTER TABLE orders ADD COLUMN IF NOT EXISTS x UInt8;\nALTER TABLE orders ADD COLUMN IF NOT EXISTS y Nonsense;")
    with pytest.raises(MigrationFailed, match=r"9999_add_two\.sql: .*Nonsense") as caught:
        migrate(connection, folder=folder)
    assert "run `tracker migrate` again" in caught.value.remedy
    assert "ADD COLUMN IF NOT EXISTS y" in caught.value.remedy
    bad.write_text(bad.read_text().replace("Nonsense", "UInt8"))
    assert migrate(connection, folder=folder).applied == (bad.name,)


def test_an_applied_file_that_was_edited_is_refused(connection: ClickHouseConnection, folder: Path) -> None:
    migrate(connection, folder=folder)
    edited = folder / "0002_create_episodes.sql"
    edited.write_text(edited.read_text() + "-- edited")
    with pytest.raises(MigrationFailed, match="must not change"):
        migrate(connection, folder=folder)


def test_a_second_generation_leaves_the_views_alone_until_it_is_published(connection: ClickHouseConnection) -> None:
    migrate(connection)
    assert migrate(connection, 2).published == 1
    publish(connection, 2)
    assert published_generation(connection) == 2
    assert migrate(connection, 1).published == 2


def test_no_server_is_told_with_a_remedy() -> None:
    with pytest.raises(ServiceUnavailable, match="tracker up"):
        migrate(connection_to("127.0.0.1", 1, "nowhere"))


def test_the_catalogue_of_the_test_notices_a_changed_column() -> None:
    table = TABLES["orders"]
    changed = replace(table, columns=(replace(table.columns[0], comment="other"), *table.columns[1:]))
    assert catalogued(changed) != catalogued(table)
