"""The stage and the sentiment of a touchpoint: one case for each rule, and who is asked first."""

from typing import Any

import pytest

from schemas.facts import Fact
from schemas.rules import Rules
from streams.core.episodes.machine import Told
from streams.core.rulebook import rulebook_from
from streams.core.sentiment import is_bad as is_bad_experience
from streams.core.sentiment import sentiment_of
from streams.rules_file import load_rules
from tests.builders import a_fact
from tests.streams.core.told import Document, Row, Rows, at, event, rows_of, story

LATER = at(days=8)


def last(*documents: Document) -> Row:
    """The row of the touchpoint that comes last."""
    rows: Rows = rows_of(story(*documents))
    return max(rows["touchpoints"], key=lambda row: (row["occurred_at"], row["event_id"]))


def stage(*documents: Document) -> str:
    return str(last(*documents)["stage"])


ORDER, PAGE = event("order.placed"), event("page.viewed", when=LATER)


@pytest.mark.parametrize(
    ("event_type", "expected"),
    [
        ("ad.clicked", "awareness"), ("ad.commented", "awareness"), ("return.requested", "return"), ("refund.issued", "return"),
        ("exchange.shipped", "return"), ("subscription.renewed", "renewal"), ("subscription.lapsed", "renewal"),
        ("trial.started", "onboarding"), ("account.created", "onboarding"), ("onboarding.step_done", "onboarding"),
        ("cart.changed", "purchase"), ("order.cancelled", "purchase"), ("subscription.started", "purchase"), ("quote.sent", "sales"),
        ("opportunity.lost", "sales"), ("shipment.sent", "care"), ("product.used", "care"), ("order_issue.raised", "care"),
        ("page.viewed", "consideration"), ("ticket.opened", "consideration"), ("email.opened", "consideration"),
        ("login.succeeded", "awareness"), ("survey.offered", "awareness"), ("review.posted", "awareness"),
    ],
)  # fmt: skip
def test_the_stage_of_somebody_of_whom_nothing_is_known(event_type: str, expected: str) -> None:
    assert stage(event(event_type, payload={"lines": []} if event_type == "order.placed" else None)) == expected


def test_an_open_return_puts_everything_else_into_return_until_it_is_over() -> None:
    asked = event("return.requested", when=at(days=1))
    assert stage(asked, PAGE) == "return"
    for over in ("refund.issued", "exchange.shipped", "return.rejected"):
        assert stage(asked, event(over, when=at(days=2)), PAGE) == "consideration"
    assert stage(asked, event("return.received", when=at(days=2)), PAGE) == "return"
    assert stage(asked, event("return.rejected", when=at(days=2), payload={"return_id": "another"}), PAGE) == "return"


@pytest.mark.parametrize(("days_left", "expected"), [(30, "renewal"), (31, "consideration"), (0, "renewal"), (-1, "consideration")])
def test_a_period_that_ends_within_30_days_is_a_renewal_due(days_left: int, expected: str) -> None:
    started = event("subscription.renewed", payload={"period_end": at(days=8 + days_left)})
    assert stage(started, PAGE) == expected


def test_a_subscription_that_was_cancelled_is_not_due() -> None:
    started = event("subscription.renewed", payload={"period_end": at(days=20)})
    assert stage(started, event("subscription.cancelled", when=at(days=1)), PAGE) == "consideration"


@pytest.mark.parametrize("event_type", ["ticket.opened", "call.queued", "message.received", "article.viewed", "survey.answered"])
def test_whoever_has_an_order_is_cared_for(event_type: str) -> None:
    assert stage(ORDER, event(event_type, when=LATER)) == "care"
    assert stage(event("trial.started"), event(event_type, when=LATER)) == "care"
    assert stage(event(event_type, when=at(minutes=-1)), {**ORDER, "occurred_at": at(minutes=-2)}) == "care"


@pytest.mark.parametrize(("after", "expected"), [({"days": 30}, "care"), ({"days": 30, "milliseconds": 1}, "consideration")])
def test_thirty_days_after_a_delivery_whatever_a_buyer_does_is_care(after: dict[str, float], expected: str) -> None:
    assert stage(ORDER, event("shipment.delivered", when=at(minutes=1)), event("page.viewed", when=at(minutes=1, **after))) == expected


def test_an_order_of_tomorrow_says_nothing_of_today() -> None:
    rows = rows_of(story(event("ticket.opened"), event("order.placed", when=LATER)))
    stages = {row["event_type"]: row["stage"] for row in rows["touchpoints"]}
    assert stages == {"ticket.opened": "consideration", "order.placed": "purchase"}


def sentiment(*documents: Document) -> tuple[Any, str]:
    row = last(*documents)
    return row["sentiment"], row["sentiment_by"]


def test_what_the_event_says_itself_comes_first() -> None:
    told = event("payment.failed", sentiment=0.3, sentiment_by="representative")
    assert sentiment(told) == (0.3, "representative")


@pytest.mark.parametrize(
    ("payload", "score"),
    [
        ({"score": 1}, -1.0), ({"score": 3}, 0.0), ({"score": 5}, 1.0), ({"score": 4}, 0.5),
        ({"instrument": "nps", "scale_min": 0, "scale_max": 10, "score": 10}, 1.0),
        ({"instrument": "nps", "scale_min": 0, "scale_max": 10, "score": 0}, -1.0),
        ({"instrument": "ces", "scale_min": 1, "scale_max": 7, "score": 4}, 0.0),
        ({"score": 4, "not_applicable": True}, None), ({"score": None}, None),
    ],
)  # fmt: skip
def test_a_survey_is_its_score_over_its_scale(payload: Document, score: float | None) -> None:
    assert sentiment(event("survey.answered", payload=payload)) == (score, "" if score is None else "customer")


