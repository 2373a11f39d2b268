"""Taking back what was sent in error."""

from uuid import UUID

from schemas.fields import Text, WireModel
from schemas.touchpoints.spec import SYSTEM, EventSpec


class Retraction(WireModel):
    """The touchpoint leaves every row and metric, its record stays."""

    target_event_id: UUID
    reason: Text | None = None


SPECS = (
    EventSpec(
        event_type="touchpoint.retracted",
        meaning="a touchpoint was sent in error",
        payload=Retraction,
        channel=None,
        actor=SYSTEM,
        needs_identity=False,
        business_key=("target_event_id",),
    ),
)
