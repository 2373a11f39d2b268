"""Points the views that analysts read at the tables of one generation. Each view is replaced at once; publishing twice changes nothing."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Template

from clickhouse_migrations.migrator import Migrator

from schemas.connections import ClickHouseConnection
from schemas.errors import ConfigurationError
from schemas.ledger_tables import TABLES
from schemas.rules import Rules, rules_from
from sinks.clickhouse import ClickHouse, tables_database
from sinks.ddl import create_view, text
from sinks.dictionaries import identity_owner
from sinks.finality import computed, late_view, prelude, watermark_views
from sinks.rejects import REJECTED_ROWS
from sinks.settings import SinkSettings


def metrics_database(connection: ClickHouseConnection) -> str:
    return "metrics" if connection.database == "tracker" else f"{connection.database}_metrics"


def publish(connection: ClickHouseConnection, generation: int = 1, rules: Rules | None = None) -> int:
    """The number of views made. Gaps and lateness are those of `rules`, by default of the rules that the settings name.

    Raises ServiceUnavailable, QueryRefused, ConfigurationError or RulesInvalid.
    """
    rules = rules or _rules(SinkSettings().rules_path)
    door = ClickHouse(connection)
    try:
        statements = list(view_statements(connection, generation, rules))
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


def view_statements(connection: ClickHouseConnection, generation: int, rules: Rules) -> Iterator[str]:
    """In an order in which each finds what it reads; `generation` last, since it says that all others are there."""
    views, tables, metrics = connection.database, tables_database(connection, generation), metrics_database(connection)
    yield f"CREATE DATABASE IF NOT EXISTS `{views}`"
    yield f"CREATE DATABASE IF NOT EXISTS `{metrics}`"
    yield from watermark_views(views, tables, rules)
    for table in (*TABLES.values(), REJECTED_ROWS):
        yield create_view(views, tables, table, computed(table.name, rules), prelude(table.name, views))
    yield late_view(views)
    for file in sorted(files("sinks").joinpath("views").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".sql"):
            words = {"VIEWS": f"`{views}`", "METRICS": f"`{metrics}`", **_limits(rules)}
            filled = Template(file.read_text(encoding="utf8")).substitute(words)
            yield from Migrator.script_to_statements(filled, True)
    yield identity_owner(connection)
    yield _columns(views, metrics)
    yield (
        f"CREATE OR REPLACE VIEW `{views}`.generation (`generation` UInt32 COMMENT 'counted from 1') "
        f"AS SELECT toUInt32({generation}) AS generation COMMENT 'the generation whose tables the views show'"
    )


def _limits(rules: Rules) -> dict[str, str]:
    """Limits of rules.yaml that views look at."""
    spike = rules.alerts.return_spike
    return {
        "DAYS": f"{spike.window_days}",
        "LEAST": f"{spike.min_returns}",
        "TIMES": f"{spike.times_baseline}",
        "MATURED_AFTER": f"{rules.targets.return_window_days}",
    }


def _rules(path: Path | None) -> Rules:
    try:
        return rules_from((files("schemas") / "rules.yaml" if path is None else path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as why:
        remedy = "name a readable rules.yaml in TRACKER_RULES_PATH, or none for the shipped one"
        raise ConfigurationError(f"the rules in {path} cannot be read: {type(why).__name__}", setting="rules_path", remedy=remedy) from None


def _columns(views: str, metrics: str) -> str:
    names = {"database": "database", "view": "view", "column": "column", "type": "type in ClickHouse", "comment": "meaning and unit"}
    declared = ", ".join(f"`{name}` String COMMENT {text(comment)}" for name, comment in names.items())
    return (
        f"CREATE OR REPLACE VIEW `{views}`.columns ({declared}) AS SELECT database, table AS view, name AS column, type, comment "
        f"FROM system.columns WHERE database IN ({text(views)}, {text(metrics)}) ORDER BY database, table, position "
        "COMMENT 'every view and column with its meaning'"
    )
