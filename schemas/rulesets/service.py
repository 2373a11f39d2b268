"""What is promised, when somebody works, and what raises an alert."""

import re
from datetime import date
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from holidays import list_supported_countries
from pydantic import AfterValidator, BeforeValidator, Field, NonNegativeInt, PositiveFloat, PositiveInt

from schemas.rulesets.patterns import RuleModel
from schemas.vocabulary import Channel

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[int, Field(gt=0, le=315_360_000)]
"""Up to ten years."""


def minutes_of(hours: str) -> tuple[int, int]:
    """`09:00-18:00` -> (540, 1080), minutes after midnight; ValueError for anything else."""
    found = _HOURS.fullmatch(hours)
    start, end = (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])) if found else (0, 0)
    if not start < end <= 24 * 60:
        raise ValueError(f"{hours!r} is no span of a day: write it such as 09:00-18:00")
    return start, end


def days_of(days: str) -> range:
    """`mon-fri` -> 0..4, `sat` -> 5..5; ValueError for anything else."""
    first, _, last = days.partition("-")
    if first not in DAYS or (last or first) not in DAYS or DAYS.index(last or first) < DAYS.index(first):
        raise ValueError(f"{days!r} is no span of days: write it such as mon-fri or sat")
    return range(DAYS.index(first), DAYS.index(last or first) + 1)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone: write it such as Europe/Berlin") from None
    return name


def _week(hours: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    for days, spans in hours.items():
        days_of(days)
        for span in spans:
            minutes_of(span)
    return hours


def _as_list(given: object) -> object:
    return (given,) if isinstance(given, str) else given


def _holiday(named: date | str) -> date | str:
    if isinstance(named, date):
        return named
    country, _, region = named.partition("-")
    known = list_supported_countries()
    if country not in known or (region and region not in known[country]):
        raise ValueError(f"{named!r} is no set of holidays: write a country such as DE, one with its region such as DE-BE, or dates")
    return named


class Calendar(RuleModel):
    """When somebody works, in that time zone; not on `holidays`: dates, countries (DE), regions (DE-BE, ISO 3166), or several of them."""

    timezone: Annotated[str, AfterValidator(_zone)]
    holidays: Annotated[tuple[Annotated[date | str, AfterValidator(_holiday)], ...] | None, BeforeValidator(_as_list)] = None
    hours: Annotated[dict[str, tuple[str, ...]], AfterValidator(_week)]

    @cached_property
    def week(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """For each day from Monday on the spans of work in minutes after midnight, sorted."""
        spans = [(day, minutes_of(span)) for days, texts in self.hours.items() for day in days_of(days) for span in texts]
        return tuple(tuple(sorted(span for on, span in spans if on == day)) for day in range(7))


class Target(RuleModel):
    """Seconds; `by_channel` wins over `default`; a business clock runs in the hours of `calendar`."""

    default: Seconds
    clock: Literal["calendar", "business"]
    by_channel: dict[Channel, Seconds] = Field(default_factory=dict)
    calendar: str = "default"


class CallTarget(RuleModel):
    """`share` of the calls answered within `seconds`; who hangs up within short_abandon_s did not wait."""

    seconds: Seconds
    share: Share
    short_abandon_s: NonNegativeInt


class Targets(RuleModel):
    """What is promised."""

    first_response_s: Target
    resolution_s: Target
    call_answer: CallTarget
    refund_s: Target
    repeat_contact_days: PositiveInt
    reopen_days: PositiveInt
    return_window_days: PositiveInt


class AtRisk(RuleModel):
    """before_s: seconds before the target is missed."""

    before_s: PositiveInt


class BadStreak(RuleModel):
    """count bad experiences within so many days."""

    count: PositiveInt
    within_days: PositiveInt


class PromiseBroken(RuleModel):
    """delta_at_most: sentiment of the last touch less that of the first."""

    delta_at_most: Annotated[float, Field(ge=-2, le=0)]


class ProactiveGap(RuleModel):
    """after_s: seconds after a delay without a notification."""

    after_s: PositiveInt


class RepeatContact(RuleModel):
    """The same matter again, in whatever channel."""

    within_days: PositiveInt


class ChurnRisk(RuleModel):
    """no_order_for: in the unit; or_bad_streak: so many bad experiences."""

    no_order_for: PositiveFloat
    unit: Literal["own_median_gap"]
    or_bad_streak: PositiveInt


class ReturnSpike(RuleModel):
    """Returns of one product against its own past."""

    times_baseline: PositiveFloat
    min_returns: PositiveInt
    window_days: PositiveInt


class AlertRules(RuleModel):
    """late_firing_s: what fires later than this many seconds makes a row and no webhook."""

    late_firing_s: PositiveInt
    sla_at_risk: AtRisk = Field(alias="sla.at_risk")
    bad_streak: BadStreak
    promise_broken: PromiseBroken
    proactive_gap: ProactiveGap
    repeat_contact: RepeatContact
    churn_risk: ChurnRisk
    return_spike: ReturnSpike
