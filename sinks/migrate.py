"""Tables by `clickhouse-migrations` from numbered, frozen files; its errors are told with statement, file and remedy.

A file that failed half-way runs again as a whole, so each statement may be repeated (`IF NOT EXISTS`); a file that was applied and then
edited is refused. Views are published afterwards (`sinks.publish`).
"""

from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from clickhouse_migrations.connection import ClickhouseConnectConnection
from clickhouse_migrations.defaults import MIGRATIONS_TABLE
from clickhouse_migrations.exceptions import MigrationException
from clickhouse_migrations.migration import Migration, MigrationStorage
from clickhouse_migrations.migrator import Migrator

from schemas.connections import ClickHouseConnection
from schemas.errors import Retryable
from sinks.clickhouse import ClickHouse, tables_database
from sinks.errors import MigrationFailed
from sinks.publish import publish, published_generation
from sinks.settings import SinkSettings


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """`applied` are the files run now, `pending` those that a dry run would run; `published` is the generation that the views show."""

    database: str
    applied: tuple[str, ...]
    pending: tuple[str, ...]
    published: int | None


@dataclass(frozen=True, slots=True)
class MigrationState:
    """`state` is applied, pending, md5-mismatch (edited after it was applied) or unknown (applied by a newer version)."""

    file: str
    state: str
    applied_at: str


class _Door(ClickhouseConnectConnection):  # type: ignore[misc]  # the package has no types
    """The package's connection over our client, with our errors."""

    def __init__(self, door: ClickHouse, names: dict[str, str]) -> None:
        super().__init__(door.client())
        self._door, self._names = door, names

    def command(self, statement: str, log_statement: str | None = None) -> None:
        try:
            super().command(statement, log_statement)
        except Exception as error:  # whatever the driver raises is told with the statement at which it happened
            translated = self._door.translate(error)
            if isinstance(translated, Retryable):
                raise translated from error
            file = next((name for script, name in self._names.items() if statement.strip() in script), "")
            raise MigrationFailed(
                f"{file or 'bookkeeping of the migrations'}: {translated.message}",
                remedy=f"mend the cause and run `tracker migrate` again, statements may be repeated; failed: {_first_line(statement)}",
                file=file,
                statement=statement,
            ) from error


def migrate(
    connection: ClickHouseConnection | None = None,
    generation: int = 1,
    *,
    dry_run: bool = False,
    publishing: bool = True,
    folder: Path | None = None,
) -> MigrationReport:
    """Brings the tables of a generation up to date and publishes its views, unless those of another generation are live.

    Without a connection that of the settings, without a folder that of the package. May be called again after any failure. Raises
    ServiceUnavailable or MigrationFailed.
    """
    connection = connection or SinkSettings().clickhouse
    pending = tuple(s.file for s in migration_status(connection, generation, folder=folder) if s.state == "pending")
    database = tables_database(connection, generation)
    if dry_run:
        return MigrationReport(database, (), pending, published_generation(connection))
    _create_database(connection, database)
    _apply(connection, database, _migrations(folder))
    live = published_generation(connection)
    if publishing and live in (None, generation):
        publish(connection, generation)
        live = generation
    return MigrationReport(database, pending, (), live)


def migration_status(
    connection: ClickHouseConnection | None = None, generation: int = 1, *, folder: Path | None = None
) -> tuple[MigrationState, ...]:
    """Every file and what became of it; changes nothing."""
    connection = connection or SinkSettings().clickhouse
    database = tables_database(connection, generation)
    migrations = _migrations(folder)
    names = {migration.version: name for name, migration in migrations.items()}
    door = ClickHouse(connection)
    try:
        if not door.ask(f"SELECT 1 FROM system.tables WHERE database = '{database}' AND name = '{MIGRATIONS_TABLE}'").rows:
            return tuple(MigrationState(name, "pending", "") for name in names.values())
    finally:
        door.close()
    door = ClickHouse(connection, database=database)
    try:
        rows = Migrator(_Door(door, {})).migration_status(list(migrations.values()))
    finally:
        door.close()
    return tuple(MigrationState(names.get(r.version, str(r.version)), r.state, str(r.applied_at or "")) for r in rows)


def _create_database(connection: ClickHouseConnection, database: str) -> None:
    door = ClickHouse(connection)
    try:
        door.command(
            f"CREATE DATABASE IF NOT EXISTS `{database}` COMMENT 'tables of one generation; read the views in `{connection.database}`'"
        )
    finally:
        door.close()


def _apply(connection: ClickHouseConnection, database: str, migrations: dict[str, Migration]) -> None:
    door = ClickHouse(connection, database=database)
    try:
        migrator = Migrator(_Door(door, {migration.script: name for name, migration in migrations.items()}))
        migrator.init_schema()
        migrator.apply_migration(list(migrations.values()), multi_statement=True)
    except MigrationException as error:
        raise MigrationFailed(
            f"the files do not fit {database}: {error}",
            remedy="an applied file must not change: restore it and write a new one; see `tracker migrate --status`",
        ) from error
    finally:
        door.close()


def _migrations(folder: Path | None) -> dict[str, Migration]:
    """By file name, in the order of their numbers."""
    if folder is None:
        with as_file(files("sinks").joinpath("migrations")) as packaged:
            return _migrations(packaged)
    storage = MigrationStorage(folder)
    names = storage.migration_filenames()
    return {names[m.version]: m for m in storage.migrations()}


def _first_line(statement: str) -> str:
    return statement.strip().splitlines()[0][:120]