@pytest.mark.parametrize(
    ("event_type", "score"),
    [
        ("call.abandoned", -0.6), ("payment.failed", -0.6), ("shipment.failed", -0.6), ("order_issue.raised", -0.6),
        ("return.rejected", -0.6), ("shipment.delayed", -0.3), ("bot.handed_over", -0.3), ("ticket.reopened", -0.3),
        ("ticket.solved", 0.2), ("shipment.delivered", 0.2), ("refund.issued", 0.2), ("order.placed", 0.2), ("review.posted", 0.2),
    ],
)  # fmt: skip
def test_some_types_have_a_score_of_their_own(event_type: str, score: float) -> None:
    assert sentiment(event(event_type)) == (score, "rule")


def test_most_touchpoints_tell_nothing() -> None:
    assert sentiment(event("page.viewed")) == (None, "")


@pytest.mark.parametrize(("wait_ms", "expected"), [(20_000, (None, "")), (20_001, (-0.5, "rule"))])
def test_a_wait_over_the_target_is_bad(wait_ms: int, expected: tuple[Any, str]) -> None:
    row = last(event("call.answered", payload={"wait_ms": wait_ms}))
    assert ((row["sentiment"], row["sentiment_by"]), row["is_bad"]) == (expected, wait_ms > 20_000)


CONTACT = event("ticket.opened", payload={"ticket_id": "t-1", "order_id": "a"})


def is_bad(*documents: Document) -> bool:
    return bool(last(*documents)["is_bad"])


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        ({"when": at(days=7)}, True),
        ({"when": at(days=7, milliseconds=1)}, False),
        ({"when": at(days=1), "payload": {"ticket_id": "t-2", "order_id": "a"}}, True),
        ({"when": at(days=1), "payload": {"ticket_id": "t-2", "order_id": "b"}}, False),
    ],
)
def test_to_ask_again_within_a_week_is_bad_unless_it_is_about_another_order(again: Document, expected: bool) -> None:
    payload = again.pop("payload", None) or {"ticket_id": "t-2", "order_id": "a"}
    assert is_bad(CONTACT, event("ticket.opened", payload=payload, **again)) is expected


def test_a_call_of_the_company_is_no_contact() -> None:
    assert not is_bad(CONTACT, event("call.queued", when=at(days=1), payload={"direction": "outbound"}))
    assert is_bad(CONTACT, event("call.queued", when=at(days=1)))


@pytest.mark.parametrize(("score", "expected"), [(-0.5, True), (-0.49, False)])
def test_a_score_is_bad_from_a_half_below_zero_on(score: float, expected: bool) -> None:
    assert is_bad(event("page.viewed", sentiment=score)) is expected


def judged(fact: Fact, told: Told, payload: Document | None = None, is_repeat: bool = False, **rules: Any) -> tuple[Any, str, bool]:
    """(sentiment, who judged, is bad) by the shipped rules with these in place of theirs."""
    book = rulebook_from(Rules.model_validate({**load_rules().model_dump(by_alias=True), **rules}))
    score, judge = sentiment_of(fact, payload or {}, told, book)
    return score, judge, is_bad_experience(score, told, is_repeat, book)


CALL = a_fact(event_type="call.answered", sentiment=0.9, sentiment_by="customer")
WAITED = Told(waited=True, bad_reasons=("sla_missed",))


def test_the_rules_of_sentiment_apply_in_the_order_of_the_file() -> None:
    waits, own = {"waited_over_target": -0.4}, {"types": ["call.*"], "score": 0.1}
    assert judged(CALL, WAITED)[:2] == (0.9, "customer")
    assert judged(CALL, WAITED, sentiment=[waits, own, "explicit"])[:2] == (-0.4, "rule")
    assert judged(CALL, Told(), sentiment=[waits, own, "explicit"])[:2] == (0.1, "rule")
    assert judged(CALL, WAITED, sentiment=[own, waits])[:2] == (0.1, "rule")
    assert judged(CALL, WAITED, sentiment=[])[:2] == (None, "")


def test_a_survey_of_which_no_rule_speaks_has_no_score() -> None:
    answer, payload = a_fact(event_type="survey.answered"), {"instrument": "nps", "score": 10, "scale_min": 0, "scale_max": 10}
    assert judged(answer, Told(), payload)[:2] == (1.0, "customer")
    csat = {"survey": "csat", "formula": "(score - mid) / half_range"}
    assert judged(answer, Told(), payload, sentiment=["explicit", csat])[:2] == (None, "")


def test_only_the_reasons_that_the_rules_name_make_an_experience_bad() -> None:
    def is_bad_by(*reasons: str) -> tuple[bool, bool]:
        rule = {"score_at_most": -0.5, "or": reasons}
        return judged(CALL, WAITED, bad_experience=rule)[2], judged(CALL, Told(), is_repeat=True, bad_experience=rule)[2]

    assert is_bad_by("sla_missed", "repeat_contact") == (True, True)
    assert is_bad_by("repeat_contact") == (False, True)
    assert is_bad_by("sla_missed") == (True, False)
    assert is_bad_by() == (False, False)
