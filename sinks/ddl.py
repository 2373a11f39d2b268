"""Statements that make tables and views from the catalogue (pure).

Tables are made by the frozen files in `migrations/`; what stands here writes a new file (`python -m sinks ddl TABLE`) and the test's
expectation. Views hold nothing, so they are made anew whenever they are published.
"""

from collections.abc import Sequence
from typing import Final

from schemas.tables import TIME, Column, Table, arrival
from sinks.statements import FLAG

INGESTED_AT: Final = arrival("ingested_at", TIME, "when ClickHouse stored this version of the row, UTC, ms")
_READ: Final = "do_not_merge_across_partitions_select_final = 1, optimize_move_to_prewhere_if_final = 0"
"""A row never changes its partition, and a filter that runs before FINAL would bring old versions back."""


def stored_columns(table: Table) -> tuple[Column, ...]:
    """What lies in ClickHouse: the travelling columns, then the two of the engine."""
    return (*table.columns, FLAG, INGESTED_AT)


def comment_of(column: Column) -> str:
    return f"{column.comment} (personal)" if column.personal else column.comment


def create_table(table: Table) -> str:
    """Without a database: the migration runs inside that of its generation."""
    columns = ",\n".join(f"    {_declared(c)}{_default(c)} COMMENT {text(comment_of(c))}" for c in stored_columns(table))
    partition = f"PARTITION BY {table.partition_by}\n" if table.partition_by else ""
    return (
        f"CREATE TABLE IF NOT EXISTS `{table.name}`\n(\n{columns}\n)\n"
        f"ENGINE = ReplacingMergeTree(version, is_deleted)\n{partition}ORDER BY ({', '.join(table.order_by)})\n"
        f"SETTINGS non_replicated_deduplication_window = 100\nCOMMENT {text(table.comment)}"
    )


def create_view(database: str, tables: str, table: Table, computed: Sequence[tuple[Column, str]] = (), prelude: str = "") -> str:
    """A view that shows the live rows of `table` with their comments; `computed` columns stand at the end."""
    columns = [c for c in stored_columns(table) if c is not FLAG]
    declared = ",\n".join(f"    {_declared(c)} COMMENT {text(comment_of(c))}" for c in [*columns, *(c for c, _ in computed)])
    values = ", ".join([f"`{c.name}`" for c in columns] + [f"{sql} AS `{c.name}`" for c, sql in computed])
    return (
        f"CREATE OR REPLACE VIEW `{database}`.`{table.name}`\n(\n{declared}\n)\n"
        f"AS {prelude}SELECT {values}\nFROM `{tables}`.`{table.name}` FINAL\nSETTINGS {_READ}\nCOMMENT {text(table.comment)}"
    )


def text(words: str) -> str:
    """As a literal of SQL."""
    return "'" + words.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _declared(column: Column) -> str:
    return f"`{column.name}` {column.type}"


def _default(column: Column) -> str:
    if column is INGESTED_AT:
        return " DEFAULT now64(3, 'UTC')"
    return " DEFAULT 0" if column is FLAG else ""
