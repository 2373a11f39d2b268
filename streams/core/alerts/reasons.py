"""Why there is an alert, and what a customer's running state remembers of it.

A reason follows from the facts alone: when it arose, and when it was over. Whether it has fired follows from the partition's own time
(`streams.core.alerts.desk`), which only ticks move.
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

Group = bytes
"""What reasons are judged together: an episode, a touchpoint, a journey. Its first byte tells which."""
Figures = dict[str, int | float | str | None]


class AlertRule(StrEnum):
    """Every alert that a customer's own history can raise. EVENTS.md, "Alerts"; `return_spike` is judged over all customers, by SQL."""

    AT_RISK = "sla.at_risk"
    BREACHED = "sla.breached"
    BAD_STREAK = "bad_streak"
    PROMISE_BROKEN = "promise_broken"
    PROACTIVE_GAP = "proactive_gap"
    CHURN_RISK = "churn_risk"
    REPEAT_CONTACT = "repeat_contact"


class Clock(StrEnum):
    """The clocks that `sla.at_risk` and `sla.breached` are about."""

    FIRST_RESPONSE = "first_response"
    RESOLUTION = "resolution"
    CALL_ANSWER = "call_answer"
    REFUND = "refund"
    DELIVERY = "delivery"


class Reason(msgspec.Struct, frozen=True, array_like=True):
    """`rule` of AlertRule, `clock` of Clock or empty; times ms UTC. Names of figures that end in `_at` are times, too."""

    rule: str
    clock: str
    subject_kind: str
    subject_source: str
    subject_id: str
    raised_at: int
    over_at: int | None
    """when events ended it; None while it lasts"""
    figures: Figures


Reasons = dict[Group, list[Reason]]
"""By group all that there are, in a fixed order; an empty list where there is none any more."""


class Watch(msgspec.Struct, array_like=True):
    """What the running state of a customer remembers for alerts that look at more than one episode. Times ms UTC."""

    open: dict[str, tuple[Group, Reason]] = msgspec.field(default_factory=dict)
    """by rule what has begun and is not over"""
    journey_id: bytes = b""
    streak: list[int] = msgspec.field(default_factory=list)
    """the last bad experiences in a row, as many as the rules look at"""
    last_order_at: int = -1
    order_gaps: list[int] = msgspec.field(default_factory=list)
    """times between the last orders, at least a day each"""
    promise_over: tuple[Group, Reason] | None = None
    """the last broken promise of `journey_id` that is over: it stands where the next one falls away"""


def open_reasons(watch: Watch) -> Mapping[Group, list[Reason]]:
    """What has begun and is not over, and what another course of the history may have put in its place."""
    over = [watch.promise_over] if watch.promise_over is not None else []
    return {group: [reason] for group, reason in (*over, *watch.open.values())}
