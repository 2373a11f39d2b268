"""Points the views that analysts read at the tables of one generation. Each view is replaced at once; publishing twice changes nothing."""

from collections.abc import Iterator
from importlib.resources import files
from string import Template
from typing import Final

from clickhouse_migrations.migrator import Migrator

from schemas.connections import ClickHouseConnection
from schemas.ledger_tables import TABLES
from schemas.tables import Column, arrival
from sinks.clickhouse import ClickHouse, tables_database
from sinks.ddl import create_view, text
from sinks.rejects import REJECTED_ROWS

JOURNEY_GAP_DAYS: Final = 30
"""As in rules.yaml, journeys.gap_days."""

_CLOSED_AT: Final = arrival(
    "closed_at", "Nullable(DateTime64(3, 'UTC'))", "last touchpoint and the journey gap, once the watermark has passed it; null while open"
)
_IS_OPEN: Final = arrival("is_open", "Bool", "a touchpoint could still prolong it: the watermark has not passed the journey gap yet")
_UNKNOWN_DATABASE: Final = 81


def metrics_database(connection: ClickHouseConnection) -> str:
    return "metrics" if connection.database == "tracker" else f"{connection.database}_metrics"


def publish(connection: ClickHouseConnection, generation: int = 1, journey_gap_days: int = JOURNEY_GAP_DAYS) -> int:
    """The number of views made; raises ServiceUnavailable or QueryRefused."""
    door = ClickHouse(connection)
    try:
        statements = list(view_statements(connection, generation, journey_gap_days))
        for statement in statements:
            door.command(statement)
    finally:
        door.close()
    return sum("VIEW" in s for s in statements)


def published_generation(connection: ClickHouseConnection) -> int | None:
    """The generation that the views show; None where there are no views yet."""
    door = ClickHouse(connection)
    try:
        database = text(connection.database)
        if not door.ask(f"SELECT 1 FROM system.tables WHERE database = {database} AND name = 'generation'").rows:
            return None
        return int(door.ask(f"SELECT generation FROM `{connection.database}`.generation").rows[0][0])
    finally:
        door.close()


def view_statements(connection: ClickHouseConnection, generation: int, journey_gap_days: int) -> Iterator[str]:
    """In an order in which each finds what it reads; `generation` last, since it says that all others are there."""
    views, tables, metrics = connection.database, tables_database(connection, generation), metrics_database(connection)
    yield f"CREATE DATABASE IF NOT EXISTS `{views}`"
    yield f"CREATE DATABASE IF NOT EXISTS `{metrics}`"
    yield _watermark(views, tables)
    for table in (*TABLES.values(), REJECTED_ROWS):
        prelude = f"WITH (SELECT at FROM `{views}`.watermark) AS watermark " if table.name == "journeys" else ""
        yield create_view(views, tables, table, _computed(table.name, journey_gap_days), prelude)
    for file in sorted(files("sinks").joinpath("views").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".sql"):
            filled = Template(file.read_text(encoding="utf8")).substitute(VIEWS=f"`{views}`", METRICS=f"`{metrics}`")
            yield from Migrator.script_to_statements(filled, True)
    yield _columns(views, metrics)
    yield (
        f"CREATE OR REPLACE VIEW `{views}`.generation (`generation` UInt32 COMMENT 'counted from 1') "
        f"AS SELECT toUInt32({generation}) AS generation COMMENT 'the generation whose tables the views show'"
    )


def _computed(table: str, journey_gap_days: int) -> tuple[tuple[Column, str], ...]:
    if table != "journeys":
        return ()
    end = f"addDays(last_touch_at, {journey_gap_days})"
    return (_CLOSED_AT, f"if({end} < watermark, {end}, NULL)"), (_IS_OPEN, f"{end} >= watermark")


def _watermark(views: str, tables: str) -> str:
    """Read from the edges of the parts where ClickHouse keeps them, else from one column; withdrawn rows count too: they happened."""
    return (
        f"CREATE OR REPLACE VIEW `{views}`.watermark (`at` DateTime64(3, 'UTC') COMMENT 'UTC, ms; 1970 while there is nothing') "
        f"AS SELECT max(occurred_at) AS at FROM `{tables}`.touchpoints WHERE occurred_at <= now64(3, 'UTC') "
        "COMMENT 'latest touchpoint that does not lie in the future: how far event time has come'"
    )


def _columns(views: str, metrics: str) -> str:
    names = {"database": "database", "view": "view", "column": "column", "type": "type in ClickHouse", "comment": "meaning and unit"}
    declared = ", ".join(f"`{name}` String COMMENT {text(comment)}" for name, comment in names.items())
    return (
        f"CREATE OR REPLACE VIEW `{views}`.columns ({declared}) AS SELECT database, table AS view, name AS column, type, comment "
        f"FROM system.columns WHERE database IN ({text(views)}, {text(metrics)}) ORDER BY database, table, position "
        "COMMENT 'every view and column with its meaning'"
    )
