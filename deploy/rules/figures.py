"""The key figures that people look at, counted over rows in memory, or by SQL over the tables of a generation: the same definitions."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from schemas.ledger_tables import TABLES
from streams.core.history import Rows

Figures = dict[str, float | None]
"""By name; shares from 0 to 1, None where there is nothing to take a share of."""
Ask = Callable[[str], Sequence[Sequence[Any]]]
COUNTED: Final = ("customers", "touchpoints", "sessions", "journeys")
BAD, ORDERS, RETURNED = "bad experiences", "orders placed", "share of orders returned"
TICKETS, MEDIAN, IN_TIME = "tickets opened", "first response, median s", "share of first responses in time"
CONVERTED = "share of journeys with an order"


def figures_of(rows: Rows) -> Figures:
    """Over told rows."""
    found: Figures = {table: len(rows.get(table, {})) for table in COUNTED}
    found[BAD] = sum(bad for (bad,) in _columns(rows, "touchpoints", "is_bad"))
    placed = [o for o in _columns(rows, "orders", "placed_at", "cancelled", "total", "returned_units") if o[0] is not None]
    sold = [back > 0 for _, cancelled, total, back in placed if not (cancelled > 0 and cancelled >= total)]
    found |= {ORDERS: len(placed), RETURNED: _share(sum(sold), len(sold))}
    tickets = list(_columns(rows, "tickets", "ticket_opened_at", "first_response_s", "is_first_response_met"))
    opened = [(seconds, met) for at, seconds, met in tickets if at is not None]
    answers = sorted(seconds for seconds, _ in opened if seconds is not None and seconds >= 0)
    judged = [met for _, met in opened if met is not None]
    found |= {TICKETS: len(opened), MEDIAN: answers[len(answers) // 2] if answers else None, IN_TIME: _share(sum(judged), len(judged))}
    return found | _conversion(list(_columns(rows, "journeys", "first_channel", "order_count")))


def _conversion(journeys: Sequence[tuple[Any, ...]]) -> Figures:
    began, bought = Counter(channel for channel, _ in journeys), Counter(channel for channel, orders in journeys if orders)
    by_channel = {f"{CONVERTED}, {channel}": _share(bought[channel], n) for channel, n in sorted(began.items())}
    return {CONVERTED: _share(bought.total(), began.total()), **by_channel}


def _columns(rows: Rows, table: str, *wanted: str) -> Iterator[tuple[Any, ...]]:
    names = [column.name for column in TABLES[table].columns]
    places = [names.index(name) for name in wanted]
    return (tuple(row[n] for n in places) for row in rows.get(table, {}).values())


def figures_in(ask: Ask, tables: str) -> Figures:
    """Over the live rows of a generation; `tables` is its database."""
    found: Figures = {table: _one(ask, f"SELECT count() FROM `{tables}`.{table} FINAL")[0] for table in COUNTED}
    found[BAD] = _one(ask, f"SELECT countIf(is_bad) FROM `{tables}`.touchpoints FINAL")[0]
    sold = "NOT (cancelled > 0 AND cancelled >= total)"
    of_orders = f"count(), countIf(returned_units > 0 AND {sold}), countIf({sold})"
    orders, back, kept = _one(ask, f"SELECT {of_orders} FROM `{tables}`.orders FINAL WHERE placed_at IS NOT NULL")
    found |= {ORDERS: orders, RETURNED: _share(back, kept)}
    of_tickets = (
        "count(), quantileExactIfOrNull(0.5)(first_response_s, first_response_s >= 0),"
        " countIf(is_first_response_met), countIf(is_first_response_met IS NOT NULL)"
    )
    opened, median, met, judged = _one(ask, f"SELECT {of_tickets} FROM `{tables}`.tickets FINAL WHERE ticket_opened_at IS NOT NULL")
    found |= {TICKETS: opened, MEDIAN: median, IN_TIME: _share(met, judged)}
    began = "first_channel, countIf(order_count > 0), count()"
    by_channel = ask(f"SELECT {began} FROM `{tables}`.journeys FINAL GROUP BY first_channel ORDER BY first_channel")
    found[CONVERTED] = _share(sum(row[1] for row in by_channel), sum(row[2] for row in by_channel))
    return found | {f"{CONVERTED}, {channel}": _share(bought, n) for channel, bought, n in by_channel}


def _one(ask: Ask, sql: str) -> Sequence[Any]:
    return ask(sql)[0]


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def moved_figures(before: Mapping[str, float | None], after: Mapping[str, float | None]) -> list[tuple[str, float | None, float | None]]:
    """Figures that differ, in their order."""
    return [(name, before.get(name), after.get(name)) for name in dict.fromkeys((*before, *after)) if before.get(name) != after.get(name)]
