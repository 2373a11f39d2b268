"""`tracker migrate`, `sql`, `fingerprint`: what concerns ClickHouse. They look where TRACKER_CLICKHOUSE_HOST and _PORT say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter

from deploy.cli.output import notice, print_json, print_table

Json = Annotated[bool, Parameter(name="--json", show_default=False, help="One JSON document on stdout.")]
DryRun = Annotated[bool, Parameter(name="--dry-run", show_default=False, help="Name what would run and change nothing.")]
Status = Annotated[bool, Parameter(name="--status", show_default=False, help="Show every file and its state, and change nothing.")]
Generation = Annotated[int | None, Parameter(name="--generation", show_default=False, help="Default: TRACKER_GENERATION, else 1.")]
Rows = Annotated[int, Parameter(name="--rows", help="Rows shown at most in a table; 0 for all. JSON always has all.")]


def migrate(*, dry_run: DryRun = False, status: Status = False, generation: Generation = None, as_json: Json = False) -> None:
    """Bring the tables in ClickHouse up to date and publish the views. May be repeated at any time.

    For example:

        tracker migrate
        tracker migrate --dry-run
        tracker migrate --status
    """
    from sinks.migrate import migrate as bring_up_to_date
    from sinks.migrate import migration_status
    from sinks.settings import SinkSettings

    settings = SinkSettings()
    number = generation or settings.generation
    if status:
        states = migration_status(settings.clickhouse, number)
        return (
            print_json({"migrations": states})
            if as_json
            else print_table(("file", "state", "applied at"), [(s.file, s.state, s.applied_at or None) for s in states])
        )
    report = bring_up_to_date(settings.clickhouse, number, dry_run=dry_run)
    if as_json:
        return print_json(report)
    for file in (*report.applied, *report.pending):
        print(f"{'would apply' if dry_run else 'applied'} {file}")
    print(f"{report.database}: {_summary(len(report.applied), len(report.pending))}; views show generation {report.published or 'none'}")
    return None


def sql(query: str, /, *, rows: Rows = 100, as_json: Json = False) -> None:
    """Run one SQL statement in ClickHouse. Tables and views of `tracker` need no prefix; `tracker sql "SELECT * FROM columns"` lists them.

    For example:

        tracker sql "SELECT event_type, count() FROM touchpoints GROUP BY event_type ORDER BY 2 DESC"
        tracker sql --json "SELECT * FROM paths LIMIT 5"
    """
    from sinks.clickhouse import ClickHouse
    from sinks.settings import SinkSettings

    connection = SinkSettings().clickhouse
    door = ClickHouse(connection, timeout_s=600, database=connection.database)
    try:
        answer = door.ask(query)
    finally:
        door.close()
    if as_json:
        return print_json({"columns": answer.columns, "rows": [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]})
    shown: Sequence[Sequence[Any]] = answer.rows[:rows] if rows else answer.rows
    print_table(answer.columns, shown)
    if len(shown) < len(answer.rows):
        notice(f"{len(shown)} of {len(answer.rows)} rows shown; --rows 0 shows all")
    return None


def fingerprint(*, generation: Generation = None, as_json: Json = False) -> None:
    """Print a hash of every table over all content columns of all live rows: two runs over the same events print the same.

    For example:

        tracker fingerprint
        tracker fingerprint --json > before.json
    """
    from sinks.fingerprint import fingerprint as compute
    from sinks.settings import SinkSettings

    settings = SinkSettings()
    found = compute(settings.clickhouse, generation or settings.generation)
    if as_json:
        return print_json({"tables": dict(found.tables), "left_out": found.left_out})
    print_table(("table", "rows", "hash"), [(name, t.rows, t.hash) for name, t in found.tables.items()])
    columns = sorted({c for t in found.tables.values() for c in t.left_out})
    notice(f"left out, since they tell how and when events came: tables {', '.join(found.left_out)}; columns {', '.join(columns)}")
    return None


def _summary(applied: int, pending: int) -> str:
    if pending:
        return f"{pending} files pending"
    return f"{applied} files applied" if applied else "up to date"
