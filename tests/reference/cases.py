"""Contents for the tests of the reference: everything by default, minutes after T0."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.codec import Decoded, validate
from schemas.ids import event_id_for
from schemas.links import KIND_CODES, token_for
from schemas.normalise import moment_text
from tests.reference.contents import Content

T0 = datetime(2025, 6, 2, 9, 0, tzinfo=UTC)
PAYLOADS: dict[str, dict[str, Any]] = {
    "page.viewed": {"url": "/"},
    "ad.clicked": {"network": "n", "campaign_id": "c"},
    "order.placed": {
        "order_id": "O",
        "lines": [{"line_id": "1", "product_id": "p", "quantity": 2, "unit_price": "10.00"}],
        "total": "20.00",
        "currency": "EUR",
    },
    "order.cancelled": {"order_id": "O", "by": "customer"},
    "refund.issued": {"refund_id": "F", "order_id": "O", "return_id": "R", "amount": "5.00", "currency": "EUR"},
    "order.changed": {
        "order_id": "O",
        "lines": [{"line_id": "1", "product_id": "p", "quantity": 1, "unit_price": "12.50"}],
        "total": "12.50",
        "currency": "EUR",
    },
    "return.approved": {"return_id": "R", "order_id": "O", "lines": []},
    "return.requested": {"return_id": "R", "order_id": "O", "lines": []},
    "return.received": {"return_id": "R", "order_id": "O", "lines": []},
    "shipment.delivered": {"shipment_id": "P", "order_id": "O"},
    "subscription.started": {"subscription_id": "S", "plan": "coffee"},
    "ticket.opened": {"ticket_id": "T"},
    "ticket.replied": {"ticket_id": "T", "message_id": "m", "author": "representative", "public": True},
    "call.answered": {"call_id": "L", "representative_id": "r", "wait_ms": 1000},
    "call.abandoned": {"call_id": "L", "wait_ms": 10_000},
    "survey.answered": {"survey_id": "V", "instrument": "csat", "scale_min": 1, "scale_max": 5, "score": 2},
    "login.succeeded": {},
    "logout.done": {},
}


def token_of(kind: str, value: str) -> bytes:
    return token_for(kind, value, b"reference") if kind in KIND_CODES else value.encode()


def content(
    event_type: str, minute: float, *identities: str, name: str = "", payload: dict[str, Any] | None = None, **more: Any
) -> Content:
    """`identities` as kind:value; `name` makes the event id, by default from type and minute."""
    at = T0 + timedelta(minutes=minute)
    document: dict[str, Any] = {
        "event_id": str(event_id_for("shop", event_type, name or f"at {minute}")),
        "event_type": event_type,
        "source": "shop",
        "occurred_at": moment_text(at),
        "identities": [dict(zip(("kind", "value"), text.split(":", 1), strict=True)) for text in identities],
        "payload": PAYLOADS.get(event_type, {}) | (payload or {}),
    } | more
    decoded = validate(document)
    assert isinstance(decoded, Decoded), decoded
    return Content(decoded.event, decoded.document)


def statement(what: str, minute: float, a: str, b: str = "") -> Content:
    """identity.linked, identity.unlinked (a, b) or identity.shared (a)."""
    said = [dict(zip(("kind", "value"), text.split(":", 1), strict=True)) for text in (a, b) if text]
    payload = {"identity": said[0]} if what == "shared" else {"a": said[0], "b": said[1]}
    return content(f"identity.{what}", minute, payload=payload, name=f"{what} {a} {b} {minute}")
