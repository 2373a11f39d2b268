"""Alerts that look at more than one episode of a customer: streaks, broken promises, churn, the same matter again.

| rule | arises | over |
|---|---|---|
| bad_streak | `count` bad experiences in a row within `within_days`; neutral touchpoints do not count | a good experience |
| churn_risk | the same with `or_bad_streak` | a good experience |
| churn_risk | no order for `no_order_for` times the customer's own median gap | the next order |
| promise_broken | an act felt so much worse than the journey's first | an act that is not |
| repeat_contact | the customer asks again on one matter, whatever the channel | never |

Bad is what rules.yaml `bad_experience` says, good a sentiment above 0. Orders less than a day apart are one (METRICS.md 47); the
median is over the last 20 gaps. Source: METRICS.md 17, 44a, 55, 57.
"""

from statistics import median
from uuid import UUID

from schemas.facts import Fact
from streams.core.alerts.reasons import AlertRule, Figures, Group, Reason, Reasons, Watch
from streams.core.rulebook import DAY, Rulebook
from streams.core.state import OpenJourney

GAPS = 20
ORDER, CHURN_STREAK = "order.placed", "churn_risk by streak"


def felt(
    watch: Watch, fact: Fact, journey: OpenJourney, score: float | None, is_bad: bool, act: bool, rules: Rulebook, out: Reasons
) -> None:
    """Takes a touchpoint in whose sentiment is known or that is bad; the journey has taken it in already."""
    if is_bad:
        _bad(watch, fact, rules, out)
    elif score is not None and score > 0:
        watch.streak.clear()
        _end(watch, AlertRule.BAD_STREAK, fact.occurred_at, out)
        _end(watch, CHURN_STREAK, fact.occurred_at, out)
    if act and score is not None:
        _promise(watch, fact, journey, score, rules, out)


def ordered(watch: Watch, fact: Fact, rules: Rulebook, out: Reasons) -> None:
    """Takes an order in: the wait for it is over, that for the next one begins."""
    at = fact.occurred_at
    _end(watch, AlertRule.CHURN_RISK, at, out)
    gap = at - watch.last_order_at
    if watch.last_order_at >= 0 and gap >= DAY:
        watch.order_gaps.append(gap)
        del watch.order_gaps[:-GAPS]
    watch.last_order_at = at
    if watch.order_gaps:
        usual = int(median(watch.order_gaps))
        raised = at + int(usual * rules.alerts.churn_factor)
        figures: Figures = {"last_order_at": at, "own_median_gap_s": usual // 1_000, "orders_seen": len(watch.order_gaps) + 1}
        subject = ("order", fact.source, fact.order_id)
        _begin(watch, AlertRule.CHURN_RISK, b"o" + fact.event_id, Reason(AlertRule.CHURN_RISK, "", *subject, raised, None, figures), out)


def asked_again(fact: Fact, last_contact_at: int, rules: Rulebook, out: Reasons) -> None:
    """The customer came back with the same matter, so long after the last contact."""
    after = fact.occurred_at - last_contact_at
    if after <= rules.alerts.repeat_ms:
        figures: Figures = {"last_contact_at": last_contact_at, "after_s": after // 1_000, "channel": fact.channel}
        reason = Reason(AlertRule.REPEAT_CONTACT, "", *_touch(fact), fact.occurred_at, None, figures)
        out[b"r" + fact.event_id] = [reason]


def _bad(watch: Watch, fact: Fact, rules: Rulebook, out: Reasons) -> None:
    limits = rules.alerts
    watch.streak.append(fact.occurred_at)
    del watch.streak[: -max(limits.streak, limits.churn_streak)]
    for slot, rule, count in (
        (AlertRule.BAD_STREAK, AlertRule.BAD_STREAK, limits.streak),
        (CHURN_STREAK, AlertRule.CHURN_RISK, limits.churn_streak),
    ):
        began = watch.streak[-count] if len(watch.streak) >= count else None
        if slot not in watch.open and began is not None and fact.occurred_at - began <= limits.streak_ms:
            figures: Figures = {"count": count, "since_at": began}
            _begin(watch, slot, slot[:1].encode() + fact.event_id, Reason(rule, "", *_touch(fact), fact.occurred_at, None, figures), out)


def _promise(watch: Watch, fact: Fact, journey: OpenJourney, score: float, rules: Rulebook, out: Reasons) -> None:
    if watch.journey_id != journey.journey_id:
        watch.journey_id = journey.journey_id
        last = watch.open.pop(AlertRule.PROMISE_BROKEN, watch.promise_over)
        if last is not None:  # the journey ended as it was
            out[last[0]] = [last[1]]
        watch.promise_over = None
    first = journey.first_sentiment if journey.first_sentiment is not None else score
    is_broken = score - first <= rules.alerts.broken_at_most
    if is_broken and AlertRule.PROMISE_BROKEN not in watch.open:
        figures: Figures = {"first_sentiment": first, "last_sentiment": score}
        subject = ("journey", "", str(UUID(bytes=journey.journey_id)))
        reason = Reason(AlertRule.PROMISE_BROKEN, "", *subject, fact.occurred_at, None, figures)
        _begin(watch, AlertRule.PROMISE_BROKEN, b"j" + journey.journey_id, reason, out)
    elif not is_broken and AlertRule.PROMISE_BROKEN in watch.open:
        _promise_kept(watch, fact.occurred_at, out)


def _promise_kept(watch: Watch, at: int, out: Reasons) -> None:
    """What ended before it arose leaves the one before it, where there was one in this journey."""
    group = watch.open[AlertRule.PROMISE_BROKEN][0]
    _end(watch, AlertRule.PROMISE_BROKEN, at, out)
    if out[group]:
        watch.promise_over = group, out[group][0]
    elif watch.promise_over is not None:
        out[group] = [watch.promise_over[1]]


def _touch(fact: Fact) -> tuple[str, str, str]:
    return "touchpoint", fact.source, str(UUID(bytes=fact.event_id))


def _begin(watch: Watch, slot: str, group: Group, reason: Reason, out: Reasons) -> None:
    watch.open[slot] = group, reason
    out[group] = [reason]


def _end(watch: Watch, slot: str, at: int, out: Reasons) -> None:
    """Over; what ended before it arose was never there."""
    if slot in watch.open:
        group, r = watch.open.pop(slot)
        ended = Reason(r.rule, r.clock, r.subject_kind, r.subject_source, r.subject_id, r.raised_at, at, r.figures)
        out[group] = [ended] if at > r.raised_at else []
