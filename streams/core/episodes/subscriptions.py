"""The life of a subscription, and of a survey.

| event | status |
|---|---|
| trial.started / subscription.started / renewed / changed / cancelled / lapsed | trial / active / active / (kept) / cancelled / lapsed |
| survey.offered / survey.answered | offered / answered; the last answer wins |

Source: METRICS.md 43, 48 and B1, R11, R12.
"""

import orjson

from schemas.episode_tables import SUBSCRIPTIONS, SURVEYS
from streams.core.episodes.machine import EpisodeState, Machine, Rule, Step, count, first, last
from streams.core.payloads import instant, money


def _terms(column: str) -> Rule:
    def rule(state: EpisodeState, step: Step) -> None:
        state[column] = step.at
        last(state, "plan", step.payload.get("plan"))
        if step.payload.get("price") is not None:
            state["price"] = money(step.payload, "price")
        last(state, "currency", step.payload.get("currency"))
        last(state, "interval", step.payload.get("interval"))
        last(state, "period_end", instant(step.payload, "period_end"))
        last(state, "reason", step.payload.get("reason"))

    return rule


def _renewed(state: EpisodeState, step: Step) -> None:
    _terms("renewed_at")(state, step)
    count(state, "renewal_count")


SUBSCRIPTION = Machine(
    SUBSCRIPTIONS,
    "subscription",
    "subscription_id",
    {
        "trial.started": "trial",
        "subscription.started": "active",
        "subscription.renewed": "active",
        "subscription.cancelled": "cancelled",
        "subscription.lapsed": "lapsed",
    },
    {
        "trial.started": _terms("trial_at"),
        "subscription.started": _terms("started_at"),
        "subscription.renewed": _renewed,
        "subscription.changed": _terms("_changed_at"),
        "subscription.cancelled": _terms("cancelled_at"),
        "subscription.lapsed": _terms("lapsed_at"),
    },
)


def _scale(state: EpisodeState, step: Step) -> None:
    last(state, "instrument", step.payload.get("instrument"))
    for column in ("scale_min", "scale_max"):
        value = step.payload.get(column)
        if value is not None:
            state[column] = float(value)
    about = step.payload.get("about") or {}
    first(state, "about_kind", about.get("kind"))
    first(state, "about_id", about.get("id"))


def _offered(state: EpisodeState, step: Step) -> None:
    first(state, "offered_at", step.at)
    _scale(state, step)


def _answered(state: EpisodeState, step: Step) -> None:
    state["answered_at"] = step.at
    _scale(state, step)
    score = step.payload.get("score")
    state["score"] = None if score is None else float(score)
    state["is_not_applicable"] = bool(step.payload.get("not_applicable"))
    words = orjson.loads(step.fact.personal).get("payload", {}) if step.fact.personal else {}
    last(state, "comment", words.get("comment"))


SURVEY = Machine(
    SURVEYS,
    "survey",
    "survey_id",
    {"survey.offered": "offered", "survey.answered": "answered"},
    {"survey.offered": _offered, "survey.answered": _answered},
)
