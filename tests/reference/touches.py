"""One touchpoint with what follows from itself alone, and the history of one customer in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from schemas.touchpoints.defaults import actor_of, channel_of
from tests.reference.contents import Content
from tests.reference.rules import RULES, matches
from tests.reference.sentiment import sentiment_of


@dataclass(frozen=True)
class Touch:
    """`counts`: enters sessions, journeys and metrics (production, no crawler, and a medium: a statement has none)."""

    content: Content
    at: int
    event_id: UUID
    event_type: str
    actor: str
    channel: str
    owner: str
    scope: str
    sentiment: float | None
    sentiment_by: str
    is_bot: bool

    @property
    def is_act(self) -> bool:
        return self.actor in RULES["sessions"]["actors"]

    @property
    def sort_key(self) -> bytes:
        """Where it stands in its history: time, the source's own order, event id."""
        at, sequence, event = self.content.order
        return at.to_bytes(8, "big") + sequence.to_bytes(8, "big") + event

    @property
    def counts(self) -> bool:
        return self.content.event.environment == "production" and not self.is_bot and bool(self.channel)

    @property
    def payload(self) -> Any:
        return self.content.event.payload


def touch_of(content: Content, *, is_bot: bool) -> Touch:
    event = content.event
    sentiment, judge = sentiment_of(event)
    return Touch(
        content,
        content.at,
        event.event_id,
        event.event_type,
        str(actor_of(event)),
        str(channel_of(event) or ""),
        event.owner or _first_match(RULES["owners"], event.event_type),
        _first_match(RULES["scopes"], event.event_type),
        sentiment,
        judge,
        is_bot,
    )


def _first_match(table: Mapping[str, list[str]], event_type: str) -> str:
    """The first name whose patterns hold; empty where none does."""
    return next((name for name, patterns in table.items() if matches(patterns, event_type)), "")


def campaign_of(touch: Touch) -> str:
    """utm_campaign, else the payload's campaign_id, else empty."""
    context = touch.content.event.context
    said = context.campaign.utm_campaign if context and context.campaign else None
    return said or getattr(touch.payload, "campaign_id", None) or ""


def page_of(touch: Touch) -> str:
    """The screen, else the payload's address, else the context's page; addresses without query and fragment, where personal data hides."""
    context = touch.content.event.context
    address = getattr(touch.payload, "url", None) or (context.page if context else None) or ""
    return getattr(touch.payload, "screen", None) or address.split("?")[0].split("#")[0]
