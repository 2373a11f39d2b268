"""The stage of a touchpoint: the first rule of rules.yaml whose type and condition hold, judged on the customer's own history.

| condition | holds when, at that moment |
|---|---|
| open_return | a return was asked for and neither refunded, exchanged nor rejected |
| renewal_due_within_30_days | the paid period of a live subscription ends within 30 days |
| has_order_or_subscription | an order was placed or a subscription or trial started before |
| within_days_after_delivery | the last delivery is at most so many days ago |
"""

from schemas.rulesets.journeys import StageRule, When
from streams.core.rulebook import DAY, Rulebook
from streams.core.state import Context

RENEWAL_WINDOW_MS = 30 * DAY


def stage_of(event_type: str, at: int, context: Context, rulebook: Rulebook) -> str:
    """The stage; the last rule of a valid rules file matches everything."""
    rules = rulebook.stage_rules_by_type[event_type]
    return next(rule.stage.value for rule in rules if rule.always or _applies(rule, at, context))


def _applies(rule: StageRule, at: int, context: Context) -> bool:
    if rule.when is not None and not _holds(rule.when, at, context):
        return False
    days = rule.within_days_after_delivery
    return days is None or (context.last_delivery_at >= 0 and at - context.last_delivery_at <= days * DAY)


def _holds(condition: When, at: int, context: Context) -> bool:
    if condition == "open_return":
        return bool(context.open_returns)
    if condition == "has_order_or_subscription":
        return context.has_order_or_subscription
    return any(at <= end <= at + RENEWAL_WINDOW_MS for end in context.periods.values())
