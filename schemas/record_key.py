"""Which key a record of `touchpoints.raw` has. Pure; producers and admission ask the same function."""

from uuid import UUID

from schemas.envelope import AnyEvent

RETRACTED = "touchpoint.retracted"


def record_key(event: AnyEvent) -> bytes:
    """The event id as text, so that repeats meet in one partition; a retraction has the id of its target and meets that."""
    subject: UUID = event.payload.target_event_id if event.event_type == RETRACTED else event.event_id
    return str(subject).encode()
