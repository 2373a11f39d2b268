"""Plain words for touchpoints, pauses and lengths of time. Pure."""

from collections.abc import Mapping
from typing import Any

PHRASES: Mapping[str, str] = {
    "ad.shown": "was shown an ad of {campaign_id}",
    "ad.clicked": "clicked an ad of {campaign_id}",
    "ad.commented": "commented below an ad",
    "email.sent": "was sent the mail {campaign_id}",
    "email.delivered": "the mail arrived",
    "email.opened": "opened the mail",
    "email.clicked": "clicked a link in the mail",
    "page.viewed": "looked at {url}",
    "screen.viewed": "looked at {screen} in the app",
    "product.viewed": "looked at {name}",
    "search.performed": "searched, {result_count} results",
    "cart.changed": "filled the cart, {value} {currency}",
    "checkout.started": "went to pay",
    "account.created": "made an account",
    "form.submitted": "sent a form",
    "login.succeeded": "logged in",
    "login.failed": "failed to log in",
    "logout.done": "logged out",
    "review.posted": "wrote a review, {rating} of {scale_max}",
    "order.placed": "ordered {order_id}, {total} {currency}",
    "order.changed": "changed the order {order_id}",
    "order.cancelled": "order {order_id} cancelled by {by}",
    "payment.succeeded": "paid {amount} {currency}",
    "payment.failed": "payment of {amount} {currency} failed",
    "notification.sent": "was told: {subject}",
    "shipment.sent": "parcel {shipment_id} left",
    "shipment.delayed": "parcel {shipment_id} will be late",
    "shipment.delivered": "parcel {shipment_id} arrived",
    "shipment.failed": "parcel {shipment_id} could not be handed over",
    "ticket.opened": "wrote: {reason} ({ticket_id})",
    "ticket.assigned": "{ticket_id} was given to somebody",
    "ticket.pending": "{ticket_id} waits for the customer",
    "ticket.replied": "{author} wrote in {ticket_id}",
    "ticket.solved": "{ticket_id} solved",
    "ticket.reopened": "{ticket_id} open again",
    "ticket.closed": "{ticket_id} closed",
    "call.queued": "called ({queue})",
    "call.answered": "call answered after {waited}",
    "call.held": "had to hold",
    "call.transferred": "the call was handed on",
    "call.abandoned": "hung up after {waited}",
    "call.ended": "call ended: {reason}",
    "return.requested": "wants to send something back ({return_id})",
    "return.approved": "the return was approved",
    "return.rejected": "the return was refused",
    "return.label_sent": "got a label for the parcel",
    "return.shipped": "sent the goods back",
    "return.received": "the goods came back",
    "refund.issued": "got {amount} {currency} back",
    "exchange.shipped": "other goods went out",
    "survey.offered": "was asked ({instrument})",
    "survey.answered": "answered {instrument}: {score} of {scale_max}",
    "order_issue.raised": "says it is {issue}",
    "store.visited": "came to the store {store_id}",
    "article.viewed": "read {article_id}",
    "article.rated": "rated {article_id}",
    "faq.searched": "searched the FAQ, {result_count} results",
    "bot.started": "asked the bot: {intent}",
    "bot.handed_over": "the bot gave up",
    "subscription.started": "subscribed to {plan}",
    "subscription.renewed": "{plan} renewed",
    "subscription.cancelled": "cancelled {plan}",
}
UNITS = (("week", 604_800), ("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def phrase(event_type: str, payload: Mapping[str, Any]) -> str:
    """What happened in plain words; the type's own words where nobody wrote a phrase. Fields that are not there are question marks."""
    pattern = PHRASES.get(event_type)
    if pattern is None:
        return event_type.replace(".", ": ").replace("_", " ")
    known = _Known(payload)
    known.setdefault("name", payload.get("product_id", "?"))
    for name in ("subject", "reason", "intent"):
        if isinstance(payload.get(name), str):
            known[name] = payload[name].replace("_", " ")
    if isinstance(payload.get("wait_ms"), int):
        known["waited"] = length(payload["wait_ms"] / 1000)
    return pattern.format_map(known)


def length(seconds: float) -> str:
    """About how long, such as "3 days", "1 hour" or "0 seconds"; always the greatest unit that fits at least once."""
    for unit, size in UNITS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "0 seconds"


def percent(share: float | None, digits: int = 1) -> str:
    """A share as a person writes it; a dash for none."""
    return "-" if share is None else f"{100 * share:.{digits}f} %"
