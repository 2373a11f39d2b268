"""The stage of each touchpoint: the first rule of rules.yaml that holds, given what the customer did before.

Taken here: "before" is the order of histories without the touchpoint itself; only touchpoints that count (production, no crawler)
make history; a trial is a subscription; a return is open from its request until it is refunded, exchanged or rejected; a renewal is due
while the last period told of a subscription that nobody ended closes within 30 days (the end of a trial is no renewal); the delivery that
matters is the last one.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.reference.contents import ms
from tests.reference.identities import thing_of
from tests.reference.rules import DAY_MS, RULES, matches
from tests.reference.touches import Touch

RENEWAL_WITHIN_MS = 30 * DAY_MS
PERIODS = ("subscription.started", "subscription.renewed", "subscription.changed")


@dataclass
class Before:
    """What a customer's history says up to a moment."""

    has_order_or_subscription: bool = False
    open_returns: set[str] = field(default_factory=set)
    period_ends: dict[str, int] = field(default_factory=dict)
    delivered_at: int | None = None

    def holds(self, rule: dict[str, Any], at: int) -> bool:
        """Whether the conditions of a rule beside its types hold."""
        within = rule.get("within_days_after_delivery")
        if within and (self.delivered_at is None or at - self.delivered_at > within * DAY_MS):
            return False
        match rule.get("when"):
            case None:
                return True
            case "open_return":
                return bool(self.open_returns)
            case "renewal_due_within_30_days":
                return any(at <= end <= at + RENEWAL_WITHIN_MS for end in self.period_ends.values())
            case "has_order_or_subscription":
                return self.has_order_or_subscription
            case unknown:
                raise ValueError(f"the reference does not know the condition {unknown}")

    def then(self, touch: Touch) -> None:
        """Goes on by one touchpoint."""
        if touch.event_type in ("order.placed", "subscription.started", "trial.started"):
            self.has_order_or_subscription = True
        if touch.event_type == "shipment.delivered":
            self.delivered_at = touch.at
        self._returns(touch)
        self._subscriptions(touch)

    def _returns(self, touch: Touch) -> None:
        number = thing_of(touch.content, "return")
        if touch.event_type == "return.requested":
            self.open_returns.add(number)
        elif touch.event_type in ("return.rejected", "refund.issued", "exchange.shipped"):
            self.open_returns.discard(number)

    def _subscriptions(self, touch: Touch) -> None:
        number = thing_of(touch.content, "subscription")
        if touch.event_type in ("subscription.cancelled", "subscription.lapsed"):
            self.period_ends.pop(number, None)
        elif touch.event_type in PERIODS and touch.payload.period_end is not None:
            self.period_ends[number] = ms(touch.payload.period_end)


def stages_of(history: list[Touch]) -> list[str]:
    """One stage for each touchpoint of a customer's history, which is in order."""
    before, stages = Before(), []
    for touch in history:
        stages.append(_stage(touch, before))
        if touch.counts:
            before.then(touch)
    return stages


def _stage(touch: Touch, before: Before) -> str:
    for rule in RULES["stages"]:
        if ("types" not in rule or matches(rule["types"], touch.event_type)) and before.holds(rule, touch.at):
            return str(rule["stage"])
    raise ValueError("the last rule of stages must hold for everything")
