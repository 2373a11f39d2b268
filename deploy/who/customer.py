"""All about one customer, as SQL shows it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from deploy.tail.masking import masked_identity
from deploy.who.sight import Ask

Document = dict[str, Any]
EPISODES = ("orders", "shipments", "tickets", "calls", "returns", "subscriptions", "surveys", "conversations")
FIGURES = (
    "first_seen_at", "last_seen_at", "touchpoint_count", "session_count", "journey_count", "order_count", "ticket_count", "call_count",
    "return_count", "bad_count",
)  # fmt: skip


def customer(ask: Ask, ids: Sequence[str], show_personal: bool) -> Document:
    """Of the last of `ids`; those before it lead there. Keys are those of `--json`."""
    now = ids[-1]
    where = f"customer_id = '{now}'"
    figures = ask(f"SELECT {', '.join(FIGURES)} FROM customers WHERE {where}")
    return {
        "customer_id": now,
        "asked_by": list(ids[:-1]),
        "figures": dict(zip(FIGURES, map(_plain, figures[0]), strict=True)) if figures else {},
        "identities": _identities(ask, now, show_personal),
        "links": _links(ask, where, show_personal),
        "conflicts": conflicts(ask, show_personal, f"WHERE {where}"),
        "former_ids": [str(row[0]) for row in ask(f"SELECT customer_id FROM customer_redirects WHERE now_{where} ORDER BY customer_id")],
        "journeys": _rows(
            ask,
            ("journey_id", "opened_at", "last_touch_at", "touchpoint_count", "order_count", "first_channel", "last_channel"),
            f"FROM journeys WHERE {where} ORDER BY opened_at",
        ),
        "episodes": {table: n for table in EPISODES if (n := int(ask(f"SELECT count() FROM {table} WHERE {where}")[0][0]))},
    }


def conflicts(ask: Ask, show_personal: bool, where: str = "WHERE customer_id < other_customer_id") -> list[Document]:
    """Pairs that were seen together and kept apart; `tracker why` says by which limit."""
    columns = ("kind_a", "value_a", "kind_b", "value_b", "customer_id", "other_customer_id", "first_seen_at", "evidence")
    rows = ask(
        "SELECT kind_a, ia.value, kind_b, ib.value, customer_id, other_customer_id, first_seen_at, evidence FROM identity_conflicts AS c"
        f" {_values('ia', 'c.token_a')} {_values('ib', 'c.token_b')} {where} ORDER BY first_seen_at, kind_a, token_a, kind_b, token_b"
    )
    return [_masked(dict(zip(columns, map(_plain, row), strict=True)), show_personal) for row in rows]


def shared(ask: Ask, show_personal: bool) -> list[Document]:
    """Identities that tell nothing alone: marked so, of several people, or with too many neighbours."""
    columns = ("kind", "value", "token", "since", "customers", "logins")
    rows = ask(
        "SELECT h.kind, i.value, h.token, h.since, i.customers, l.logins FROM (SELECT kind, token, argMax(rule, known_from) AS last_rule,"
        " argMax(known_at, known_from) AS since FROM identity_history GROUP BY kind, token HAVING last_rule = 'shared') AS h"
        " LEFT JOIN (SELECT token, max(value) AS value, uniqExact(customer_id) AS customers FROM identities GROUP BY token) AS i"
        " ON i.token = h.token LEFT JOIN (SELECT token, countIf(account_token != '') AS logins FROM identity_logins GROUP BY token) AS l"
        " ON l.token = h.token ORDER BY i.customers DESC, h.kind, h.token"
    )
    return [_masked(dict(zip(columns, map(_plain, row), strict=True)), show_personal) for row in rows]


def _identities(ask: Ask, now: str, show_personal: bool) -> list[Document]:
    columns = ("kind", "value", "rule", "valid_from", "valid_to", "known_at", "evidence", "token")
    return [
        _masked(row, show_personal)
        for row in _rows(ask, columns, f"FROM customer_identities(customer = '{now}') ORDER BY valid_from, kind, token")
    ]


def _links(ask: Ask, where: str, show_personal: bool) -> list[Document]:
    columns = ("kind_a", "value_a", "kind_b", "value_b", "state", "first_seen_at", "evidence")
    rows = ask(
        "SELECT kind_a, ia.value, kind_b, ib.value, state, first_seen_at, evidence FROM identity_links AS c"
        f" {_values('ia', 'c.token_a')} {_values('ib', 'c.token_b')} WHERE {where} ORDER BY first_seen_at, kind_a, token_a, kind_b, token_b"
    )
    return [_masked(dict(zip(columns, map(_plain, row), strict=True)), show_personal) for row in rows]


def _values(alias: str, token: str) -> str:
    return f"LEFT JOIN (SELECT token, max(value) AS value FROM identities GROUP BY token) AS {alias} ON {alias}.token = {token}"


def _rows(ask: Ask, columns: Sequence[str], rest: str) -> list[Document]:
    return [dict(zip(columns, map(_plain, row), strict=True)) for row in ask(f"SELECT {', '.join(columns)} {rest}")]


def _masked(row: Document, show_personal: bool) -> Document:
    if show_personal:
        return row
    hidden = {kind: kind.replace("kind", "value") for kind in row if kind.startswith("kind")}
    return row | {value: masked_identity(str(row[kind]), row[value]) for kind, value in hidden.items() if row.get(value)}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value) if isinstance(value, UUID | Decimal) else value
