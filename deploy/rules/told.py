"""A difference as one document for machines, and in words for people. Identities are masked unless asked for."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from deploy.rules.difference import Difference, Told
from deploy.rules.figures import moved_figures
from deploy.rules.retelling import TableDifference
from deploy.rules.who_moves import Moves, Parting
from deploy.who.sight import Sight
from schemas.ledger_tables import TABLES
from schemas.links import Token

MOST_NAMED = 6
"""Identities of one customer that an example names."""
MOST_TURNS = 8
COUNTED = {
    "customers": "customers whom links know",
    "conflicts": "links kept apart by a limit",
    "shared": "identities of several people",
    "nobody": "identities of nobody",
}
MOST_TEXT = 60
MONEY = 10_000
"""Money travels in ten-thousandths."""


def tokens_of(moved: Moves | None, examples: int) -> set[Token]:
    """The identities that examples name."""
    shown = [*moved.splits[:examples], *moved.joins[:examples]] if moved else []
    tokens = {
        token for parting in shown for side in (parting.before, parting.after) for held in side.values() for token in held[:MOST_NAMED]
    }
    tokens |= {end for parting in shown for link in parting.pairs[:MOST_NAMED] for end in link[:2]}
    return tokens | set(moved.moved[:examples] if moved else ())


def document(found: Difference, sight: Sight, examples: int) -> dict[str, Any]:
    """`examples`: how many of each kind."""
    return {
        "changes": [asdict(change) for change in found.changes],
        "replayed_from": "raw" if found.from_raw else "the logs of the live generation",
        "who_is_who": _moves(found.moves, sight, examples) if found.moves else None,
        "rows": _told(found.told, examples) if found.told else None,
    }


def _moves(moved: Moves, sight: Sight, examples: int) -> dict[str, Any]:
    return {
        "before": asdict(moved.before),
        "after": asdict(moved.after),
        "customers_split": len(moved.splits),
        "customers_joined": sum(len(join.before) for join in moved.joins),
        "joined_into": len(moved.joins),
        "customers_renamed": moved.renamed,
        "identities_moved": len(moved.moved),
        "examples": {
            "splits": [_parting(parting, sight) for parting in moved.splits[:examples]],
            "joins": [_parting(parting, sight) for parting in moved.joins[:examples]],
            "identities": [sight.label(token) for token in moved.moved[:examples]],
        },
    }


def _parting(parting: Parting, sight: Sight) -> dict[str, Any]:
    return {
        "before": {str(UUID(bytes=customer)): _held(tokens, sight) for customer, tokens in parting.before.items()},
        "after": {str(UUID(bytes=customer)): _held(tokens, sight) for customer, tokens in parting.after.items()},
        "links": [{"a": sight.label(a), "b": sight.label(b), "before": was, "after": now} for a, b, was, now in parting.pairs[:MOST_NAMED]],
    }


def _held(tokens: tuple[Token, ...], sight: Sight) -> list[str]:
    return [sight.label(token) for token in tokens[:MOST_NAMED]] + ([f"and {more} more"] if (more := len(tokens) - MOST_NAMED) > 0 else [])


def _told(told: Told, examples: int) -> dict[str, Any]:
    before, after = told.figures
    return {
        "customers": {"before": told.customers[0], "after": told.customers[1], "is_sample": told.is_sample},
        "figures": {"before": before, "after": after},
        "alerts": {"before": told.alerts[0], "after": told.alerts[1]},
        "tables": [_table(table, examples) for table in told.tables],
    }


def _table(table: TableDifference, examples: int) -> dict[str, Any]:
    types = {column.name: column.type for column in TABLES[table.table].columns}
    return {
        "table": table.table,
        "rows": {"before": table.before, "after": table.after},
        "gone": table.gone,
        "come": table.come,
        "changed": table.changed,
        "at_another_customer": table.moved,
        "columns": dict(table.columns.most_common()),
        "turns": [{"column": c, "before": a, "after": b, "rows": n} for (c, a, b), n in table.turns.most_common(MOST_TURNS)],
        "examples": [
            {
                "row": " ".join(plain(part) for part in key),
                "columns": {column: [plain(a, types[column]), plain(b, types[column])] for column, a, b in other},
            }
            for key, other in table.examples[:examples]
        ],
    }


def plain(value: Any, kind: str = "") -> str:
    """Ids, times and money as text, anything long cut. `kind`: the column's type."""
    if isinstance(value, int) and "DateTime64" in kind:
        return datetime.fromtimestamp(value / 1_000, UTC).isoformat(timespec="milliseconds")
    if isinstance(value, int) and "Decimal" in kind:
        return f"{Decimal(value) / MONEY:.2f}"
    if isinstance(value, bytes) and len(value) == len(UUID(int=0).bytes):
        return str(UUID(bytes=value))
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}..."


