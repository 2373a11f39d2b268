"""What the demo shows, as plain values; `deploy.demo.questions` fills them by SQL, `deploy.demo.screens` draws them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

Count = tuple[str, int, str]
"""(what, how many, where it can be read)"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One line with a bar: `share` from 0 to 1, `of` how many it stands for."""

    name: str
    share: float
    of: int


@dataclass(frozen=True, slots=True)
class Moment:
    """One touchpoint of a customer's timeline. `sentiment` from -1 to 1, None where nobody can tell."""

    at: datetime
    event_type: str
    channel: str
    stage: str
    actor: str
    sentiment: float | None
    payload: Mapping[str, Any]
    first_seen: tuple[str, ...] = ()
    """kinds of the identities that this touchpoint was the first to show"""


@dataclass(frozen=True, slots=True)
class Episode:
    """One order, ticket, call, ... of that customer in a few words."""

    kind: str
    number: str
    opened_at: datetime
    told: str


@dataclass(frozen=True, slots=True)
class CustomerStory:
    customer_id: str
    touchpoints: int
    sessions: int
    orders: int
    net: str
    currency: str
    known_by: tuple[tuple[str, int], ...]
    """(kind, how many), strongest first"""
    moments: tuple[Moment, ...]
    episodes: tuple[Episode, ...]


@dataclass(frozen=True, slots=True)
class FirstResponse:
    """Seconds; shares from 0 to 1; None where no ticket was answered."""

    tickets: int
    answered: int
    p50_s: float | None
    p90_s: float | None
    within_target: float | None


@dataclass(frozen=True, slots=True)
class Returns:
    """By currency; shares from 0 to 1."""

    currency: str
    orders: int
    orders_returned: int
    sold: float
    refunded: float


@dataclass(frozen=True, slots=True)
class Imported:
    """A public set. `returned` and `net` in `currency`; ads are counted by customer and campaign."""

    source: str
    currency: str
    customers: int
    orders: int
    buyers_again: int
    sold: Decimal
    returned: Decimal
    net: Decimal
    ads_shown: int
    ads_answered: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the demo itself."""

    name: str
    seconds: float
    told: str


@dataclass(frozen=True, slots=True)
class Figures:
    """All that came out of ClickHouse."""

    counts: tuple[Count, ...]
    imported: tuple[Imported, ...]
    story: CustomerStory | None
    paths: tuple[Bar, ...]
    conversion: tuple[Bar, ...]
    returns: tuple[Returns, ...]
    first_response: FirstResponse
