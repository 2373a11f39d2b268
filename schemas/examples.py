"""A valid, realistic document for every event type: for the generated pages, `tracker schema show`, producers' tests and the simulator."""

from copy import deepcopy
from typing import Any

from schemas.example_payloads import PAYLOADS
from schemas.ids import event_id_for
from schemas.touchpoints import EVENT_TYPES

OCCURRED_AT = "2026-03-02T09:30:00.000Z"


def example(event_type: str, **overrides: Any) -> dict[str, Any]:
    """A fresh document; `payload=` is merged into the example's payload, every other override replaces the field.

    The event id is derived from the type, so two calls without `event_id=` are the same event. KeyError for an unknown type.
    """
    spec = EVENT_TYPES[event_type]
    document: dict[str, Any] = {
        "event_id": str(event_id_for("example", event_type, "1")),
        "event_type": event_type,
        "schema_version": spec.version,
        "source": "shop-eu",
        "occurred_at": OCCURRED_AT,
        "sent_at": "2026-03-02T09:30:01.000Z",
        "identities": [{"kind": "email", "value": "anna.keller@example.org"}] if spec.needs_identity else [],
        "payload": deepcopy(PAYLOADS[event_type]) | overrides.pop("payload", {}),
    }
    return document | overrides


def examples() -> list[dict[str, Any]]:
    """One of each type, in the catalogue's order."""
    return [example(event_type) for event_type in EVENT_TYPES]
