"""What the tables must hold by the independent reading, what they do hold, and the difference in words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from deploy.chaos.line import Line
from schemas.codec import Decoded, validate
from schemas.ledger_tables import TABLES
from schemas.links import token_for
from streams.settings import WorkerSettings
from tests.integration.harness.teller import Document
from tests.reference.contents import Content
from tests.reference.reading import Tables, read

Key = tuple[Any, ...]
Rows = dict[Key, dict[str, Any]]
CRAWLERS = ("Googlebot",)
"""Of the user agents that occur in the sets."""
SHOWN = 8

_SECRET = WorkerSettings.model_fields["identity_key"].default.get_secret_value().encode()


@cache
def token_of(kind: str, value: str) -> bytes:
    """As an installation with the default secret makes it."""
    return token_for(kind, value, _SECRET)


def is_bot(content: Content) -> bool:
    context = content.event.context
    return context is not None and any(crawler in (context.user_agent or "") for crawler in CRAWLERS)


def reading(documents: Iterable[Document]) -> dict[str, Rows]:
    """By table and key the rows of the independent reading."""
    decoded = [validate(document) for document in documents]
    tables: Tables = read([Content(d.event, d.document) for d in decoded if isinstance(d, Decoded)], token_of, is_bot)
    return {name: _by_key(name, rows) for name, rows in tables.items()}


def stored(line: Line, expected: Mapping[str, Rows]) -> dict[str, Rows]:
    """The same tables and columns out of ClickHouse."""
    return {name: _by_key(name, _select(line, name, _columns(rows))) for name, rows in expected.items()}


def difference(expected: Mapping[str, Rows], found: Mapping[str, Rows]) -> str:
    """Empty where they agree; else table by table what is missing, what is too much, and which columns differ, with examples."""
    return "\n".join(text for name in expected for text in _table_difference(name, expected[name], found[name]))


def _table_difference(name: str, expected: Rows, found: Rows) -> Iterable[str]:
    missing, extra = expected.keys() - found.keys(), found.keys() - expected.keys()
    if missing:
        yield f"{name}: {len(missing)} rows are missing, such as {_some(expected, missing)}"
    if extra:
        yield f"{name}: {len(extra)} rows too many, such as {_some(found, extra)}"
    wrong: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for key in sorted(expected.keys() & found.keys(), key=repr):
        for column, value in expected[key].items():
            if column in found[key] and found[key][column] != value:
                wrong[column] += 1
                examples.setdefault(column, f"{value!r} expected, {found[key][column]!r} found in {found[key]}")
    for column, count in wrong.most_common():
        yield f"{name}.{column}: {count} of {len(expected)} differ, such as {examples[column]}"


def _some(rows: Rows, keys: Iterable[Key]) -> list[dict[str, Any]]:
    return [rows[key] for key in sorted(keys, key=repr)[:SHOWN]]


def _by_key(table: str, rows: Iterable[Mapping[str, Any]]) -> Rows:
    keys = TABLES[table].keys
    found: Rows = {}
    for row in rows:
        key = tuple(plain(row[name]) for name in keys)
        assert key not in found, f"two rows of {table} have the key {key}"
        found[key] = {name: plain(value) for name, value in row.items()}
    return found


def _columns(rows: Rows) -> Sequence[str]:
    first = next(iter(rows.values()), {})
    return list(first)


def _select(line: Line, table: str, columns: Sequence[str]) -> Iterable[dict[str, Any]]:
    types = {column.name: column.type for column in TABLES[table].columns}
    chosen = ", ".join(f"toUnixTimestamp64Milli({c}) AS {c}" if "DateTime64" in types[c] else c for c in columns)
    order = f"SELECT {chosen} FROM {{tables}}.{table} FINAL"
    return [dict(zip(columns, row, strict=True)) for row in line.ask(order)]


def plain(value: Any) -> Any:
    """Values that compare alike wherever they come from: texts for ids, numbers for money."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return round(value, 9) if isinstance(value, float) else value
