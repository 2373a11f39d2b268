"""One customer of the simulated shop, asked of ClickHouse: who is shown, every touchpoint, and what came of orders, tickets, calls and
returns.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from deploy.demo.figures import CustomerStory, Episode, Moment
from deploy.demo.phrases import length
from deploy.demo.world import SHOP

Rows = Sequence[Sequence[Any]]
Ask = Callable[[str], Rows]

PERSONAL: Final = ("customer_number", "account", "loyalty", "email", "phone", "social", "device", "anonymous")
"""Identities of a person and of what they use; the numbers of things and clicks are left out."""
CHOICE: Final = f"""
SELECT customer_id, touchpoint_count, session_count, order_count, net, currency
FROM tracker.customers
JOIN (SELECT customer_id, countIf(kind IN ('anonymous', 'device')) AS places FROM tracker.identities GROUP BY customer_id) AS known
    USING customer_id
JOIN (SELECT customer_id, uniqExact(channel) AS channels FROM tracker.touchpoints WHERE source = '{SHOP}' GROUP BY customer_id) AS seen
    USING customer_id
WHERE order_count BETWEEN 1 AND 3 AND touchpoint_count BETWEEN 18 AND 50
ORDER BY 3 * (first_channel IN ('paid_search', 'paid_social', 'display', 'affiliate')) + 3 * (places > 1) + 2 * (return_count > 0)
    + 2 * (call_count + ticket_count > 0) + (bad_count > 0) + channels / 5 DESC, abs(toInt32(touchpoint_count) - 38), customer_id
LIMIT 1"""
"""Somebody who came by an ad, on several devices, bought, asked and sent back, and whose history fits on a screen or two."""


def story(ask: Ask) -> CustomerStory | None:
    """None where the shop has no such customer."""
    found = ask(CHOICE)
    if not found:
        return None
    customer, touchpoints, sessions, orders, net, currency = found[0]
    first_seen = _first_seen(ask, customer)
    return CustomerStory(
        str(customer),
        int(touchpoints),
        int(sessions),
        int(orders),
        f"{net:.2f}",
        str(currency),
        tuple(sorted(Counter(kind for kinds in first_seen.values() for kind in kinds).items(), key=lambda pair: PERSONAL.index(pair[0]))),
        _moments(ask, customer, first_seen),
        _episodes(ask, customer),
    )


def _first_seen(ask: Ask, customer: object) -> Mapping[str, list[str]]:
    """By event id the kinds of the identities that it was the first to show."""
    kinds = ", ".join(f"'{kind}'" for kind in PERSONAL)
    rows = ask(f"SELECT evidence, kind FROM tracker.identities WHERE customer_id = '{customer}' AND kind IN ({kinds}) ORDER BY kind, token")
    found: dict[str, list[str]] = defaultdict(list)
    for event, kind in rows:
        found[str(event)].append(str(kind))
    return found


def _moments(ask: Ask, customer: object, first_seen: Mapping[str, list[str]]) -> tuple[Moment, ...]:
    rows = ask(
        "SELECT occurred_at, event_type, channel, stage, actor, sentiment, payload, event_id, page FROM tracker.touchpoints"
        f" WHERE customer_id = '{customer}' AND environment = 'production' ORDER BY occurred_at, sequence, event_id"
    )
    return tuple(
        Moment(
            _utc(at), str(event_type), str(channel), str(stage), str(actor), sentiment, _payload(payload, page),
            tuple(first_seen.get(str(event), ())),
        )
        for at, event_type, channel, stage, actor, sentiment, payload, event, page in rows
    )  # fmt: skip


def _payload(payload: str, page: str) -> Mapping[str, Any]:
    """With the page or screen, which has a column of its own."""
    found: dict[str, Any] = json.loads(payload or "{}")
    return {"url": page, "screen": page, **found} if page else found


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
    pieces = f"{returned} {'piece' if returned == 1 else 'pieces'} came back"
    more = [f"{total:.2f} {currency}", *(["late"] if is_late else []), *([pieces] if returned else [])]
    return Episode("order", number, _utc(at), f"{_words(status)}: {', '.join(more)}")


def _ticket(row: Sequence[Any]) -> Episode:
    number, at, status, first_response_s, reopened = row
    answer = "no answer yet" if first_response_s is None else f"first answer after {length(first_response_s)}"
    times = "once" if reopened == 1 else f"{reopened} times"
    return Episode("ticket", number, _utc(at), f"{_words(status)}: {answer}{f', reopened {times}' if reopened else ''}")


def _call(row: Sequence[Any]) -> Episode:
    number, at, status, is_abandoned, wait_ms = row
    waited = "" if wait_ms is None else f" {'given up' if is_abandoned else 'answered'} after {length(wait_ms / 1000)}"
    return Episode("call", number, _utc(at), f"{_words(status)}:{waited}" if waited else _words(status))


def _return(row: Sequence[Any]) -> Episode:
    number, at, status, refunded, currency, refund_s = row
    money = f": {refunded:.2f} {currency} after {length(refund_s)}" if refunded and refund_s is not None else ""
    return Episode("return", number, _utc(at), f"{_words(status)}{money}")


def _words(status: object) -> str:
    return str(status).replace("_", " ")


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
