"""One customer's history as plain values. `deploy.looking.asking` fills them by SQL; terminal, page and JSON draw them.

All times are aware, UTC. Sentiment is -1 (bad) to 1 (good), None where nobody can tell. What may name a person is masked or empty unless it
was asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

Mark = Literal["good", "bad", "own", "theirs"]
NEUTRAL = 0.1
"""a sentiment within this of 0 is neither good nor bad to the eye"""


@dataclass(frozen=True, slots=True)
class Touch:
    """One touchpoint. `told`: in words; `things`: numbers of orders, tickets, ... that it names; `personal`: as stored, where asked for."""

    event_id: str
    at: datetime
    event_type: str
    source: str
    channel: str
    stage: str
    scope: str
    owner: str
    actor: str
    sentiment: float | None
    is_bad: bool
    amount: Decimal | None
    currency: str
    session_id: str | None
    journey_id: str | None
    told: str
    campaign: str = ""
    device_class: str = ""
    country: str = ""
    things: Mapping[str, str] = field(default_factory=dict)
    personal: Mapping[str, Any] = field(default_factory=dict)

    @property
    def mark(self) -> Mark:
        """How it is drawn: by its sentiment, else by who acted."""
        if self.is_bad or (self.sentiment is not None and self.sentiment < -NEUTRAL):
            return "bad"
        if self.sentiment is not None and self.sentiment > NEUTRAL:
            return "good"
        return "own" if self.actor == "customer" else "theirs"


@dataclass(frozen=True, slots=True)
class Session:
    session_id: str
    started_at: datetime
    ended_at: datetime
    acts: int


@dataclass(frozen=True, slots=True)
class Journey:
    """As the row in `journeys`; `number` counts the customer's journeys from 1, in order of time."""

    journey_id: str
    number: int
    opened_at: datetime
    last_touch_at: datetime
    is_open: bool
    is_final: bool
    revision: int
    touchpoints: int
    sessions: int
    orders: int
    handovers: int
    bad: int
    first_sentiment: float | None
    last_sentiment: float | None
    net: Decimal
    currency: str
    campaign: str
    country: str

    @property
    def state(self) -> str:
        """Open, closed by silence, or final, in words."""
        if self.is_open:
            return "open"
        return "closed, final" if self.is_final else "closed, not final yet"


@dataclass(frozen=True, slots=True)
class Episode:
    """One order, parcel, ticket, call, ... `told`: what came of it."""

    kind: str
    number: str
    status: str
    opened_at: datetime
    last_touch_at: datetime
    told: str


@dataclass(frozen=True, slots=True)
class Identity:
    """By what the customer is known. `value` is empty for what has no clear text."""

    kind: str
    value: str
    first_seen_at: datetime
    event_id: str


@dataclass(frozen=True, slots=True)
class Story:
    """`touches` in order; `of` how many there are in the chosen time, of which these are the newest; `former` ids that led here."""

    customer_id: str
    former: tuple[str, ...]
    identities: tuple[Identity, ...]
    journeys: tuple[Journey, ...]
    sessions: tuple[Session, ...]
    touches: tuple[Touch, ...]
    episodes: tuple[Episode, ...]
    of: int

    @property
    def lanes(self) -> tuple[str, ...]:
        """Channels in order of first appearance."""
        return tuple(dict.fromkeys(touch.channel for touch in self.touches if touch.channel))

    @property
    def left_out(self) -> int:
        return self.of - len(self.touches)
