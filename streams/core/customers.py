"""The row of a customer: sums over the whole history in production."""

from typing import Any

from schemas.facts import Fact
from schemas.links import KIND_CODES, KIND_NAMES
from streams.core.state import Totals

WEAKEST_IDENTIFIED = KIND_CODES["ticket_requester"]
"""Kinds up to this code name a person; devices, cookies, clicks and numbers of things do not."""


def touch(t: Totals, fact: Fact, act: bool) -> None:
    """Takes a touchpoint into the sums."""
    if not t.touchpoint_count:
        t.first_seen_at = fact.occurred_at
    t.touchpoint_count += 1
    t.last_seen_at = fact.occurred_at
    t.strongest = min(t.strongest, *(token[0] for token in fact.tokens))
    if act:
        t.first_channel = t.first_channel or fact.channel
        t.last_channel = fact.channel
    if fact.event_type == "order.placed":
        t.first_order_at = fact.occurred_at if t.first_order_at is None else t.first_order_at
        t.last_order_at = fact.occurred_at


def customer_row(t: Totals, customer: bytes, rules_version: int, version: int) -> tuple[Any, ...]:
    """The row in `customers`, columns in the order of the catalogue."""
    return (
        customer, t.first_seen_at, t.last_seen_at, t.touchpoint_count, t.session_count, t.journey_count,
        t.strongest <= WEAKEST_IDENTIFIED, KIND_NAMES.get(t.strongest, ""), t.first_channel, t.last_channel, t.order_count,
        t.ticket_count, t.call_count, t.return_count, t.bad_count, t.first_order_at, t.last_order_at, t.gross, t.cancelled, t.returned,
        t.gross - t.cancelled - t.returned, t.currency, t.other_currency_count, rules_version, version,
    )  # fmt: skip
