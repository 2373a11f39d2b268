"""What the rules remember of a customer's history: orders, open returns, paid periods, the last delivery, the last contact."""

from schemas.facts import Fact
from streams.core.payloads import Payload, instant
from streams.core.rulebook import Rulebook
from streams.core.state import Context

BUYS = frozenset({"order.placed", "subscription.started", "trial.started"})
RETURN_OVER = frozenset({"refund.issued", "exchange.shipped", "return.rejected"})
CONTACTS = frozenset({"ticket.opened", "call.queued", "order_issue.raised"})


def is_repeat_contact(context: Context, fact: Fact, payload: Payload, rulebook: Rulebook) -> bool:
    """The customer asks again within the window, on the same order where both name one. Source: METRICS.md 17, R9."""
    if not _is_contact(fact, payload) or context.last_contact_at < 0:
        return False
    same = not fact.order_id or not context.last_contact_order or fact.order_id == context.last_contact_order
    return same and fact.occurred_at - context.last_contact_at <= rulebook.repeat_ms


def _is_contact(fact: Fact, payload: Payload) -> bool:
    return fact.event_type in CONTACTS and fact.actor != "representative" and payload.get("direction") != "outbound"


def remember(context: Context, fact: Fact, payload: Payload, rulebook: Rulebook) -> None:
    """Takes a touchpoint in, after it was judged."""
    event_type = fact.event_type
    if event_type in BUYS:
        context.has_order_or_subscription = True
    if event_type == "return.requested" and fact.return_id and fact.return_id not in context.open_returns:
        context.open_returns.append(fact.return_id)
    elif event_type in RETURN_OVER and fact.return_id in context.open_returns:
        context.open_returns.remove(fact.return_id)
    elif event_type == "shipment.delivered":
        context.last_delivery_at = fact.occurred_at
    elif event_type in ("subscription.started", "subscription.renewed", "subscription.changed"):
        end = instant(payload, "period_end")
        if end is not None:
            context.periods[fact.subscription_id] = end
    elif event_type in ("subscription.cancelled", "subscription.lapsed"):
        context.periods.pop(fact.subscription_id, None)
    if _is_contact(fact, payload):
        context.contact_before = (context.last_contact_at, context.last_contact_order)
        context.last_contact_at, context.last_contact_order = fact.occurred_at, fact.order_id
        context.last_contact_call = fact.call_id if event_type == "call.queued" else ""
    elif is_short_abandon(fact, payload, rulebook) and context.last_contact_call and fact.call_id == context.last_contact_call:
        (context.last_contact_at, context.last_contact_order), context.last_contact_call = context.contact_before, ""


def is_short_abandon(fact: Fact, payload: Payload, rulebook: Rulebook) -> bool:
    """Who hangs up within `short_abandon_s` did not wait, and that call was no contact. Source: METRICS.md R10, 13."""
    return fact.event_type == "call.abandoned" and int(payload.get("wait_ms", rulebook.short_abandon_ms)) < rulebook.short_abandon_ms
