"""What was promised: from the start of a clock to the instant at which it is missed. Source: rules.yaml `targets` and `calendars`."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.rules import Rules
from schemas.rulesets.service import Target
from streams.core.calendars import WorkingHours, deadline


@dataclass(frozen=True)
class Promise:
    """Seconds in all hours (a calendar clock), or in the open ones alone (a business clock); `by_channel` wins over `seconds`.

    `hours` are those of the target's calendar, whichever clock it has: times within business hours are told beside the others.
    """

    seconds: int
    by_channel: Mapping[str, int]
    hours: WorkingHours
    is_business: bool

    def due(self, start: int, channel: str = "") -> int:
        """The last instant at which the promise is kept, ms UTC."""
        seconds = self.by_channel.get(channel, self.seconds)
        return deadline(start, seconds, self.hours) if self.is_business else start + seconds * 1_000


def promise_from(target: Target, rules: Rules) -> Promise:
    """Compiles a validated target."""
    hours = WorkingHours(rules.calendars[target.calendar])
    return Promise(target.default, {channel.value: s for channel, s in target.by_channel.items()}, hours, target.clock == "business")


@dataclass(frozen=True)
class AlertLimits:
    """rules.yaml `alerts`, times in ms."""

    late_ms: int
    at_risk_ms: int
    streak: int
    streak_ms: int
    broken_at_most: float
    gap_ms: int
    repeat_ms: int
    churn_factor: float
    churn_streak: int


def alert_limits(rules: Rules) -> AlertLimits:
    """Compiles validated rules."""
    alerts = rules.alerts
    return AlertLimits(
        late_ms=alerts.late_firing_s * 1_000,
        at_risk_ms=alerts.sla_at_risk.before_s * 1_000,
        streak=alerts.bad_streak.count,
        streak_ms=alerts.bad_streak.within_days * 86_400_000,
        broken_at_most=alerts.promise_broken.delta_at_most,
        gap_ms=alerts.proactive_gap.after_s * 1_000,
        repeat_ms=alerts.repeat_contact.within_days * 86_400_000,
        churn_factor=alerts.churn_risk.no_order_for,
        churn_streak=alerts.churn_risk.or_bad_streak,
    )
