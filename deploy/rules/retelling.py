"""Histories told under a set of rules, and how the rows of two tellings differ, column by column. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.rules.sample import Histories
from schemas.facts import Customer
from schemas.ledger_tables import TABLES
from schemas.rules import Rules
from streams.core.alerts.reasons import open_reasons
from streams.core.fact_store import Entry, facts_of
from streams.core.history import History, Row, Rows
from streams.core.rulebook import Rulebook, rulebook_from

LEFT_OUT = ("customer_id", "rules_version")
"""What every moved or newly ruled row would differ by."""
KEYS = {"touchpoints": ("event_id",)}
"""By which columns a row is known again under other rules, where these are not its keys less the customer."""
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Telling:
    """`alerts`: how many of each were raised, by the facts alone."""

    rows: Rows
    alerts: Mapping[str, int]


@dataclass(slots=True)
class TableDifference:
    """`columns`: how many rows have another value there; `turns`: of these, (column, before, after) with how often, for words and flags."""

    table: str
    before: int
    after: int
    gone: int = 0
    come: int = 0
    changed: int = 0
    moved: int = 0
    columns: Counter[str] = field(default_factory=Counter)
    turns: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    examples: list[tuple[Any, ...]] = field(default_factory=list)


def told(histories: Histories, rules: Rules) -> Telling:
    """All rows of all histories."""
    rows: Rows = {}
    alerts: Counter[str] = Counter()
    rulebook = rulebook_from(rules)
    for customer, entries in histories:
        _tell(customer, entries, rulebook, rows, alerts)
    return Telling(rows, alerts)


def _tell(customer: Customer, entries: Mapping[bytes, Entry], rulebook: Rulebook, rows: Rows, alerts: Counter[str]) -> None:
    history = History.at_start(customer, rulebook, 0)
    for fact in facts_of(entries):
        history.extend(fact)
    history.finish()
    for table, by_key in history.rows.items():
        rows.setdefault(table, {}).update(by_key)
    for reasons in ({**history.reasons, **open_reasons(history.state.watch)}).values():
        alerts.update(reason.rule for reason in reasons if reason.over_at is None or reason.over_at > reason.raised_at)


def differences(before: Telling, after: Telling, examples: int = EXAMPLES) -> list[TableDifference]:
    """Tables of which any row differs, or lies at another customer; in the order of the catalogue."""
    tables = [name for name in TABLES if name in before.rows or name in after.rows]
    found = [_difference(name, before.rows.get(name, {}), after.rows.get(name, {}), examples) for name in tables]
    return [table for table in found if table.gone or table.come or table.changed or table.moved]


def _difference(name: str, before: Mapping[Any, Row], after: Mapping[Any, Row], examples: int) -> TableDifference:
    old, new = _known(name, before), _known(name, after)
    found = TableDifference(name, len(before), len(after), len(old.keys() - new.keys()), len(new.keys() - old.keys()))
    columns = [(n, c.name, c.type) for n, c in enumerate(TABLES[name].columns) if c.role != "arrival" and c.name not in LEFT_OUT]
    for key in sorted(old.keys() & new.keys()):
        was, now = old[key], new[key]
        found.moved += was[0] != now[0]
        other = [(column, kind, was[n], now[n]) for n, column, kind in columns if was[n] != now[n]]
        if not other:
            continue
        found.changed += 1
        for column, kind, a, b in other:
            found.columns[column] += 1
            if kind.startswith(("LowCardinality(String)", "Bool", "Nullable(Bool)")):
                found.turns[column, str(a), str(b)] += 1
        if len(found.examples) < examples:
            found.examples.append((key, tuple((column, a, b) for column, _, a, b in other)))
    return found


def _known(name: str, rows: Mapping[Any, Row]) -> dict[tuple[Any, ...], Row]:
    names = [c.name for c in TABLES[name].columns]
    keys = KEYS.get(name) or tuple(k for k in TABLES[name].keys if k != "customer_id") or TABLES[name].keys
    places = [names.index(key) for key in keys]
    return {tuple(row[n] for n in places): row for row in rows.values()}
