"""How good a touchpoint was, -1 to 1, by the sentiment rules: the first that applies."""

from typing import Any

from schemas.envelope import AnyEvent
from tests.reference.rules import BAD_AT_MOST, RULES, SHORT_ABANDON_MS, matches

BY_RULE = "rule"


def sentiment_of(event: AnyEvent) -> tuple[float | None, str]:
    """(score, who judged), less waits, which need the history; the judge of a score that the event carries unsigned is empty."""
    for rule in RULES["sentiment"]:
        if rule == "explicit":
            if event.sentiment is not None:
                return event.sentiment, str(event.sentiment_by or "")
        else:
            score = _by_rule(rule, event)
            if score is not None:
                return score, "customer" if "survey" in rule else BY_RULE
    return None, ""


def _by_rule(rule: dict[str, Any], event: AnyEvent) -> float | None:
    if "survey" in rule:
        return _of_survey(rule["survey"], event)
    if "types" in rule and matches(rule["types"], event.event_type) and not hung_up_at_once(event):
        return float(rule["score"])
    return None


def hung_up_at_once(event: AnyEvent) -> bool:
    """Too soon to have waited; such a call is no contact either."""
    return event.event_type == "call.abandoned" and event.payload.wait_ms < SHORT_ABANDON_MS


def _of_survey(instrument: str, event: AnyEvent) -> float | None:
    """(score - mid) / half_range: the least score of the scale is -1, the greatest 1."""
    if event.event_type != "survey.answered" or event.payload.instrument != instrument:
        return None
    answer = event.payload
    half = float(answer.scale_max - answer.scale_min) / 2
    if answer.score is None or answer.not_applicable or half <= 0:
        return None
    return max(-1.0, min(1.0, (float(answer.score) - float(answer.scale_min) - half) / half))


def is_bad_by_score(sentiment: float | None) -> bool:
    """A bad experience by its score alone; the other reasons need the episodes."""
    return sentiment is not None and sentiment <= BAD_AT_MOST
