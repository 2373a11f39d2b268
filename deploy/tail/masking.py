"""Takes out of an event what may name a person, for eyes that need not see it. What the catalogue does not know is taken for personal."""

from collections.abc import Mapping
from typing import Any

from schemas.envelope import PERSONAL_CONTEXT, Context, Envelope
from schemas.touchpoints import EVENT_TYPES
from schemas.vocabulary import NUMBER_KINDS, IdentityKind

HIDDEN = "***"
_IDENTITY_FIELDS = ("a", "b", "identity")


def masked_identity(kind: str, value: str) -> str:
    """Numbers of things stay; of anything else the first letter, and an e-mail's domain."""
    if kind in NUMBER_KINDS:
        return value
    if kind == IdentityKind.EMAIL and "@" in value:
        return f"{value[:1]}{HIDDEN}@{value.rpartition('@')[2]}"
    return f"{value[:1]}{HIDDEN}"


def masked_event(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of an event as JSON has it; `document` may be anything that is a JSON object."""
    event_type = document.get("event_type")
    spec = EVENT_TYPES.get(event_type) if isinstance(event_type, str) else None
    known = {name for name in spec.payload.model_fields if name not in spec.personal} if spec else set()
    masked = {name: value if name in Envelope.model_fields else HIDDEN for name, value in document.items()}
    masked["identities"] = [_identity(entry) for entry in _list(document.get("identities"))]
    if "payload" in document:
        masked["payload"] = _payload(_object(document["payload"]), known)
    if "context" in document:
        masked["context"] = _masked(_object(document["context"]), set(Context.model_fields) - set(PERSONAL_CONTEXT))
    return masked


def _payload(payload: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    masked = _masked(payload, known)
    for name in _IDENTITY_FIELDS:
        if name in known and name in payload:
            masked[name] = _identity(payload[name])
    return masked


def _masked(fields: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    return {name: value if name in known else HIDDEN for name, value in fields.items()}


def _identity(entry: Any) -> Any:
    if not isinstance(entry, dict) or not isinstance(entry.get("value"), str):
        return HIDDEN
    return {"kind": entry.get("kind"), "value": masked_identity(str(entry.get("kind")), entry["value"])}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
