"""What the demo shows, as plain values; `deploy.demo.questions` fills them by SQL, `deploy.demo.screens` draws them."""

from dataclasses import dataclass
from decimal import Decimal

from deploy.looking.story import Story

Count = tuple[str, int, str]
"""(what, how many, where it can be read)"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One line with a bar: `share` from 0 to 1, `of` how many it stands for."""

    name: str
    share: float
    of: int


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
    story: Story | None
    paths: tuple[Bar, ...]
    conversion: tuple[Bar, ...]
    returns: tuple[Returns, ...]
    first_response: FirstResponse