def lines(told: dict[str, Any]) -> Iterator[str]:
    """Of the document."""
    if not told["changes"]:
        yield "the rules are the same but for their version"
    for change in told["changes"]:
        yield f"{change['field']}: {change['was'] or '(nothing)'} -> {change['becomes'] or '(nothing)'}   [{change['reach']}]"
    if told["who_is_who"]:
        yield from _who_lines(told["who_is_who"])
    if told["rows"]:
        yield from _row_lines(told["rows"])


def _who_lines(who: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield f"who is who, over every link ({who['before']['identities']:,} identities)"
    for name, words in COUNTED.items():
        yield f"  {words:<28} {who['before'][name]:>10,} -> {who['after'][name]:,}"
    yield f"  {who['customers_split']:,} customers split; {who['customers_joined']:,} join into {who['joined_into']:,}; " + (
        f"{who['customers_renamed']:,} only get another id; {who['identities_moved']:,} identities move"
    )
    for kind in ("splits", "joins"):
        for example in who["examples"][kind]:
            yield f"  for example, one that {kind.removesuffix('s')}s:"
            for side, sign in (("before", "-"), ("after", "+")):
                for customer, held in example[side].items():
                    yield f"    {sign} {customer}  {', '.join(held)}"
            for link in example["links"]:
                yield f"      {link['a']} and {link['b']}: {link['before']} -> {link['after']}"


def _row_lines(rows: dict[str, Any]) -> Iterator[str]:
    count = rows["customers"]
    yield ""
    whom = "a sample of" if count["is_sample"] else "all"
    yield f"histories of {whom} {count['before']:,} customers ({count['after']:,} under the new rules)"
    moved = moved_figures(rows["figures"]["before"], rows["figures"]["after"])
    yield from figure_lines(moved)
    for rule in sorted({*rows["alerts"]["before"], *rows["alerts"]["after"]}):
        was, now = (rows["alerts"][side].get(rule, 0) for side in ("before", "after"))
        if was != now:
            yield f"  alerts {rule}: {was:,} -> {now:,}"
    for table in rows["tables"]:
        counts = f"{table['changed']:,} changed, {table['come']:,} new, {table['gone']:,} gone"
        yield f"  {table['table']}, {table['rows']['before']:,} rows: {counts}, {table['at_another_customer']:,} at another customer"
        yield from _column_lines(table)


def _column_lines(table: dict[str, Any]) -> Iterator[str]:
    if table["columns"]:
        yield "    columns: " + ", ".join(f"{column} {n:,}" for column, n in table["columns"].items())
    for turn in table["turns"]:
        yield f"      {turn['column']}: {turn['before'] or '(empty)'} -> {turn['after'] or '(empty)'}, {turn['rows']:,} rows"
    for example in table["examples"]:
        yield f"      {example['row']}: " + "; ".join(f"{column} {a} -> {b}" for column, (a, b) in example["columns"].items())


def figure_lines(moved: Iterable[tuple[str, float | None, float | None]]) -> Iterator[str]:
    """The figures that differ."""
    none = True
    for name, was, now in moved:
        none = False
        yield f"  {name}: {_figure(name, was)} -> {_figure(name, now)}"
    if none:
        yield "  no key figure moves"


def _figure(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.2%}" if name.startswith("share") else f"{value:,.0f}"
