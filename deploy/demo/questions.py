"""The demo's questions to ClickHouse, over the views that analysts read. Each takes `ask` (SQL -> rows) and gives plain values."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from deploy.demo.figures import Bar, CustomerStory, Episode, Figures, FirstResponse, Moment, Returns
from deploy.demo.phrases import length
from deploy.demo.world import SHOP

Rows = Sequence[Sequence[Any]]
Ask = Callable[[str], Rows]

COUNTED: Final = (
    ("touchpoints", "touchpoints"),
    ("identities seen", "identities"),
    ("customers", "customers"),
    ("sessions", "sessions"),
    ("journeys", "journeys"),
    ("orders", "orders"),
    ("shipments", "shipments"),
    ("returns", "returns"),
    ("tickets", "tickets"),
    ("calls", "calls"),
    ("conversations", "conversations"),
    ("subscriptions", "subscriptions"),
    ("surveys", "surveys"),
    ("dead letters", "dead_letters"),
)
PATHS: Final = "SELECT arrayStringConcat(path, ' > '), share, journeys FROM tracker.paths ORDER BY journeys DESC, path LIMIT 10"
CONVERSION: Final = (
    "SELECT first_channel, conversion_rate, journeys FROM tracker.conversion_by_first_channel"
    " ORDER BY journeys DESC, first_channel LIMIT 12"
)
LEDGER: Final = ("accepted", "duplicate", "dead", "dropped")


def figures(ask: Ask, emitted: Iterable[tuple[str, int, str]]) -> Figures:
    """`emitted`: what this run sent, as (what, how many, where)."""
    return Figures(
        counts=(*emitted, *_ledger(ask), *_counts(ask)),
        story=story(ask),
        paths=_bars(ask, PATHS),
        conversion=_bars(ask, CONVERSION),
        returns=_returns(ask),
        first_response=_first_response(ask),
    )


def _ledger(ask: Ask) -> Iterable[tuple[str, int, str]]:
    sums = ask(f"SELECT {', '.join(f'sum({name})' for name in LEDGER)} FROM tracker.ledger")
    return [(f"records {name}", int(n or 0), "tracker.ledger") for name, n in zip(LEDGER, sums[0], strict=True)]


def _counts(ask: Ask) -> Iterable[tuple[str, int, str]]:
    found = ask(f"SELECT {', '.join(f'(SELECT count() FROM tracker.{table})' for _, table in COUNTED)}")
    return [(name, int(n), f"tracker.{table}") for (name, table), n in zip(COUNTED, found[0], strict=True)]


def _bars(ask: Ask, sql: str) -> tuple[Bar, ...]:
    return tuple(Bar(str(name) or "(none)", float(share or 0), int(of)) for name, share, of in ask(sql))


def _returns(ask: Ask) -> tuple[Returns, ...]:
    sql = (
        "SELECT currency, sum(orders), sum(orders_returned), sum(sold), sum(refunded) FROM tracker.return_rate"
        " GROUP BY currency ORDER BY sum(orders) DESC"
    )
    return tuple(Returns(str(code), int(orders), int(back), float(sold), float(paid)) for code, orders, back, sold, paid in ask(sql))


def _first_response(ask: Ask) -> FirstResponse:
    tickets, answered, p50_s, p90_s, share = ask("SELECT tickets, n, p50_s, p90_s, within_target_share FROM tracker.first_response")[0]
    return FirstResponse(int(tickets), int(answered), p50_s, p90_s, share)


def stitched(ask: Ask, sources: Iterable[str]) -> dict[str, str]:
    """By event id the customer, for the touchpoints of these sources."""
    names = ", ".join(f"'{source}'" for source in sorted(set(sources)))
    return {
        str(event): str(customer)
        for event, customer in ask(f"SELECT event_id, customer_id FROM tracker.touchpoints WHERE source IN ({names})")
    }


def story(ask: Ask) -> CustomerStory | None:
    """A customer of the simulated shop who saw a bit of everything and whose history fits on a screen or two; None where there is none."""
    found = ask(
        "SELECT customer_id, touchpoint_count, session_count, order_count, net, currency FROM tracker.customers"
        " WHERE order_count BETWEEN 1 AND 3 AND touchpoint_count BETWEEN 18 AND 60"
        f" AND customer_id IN (SELECT customer_id FROM tracker.touchpoints WHERE source = '{SHOP}')"
        " ORDER BY (return_count > 0) + (call_count > 0) + (ticket_count > 0) + (bad_count > 0) + startsWith(first_channel, 'paid') DESC,"
        " abs(toInt32(touchpoint_count) - 42), customer_id LIMIT 1"
    )
    if not found:
        return None
    customer, touchpoints, sessions, orders, net, currency = found[0]
    return CustomerStory(
        str(customer),
        int(touchpoints),
        int(sessions),
        int(orders),
        f"{net:.2f}",
        str(currency),
        _moments(ask, customer),
        _episodes(ask, customer),
    )


def _moments(ask: Ask, customer: object) -> tuple[Moment, ...]:
    rows = ask(
        "SELECT occurred_at, event_type, channel, stage, actor, sentiment, payload FROM tracker.touchpoints"
        f" WHERE customer_id = '{customer}' AND environment = 'production' ORDER BY occurred_at, sequence, event_id"
    )
    return tuple(
        Moment(_utc(at), str(event_type), str(channel), str(stage), str(actor), sentiment, json.loads(payload or "{}"))
        for at, event_type, channel, stage, actor, sentiment, payload in rows
    )


def _episodes(ask: Ask, customer: object) -> tuple[Episode, ...]:
    found = [_order(row) for row in ask(_episode_sql("orders", customer, "order_id", "total, currency, is_late, returned_units"))]
    found += [_ticket(row) for row in ask(_episode_sql("tickets", customer, "ticket_id", "first_response_s, reopened_count"))]
    found += [_call(row) for row in ask(_episode_sql("calls", customer, "call_id", "is_abandoned, wait_ms"))]
    found += [_return(row) for row in ask(_episode_sql("returns", customer, "return_id", "refunded, currency, refund_s"))]
    return tuple(sorted(found, key=lambda episode: episode.opened_at))


def _episode_sql(table: str, customer: object, number: str, columns: str) -> str:
    return (
        f"SELECT {number}, opened_at, status, {columns} FROM tracker.{table} WHERE customer_id = '{customer}' ORDER BY opened_at, {number}"
    )


def _order(row: Sequence[Any]) -> Episode:
    number, at, status, total, currency, is_late, returned = row
    more = [f"{total:.2f} {currency}", *(["late"] if is_late else []), *([f"{returned} pieces came back"] if returned else [])]
    return Episode("order", number, _utc(at), f"{status}: {', '.join(more)}")


def _ticket(row: Sequence[Any]) -> Episode:
    number, at, status, first_response_s, reopened = row
    answer = "no answer yet" if first_response_s is None else f"first answer after {length(first_response_s)}"
    return Episode("ticket", number, _utc(at), f"{status}: {answer}{f', reopened {reopened} times' if reopened else ''}")


def _call(row: Sequence[Any]) -> Episode:
    number, at, status, is_abandoned, wait_ms = row
    waited = "" if wait_ms is None else f" {'given up' if is_abandoned else 'answered'} after {length(wait_ms / 1000)}"
    return Episode("call", number, _utc(at), f"{status}:{waited}" if waited else str(status))


def _return(row: Sequence[Any]) -> Episode:
    number, at, status, refunded, currency, refund_s = row
    money = f": {refunded:.2f} {currency} after {length(refund_s)}" if refunded and refund_s is not None else ""
    return Episode("return", number, _utc(at), f"{status}{money}")


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
