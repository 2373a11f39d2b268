"""The rules in the form that stitching reads: patterns resolved to event types once, times in milliseconds."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.rules import Rules
from schemas.rulesets.journeys import SentimentRule, StageRule
from schemas.rulesets.patterns import any_matches
from schemas.touchpoints import EVENT_TYPES
from streams.core.deadlines import AlertLimits, Promise, alert_limits, promise_from

SECOND, DAY = 1_000, 86_400_000


@dataclass(frozen=True)
class Rulebook:
    """Compiled rules; `version` is stamped on every row. Names ending in `_by_type` are look-ups by event type."""

    version: int
    gap_ms: int
    longest_ms: int
    most_touches: int
    session_actors: frozenset[str]
    journey_gap_ms: int
    closing_types: frozenset[str]
    path_first: int
    path_last: int
    stage_rules_by_type: Mapping[str, tuple[StageRule, ...]]
    scope_by_type: Mapping[str, str]
    owner_by_type: Mapping[str, str]
    sentiment_by_type: Mapping[str, tuple[SentimentRule, ...]]
    bad_at_most: float
    bad_reasons: frozenset[str]
    first_response: Promise
    resolution: Promise
    refund: Promise
    call_answer_ms: int
    short_abandon_ms: int
    repeat_ms: int
    alerts: AlertLimits


def rulebook_from(rules: Rules) -> Rulebook:
    """Compiles validated rules."""
    targets = rules.targets
    return Rulebook(
        version=rules.version,
        gap_ms=rules.sessions.gap_s * SECOND,
        longest_ms=rules.sessions.longest_h * 3_600 * SECOND,
        most_touches=rules.sessions.most_touches,
        session_actors=frozenset(actor.value for actor in rules.sessions.actors),
        journey_gap_ms=rules.journeys.gap_days * DAY,
        closing_types=frozenset(t for t in EVENT_TYPES if any_matches(rules.journeys.closed_by, t)),
        path_first=rules.limits.path_first,
        path_last=rules.limits.path_last,
        stage_rules_by_type=rules.stage_rules_by_type,
        scope_by_type={t: scope.value for t, scope in rules.scope_by_type.items()},
        owner_by_type=rules.owner_by_type,
        sentiment_by_type={t: tuple(rule for rule in rules.sentiment if _can_apply(rule, t)) for t in EVENT_TYPES},
        bad_at_most=rules.bad_experience.score_at_most,
        bad_reasons=frozenset(rules.bad_experience.or_),
        first_response=promise_from(targets.first_response_s, rules),
        resolution=promise_from(targets.resolution_s, rules),
        refund=promise_from(targets.refund_s, rules),
        call_answer_ms=targets.call_answer.seconds * SECOND,
        short_abandon_ms=targets.call_answer.short_abandon_s * SECOND,
        repeat_ms=targets.repeat_contact_days * DAY,
        alerts=alert_limits(rules),
    )


def _can_apply(rule: SentimentRule, event_type: str) -> bool:
    if rule.survey is not None:
        return event_type == "survey.answered"
    return rule.types is None or any_matches(rule.types, event_type)
