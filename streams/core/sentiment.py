"""The sentiment of a touchpoint, -1 to 1, by the first rule that applies, and whether it is a bad experience.

What the event says itself, a survey's score over its scale, the event type's own score, a wait over the target: in the order of rules.yaml.
Who hangs up within `short_abandon_s` did not wait and feels nothing. Source: rules.yaml `sentiment`, `bad_experience`; METRICS.md B9, R10.
"""

from schemas.facts import Fact
from streams.core.context import is_short_abandon
from streams.core.episodes.machine import Told
from streams.core.payloads import Payload
from streams.core.rulebook import Rulebook

RULE = "rule"
READS_PAYLOAD = frozenset({"survey.answered", "call.abandoned"})


def sentiment_of(fact: Fact, payload: Payload, told: Told, rulebook: Rulebook) -> tuple[float | None, str]:
    """(sentiment, who judged); (None, "") where nobody can tell."""
    for rule in rulebook.sentiment_by_type[fact.event_type]:
        if rule.explicit:
            if fact.sentiment is not None:
                return fact.sentiment, fact.sentiment_by
        elif rule.survey is not None:
            score = _scaled(payload) if payload.get("instrument") == rule.survey else None
            if score is not None:
                return score, "customer"
        elif rule.score is not None:
            return (None, "") if is_short_abandon(fact, payload, rulebook) else (rule.score, RULE)
        elif told.waited:
            return rule.waited_over_target, RULE
    return None, ""


def _scaled(payload: Payload) -> float | None:
    if payload.get("score") is None or payload.get("not_applicable"):
        return None
    low, high = float(payload["scale_min"]), float(payload["scale_max"])
    if high <= low:
        return None
    score = (float(payload["score"]) - (low + high) / 2) / ((high - low) / 2)
    return max(-1.0, min(1.0, score))


def is_bad(sentiment: float | None, told: Told, is_repeat: bool, rulebook: Rulebook) -> bool:
    """A score at or below the limit, or one of the reasons that rules.yaml names: a missed promise, the same matter again."""
    reasons = rulebook.bad_reasons
    if (is_repeat and "repeat_contact" in reasons) or not reasons.isdisjoint(told.bad_reasons):
        return True
    return sentiment is not None and sentiment <= rulebook.bad_at_most
