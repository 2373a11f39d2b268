"""The demo's questions to ClickHouse, over the views that analysts read. Each takes `ask` (SQL -> rows) and gives plain values."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from deploy.demo.figures import Bar, Count, Figures, FirstResponse, Imported, Returns
from deploy.demo.story import story
from deploy.looking.finding import Ask

COUNTED: Final = (
    ("touchpoints", "touchpoints", "true"),
    ("ad costs, a row each", "ad_costs", "true"),
    ("identities seen", "identities", "true"),
    ("customers", "customers", "true"),
    ("sessions", "sessions", "true"),
    ("journeys", "journeys", "true"),
    ("orders placed", "orders", "placed_at IS NOT NULL"),
    ("shipments", "shipments", "true"),
    ("returns", "returns", "true"),
    ("tickets", "tickets", "true"),
    ("calls", "calls", "true"),
    ("conversations", "conversations", "true"),
    ("subscriptions", "subscriptions", "true"),
    ("surveys", "surveys", "true"),
    ("dead letters", "dead_letters", "true"),
)
"""(what, table, which rows of it)"""
LEDGER: Final = ("accepted", "duplicate", "dead", "dropped")
NO_ROW: Final = "accepted, no row of its own"
"""Accepted records beyond the rows: what retracts, what was retracted, and the loser of two contents under one id."""


def figures(ask: Ask, emitted: Iterable[Count], shop: Iterable[str], imported: Iterable[str] = ()) -> Figures:
    """`emitted`: what this run sent; `shop` and `imported`: the sources of the simulated shop and of the public sets."""
    of_shop = f"customer_id IN (SELECT customer_id FROM tracker.touchpoints WHERE source IN ({_quoted(shop)}))"
    return Figures(
        counts=(*emitted, *_counts(ask)),
        imported=tuple(found for source in dict.fromkeys(imported) for found in _imported(ask, source)),
        story=story(ask),
        paths=_paths(ask, of_shop),
        conversion=_conversion(ask, of_shop),
        returns=_returns(ask, shop),
        first_response=_first_response(ask),
    )


def _counts(ask: Ask) -> Sequence[Count]:
    sums = ask(f"SELECT {', '.join(f'sum({name})' for name in LEDGER)} FROM tracker.ledger")[0]
    outcomes = [(f"records {name}", int(n or 0), "tracker.ledger") for name, n in zip(LEDGER, sums, strict=True)]
    found = ask(f"SELECT {', '.join(f'(SELECT count() FROM tracker.{table} WHERE {which})' for _, table, which in COUNTED)}")[0]
    rows = [(name, int(n), f"tracker.{table}") for (name, table, _), n in zip(COUNTED, found, strict=True)]
    without = outcomes[0][1] - rows[0][1] - rows[1][1]
    return [*outcomes, *rows[:2], (NO_ROW, without, "retractions, retracted, corrected"), *rows[2:]]


def _imported(ask: Ask, source: str) -> Iterable[Imported]:
    """One for each currency of its orders; none where nothing of the source is there."""
    orders = ask(
        "SELECT currency, uniqExact(customer_id), countIf(placed_at IS NOT NULL), sum(total), sum(refunded), sum(net),"
        " (SELECT count() FROM (SELECT customer_id FROM tracker.orders WHERE"
        f" source = '{source}' AND placed_at IS NOT NULL GROUP BY customer_id HAVING count() > 1))"
        f" FROM tracker.orders WHERE source = '{source}' GROUP BY currency ORDER BY currency"
    )
    shown, answered = ask(
        "SELECT countIf(shown), countIf(shown AND answered) FROM ("
        "SELECT countIf(event_type = 'ad.shown') > 0 AS shown, countIf(event_type = 'ad.clicked') > 0 AS answered"
        f" FROM tracker.touchpoints WHERE source = '{source}' AND campaign != '' GROUP BY customer_id, campaign)"
    )[0]
    for code, customers, placed, sold, refunded, net, again in orders:
        money = (Decimal(sold), Decimal(refunded), Decimal(net))
        yield Imported(source, str(code), int(customers), int(placed), int(again), *money, int(shown), int(answered))


def _paths(ask: Ask, of_shop: str) -> tuple[Bar, ...]:
    sql = (
        "SELECT arrayStringConcat(path, ' > ') AS name, n / sum(n) OVER (), count() AS n FROM tracker.journeys"
        f" WHERE notEmpty(path) AND {of_shop} GROUP BY path ORDER BY n DESC, name LIMIT 10"
    )
    return _bars(ask, sql)


def _conversion(ask: Ask, of_shop: str) -> tuple[Bar, ...]:
    sql = (
        f"SELECT first_channel, countIf(order_count > 0) / count(), count() AS n FROM tracker.journeys WHERE {of_shop}"
        " GROUP BY first_channel ORDER BY n DESC, first_channel LIMIT 12"
    )
    return _bars(ask, sql)


def _bars(ask: Ask, sql: str) -> tuple[Bar, ...]:
    return tuple(Bar(str(name) or "(none)", float(share or 0), int(of)) for name, share, of in ask(sql))


def _returns(ask: Ask, shop: Iterable[str]) -> tuple[Returns, ...]:
    """As in metrics.return_rate: an order that was wholly cancelled was never sold."""
    sql = (
        "SELECT currency, count(), countIf(returned_units > 0), sum(total - cancelled), sum(refunded) FROM tracker.orders"
        f" WHERE source IN ({_quoted(shop)}) AND placed_at IS NOT NULL AND NOT (cancelled > 0 AND cancelled >= total)"
        " GROUP BY currency ORDER BY count() DESC"
    )
    return tuple(Returns(str(code), int(orders), int(back), float(sold), float(paid)) for code, orders, back, sold, paid in ask(sql))


def _first_response(ask: Ask) -> FirstResponse:
    tickets, answered, p50_s, p90_s, share = ask("SELECT tickets, n, p50_s, p90_s, within_target_share FROM tracker.first_response")[0]
    return FirstResponse(int(tickets), int(answered), p50_s, p90_s, share)


def stitched(ask: Ask, sources: Iterable[str]) -> dict[str, str]:
    """By event id the customer, for the touchpoints of these sources; crawlers and tests, who are in no journey, are left out."""
    rows = ask(f"SELECT event_id, customer_id FROM tracker.touchpoints WHERE source IN ({_quoted(sources)}) AND journey_id IS NOT NULL")
    return {str(event): str(customer) for event, customer in rows}


def _quoted(sources: Iterable[str]) -> str:
    return ", ".join(f"'{source}'" for source in sorted(set(sources)))
