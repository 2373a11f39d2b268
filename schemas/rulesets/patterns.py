"""How rules name event types: exactly (`order.placed`), by object (`order.*`), or all (`*`). Nothing else; a misspelt one is refused."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from schemas.touchpoints import EVENT_TYPES

ALL = "*"


class RuleModel(BaseModel):
    """Frozen; a key that no rule knows is refused, for a misspelt rule would silently not apply."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def matches(pattern: str, event_type: str) -> bool:
    """`ad.*` covers `ad.shown`, not `ad_cost.reported`."""
    if pattern == ALL:
        return True
    return event_type.startswith(pattern[:-1]) if pattern.endswith(".*") else event_type == pattern


def any_matches(patterns: Iterable[str], event_type: str) -> bool:
    """Whether one of them does."""
    return any(matches(pattern, event_type) for pattern in patterns)


def _known(pattern: str) -> str:
    if not any(matches(pattern, event_type) for event_type in EVENT_TYPES):
        raise ValueError(f"{pattern!r} matches no event type of the catalogue (docs/events.md); write a type, object.* or *")
    return pattern


Pattern = Annotated[str, AfterValidator(_known)]
"""Matches at least one event type of the catalogue."""
