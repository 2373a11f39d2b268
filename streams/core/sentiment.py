"""The sentiment of a touchpoint, -1 to 1, by the first rule that applies, and whether it is a bad experience.

Order: what the event says itself; a survey's score over its scale; the event type's own score; a wait over the target. Source: rules.yaml
`sentiment` and `bad_experience`, METRICS.md B9.
"""

from schemas.facts import Fact
from streams.core.episodes.machine import Told
from streams.core.payloads import Payload
from streams.core.rulebook import Rulebook

RULE = "rule"


def sentiment_of(fact: Fact, payload: Payload, told: Told, rulebook: Rulebook) -> tuple[float | None, str]:
    """(sentiment, who judged); (None, "") where nobody can tell."""
    if fact.sentiment is not None:
        return fact.sentiment, fact.sentiment_by
    if fact.event_type == "survey.answered":
        score = _scaled(payload)
        return (None, "") if score is None else (score, "customer")
    if told.waited:
        return rulebook.waited_score, RULE
    score = rulebook.score_by_type.get(fact.event_type)
    return (None, "") if score is None else (score, RULE)


def _scaled(payload: Payload) -> float | None:
    if payload.get("score") is None or payload.get("not_applicable"):
        return None
    low, high = float(payload["scale_min"]), float(payload["scale_max"])
    if high <= low:
        return None
    score = (float(payload["score"]) - (low + high) / 2) / ((high - low) / 2)
    return max(-1.0, min(1.0, score))


def is_bad(sentiment: float | None, told: Told, is_repeat: bool, rulebook: Rulebook) -> bool:
    """A score at or below the limit, a missed promise, or the same matter again within the week."""
    return told.is_bad or is_repeat or (sentiment is not None and sentiment <= rulebook.bad_at_most)
