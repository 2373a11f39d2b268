"""Where a journey ends, what its path keeps, and what its sums hold."""

import dataclasses
from typing import Any

import pytest

from schemas.facts import Fact
from schemas.tables import JOURNEYS
from streams.core.history import History
from streams.core.rulebook import Rulebook
from tests.builders import DAY, T0, a_fact, a_rulebook

NAMES = [column.name for column in JOURNEYS.columns]


def journeys(facts: list[Fact], rulebook: Rulebook | None = None) -> list[dict[str, Any]]:
    history = History.at_start(b"c" * 16, rulebook or a_rulebook(), 1)
    for fact in facts:
        history.extend(fact)
    history.finish()
    return [dict(zip(NAMES, row, strict=True)) for row in history.rows["journeys"].values()]


def through(*channels: str) -> list[Fact]:
    return [a_fact(n, T0 + n, channel=channel) for n, channel in enumerate(channels)]


def test_silence_of_exactly_30_days_still_belongs_and_a_millisecond_more_does_not() -> None:
    assert [j["touchpoint_count"] for j in journeys([a_fact(1, T0), a_fact(2, T0 + 30 * DAY)])] == [2]
    assert [j["touchpoint_count"] for j in journeys([a_fact(1, T0), a_fact(2, T0 + 30 * DAY + 1)])] == [1, 1]


def test_a_touchpoint_of_any_actor_keeps_a_journey_open() -> None:
    facts = [a_fact(1, T0), a_fact(2, T0 + 29 * DAY, actor="system"), a_fact(3, T0 + 58 * DAY)]
    assert [(j["touchpoint_count"], j["act_count"]) for j in journeys(facts)] == [(3, 2)]


def test_an_event_type_that_closes_is_the_last_of_its_journey() -> None:
    closing = dataclasses.replace(a_rulebook(), closing_types=frozenset({"order.placed"}))
    facts = [a_fact(1, T0), a_fact(2, T0 + 1, event_type="order.placed"), a_fact(3, T0 + 2)]
    assert [j["touchpoint_count"] for j in journeys(facts, closing)] == [2, 1]
    assert [j["touchpoint_count"] for j in journeys(facts)] == [3]


def test_a_path_counts_repeats_that_follow_on_each_other_once() -> None:
    (journey,) = journeys(through("web", "web", "email", "web"))
    assert (journey["path"], journey["path_length"]) == (["web", "email", "web"], 3)


@pytest.mark.parametrize("steps", [20, 39, 40])
def test_a_path_of_up_to_forty_steps_is_whole(steps: int) -> None:
    channels = ["web", "email"] * steps
    (journey,) = journeys(through(*channels[:steps]))
    assert (journey["path"], journey["path_length"]) == (channels[:steps], steps)


def test_a_longer_path_keeps_its_first_and_last_twenty_steps() -> None:
    channels = [f"{n % 7}" for n in range(100)]
    (journey,) = journeys(through(*channels))
    assert (journey["path"], journey["path_length"]) == (channels[:20] + channels[-20:], 100)


def test_first_and_last_touch_are_acts_of_the_customer_where_there_is_one() -> None:
    facts = [
        a_fact(1, T0, actor="system", channel="email"),
        a_fact(2, T0 + 1, channel="web"),
        a_fact(3, T0 + 2, channel="store"),
        a_fact(4, T0 + 3, actor="system", channel="sms"),
    ]
    (journey,) = journeys(facts)
    assert (journey["first_channel"], journey["last_channel"]) == ("web", "store")
    (journey,) = journeys([facts[0], facts[3]])
    assert (journey["first_channel"], journey["last_channel"]) == ("email", "sms")


def test_the_sentiment_of_first_and_last_is_that_of_acts_and_worst_and_best_of_all() -> None:
    told = [(0.5, "customer"), (-0.9, "system"), (0.1, "customer"), (None, "customer"), (0.9, "representative")]
    facts = [a_fact(n, T0 + n, sentiment=score, actor=actor) for n, (score, actor) in enumerate(told)]
    (journey,) = journeys(facts)
    names = ("first_sentiment", "last_sentiment", "worst_sentiment", "best_sentiment", "bad_count")
    assert [journey[name] for name in names] == [0.5, 0.1, -0.9, 0.9, 1]


def test_handovers_are_counted_from_team_to_team() -> None:
    owners = ["marketing", "marketing", "support", "sales", "support"]
    (journey,) = journeys([a_fact(n, T0 + n, owner=owner) for n, owner in enumerate(owners)])
    assert (journey["owners"], journey["handover_count"]) == (["marketing", "support", "sales"], 3)


def an_order(n: int, order_id: str, total: str, currency: str) -> Fact:
    payload = f'{{"order_id":"{order_id}","lines":[],"total":"{total}","currency":"{currency}"}}'.encode()
    return a_fact(n, T0 + n, event_type="order.placed", payload=payload, numbers=[("order", "shop", order_id)])


def test_money_is_summed_in_the_first_currency_and_another_is_counted() -> None:
    (journey,) = journeys([an_order(1, "a", "10", "EUR"), an_order(2, "b", "99", "USD"), an_order(3, "c", "0.5", "EUR")])
    assert (journey["gross"], journey["currency"], journey["other_currency_count"], journey["order_count"]) == (105_000, "EUR", 1, 3)


def scored(*scores: float | None, **given: Any) -> dict[str, Any]:
    """One journey of acts that felt so."""
    (journey,) = journeys([a_fact(n, T0 + n, sentiment=score, **given) for n, score in enumerate(scores)])
    return journey


@pytest.mark.parametrize(
    ("scores", "peak", "peak_end", "change", "is_broken"),
    [
        ((0.6, -0.9, 0.2), -0.9, -0.35, -0.4, False),
        ((0.1, 0.8, -0.4), 0.8, 0.2, -0.5, True),
        ((0.5, None, -0.5), -0.5, -0.5, -1.0, True),
        ((None, 0.5), 0.5, 0.5, 0.0, False),
        ((None, None), None, None, None, False),
    ],
)
def test_what_is_remembered_is_the_peak_and_the_end(
    scores: tuple[float | None, ...], peak: float | None, peak_end: float | None, change: float | None, is_broken: bool
) -> None:
    """The first two are METRICS.md G27."""
    journey = scored(*scores)
    assert (journey["peak_sentiment"], journey["is_promise_broken"]) == (peak, is_broken)
    assert [journey["peak_end"], journey["sentiment_change"]] == [
        value if value is None else pytest.approx(value) for value in (peak_end, change)
    ]


def test_what_only_others_felt_has_a_peak_and_no_end() -> None:
    journey = scored(-0.6, actor="representative")
    assert (journey["peak_sentiment"], journey["peak_end"], journey["is_promise_broken"]) == (-0.6, None, False)


@pytest.mark.parametrize(
    ("scores", "longest"),
    [((-0.5, None, -0.6, -0.1, -0.7), 3), ((-0.5, 0.1, -0.5), 1), ((-0.5, -0.5, 0.1, -0.5), 2), ((-0.5, 0.0, -0.5), 2), ((0.4,), 0)],
)
def test_only_a_good_experience_ends_a_row_of_bad_ones(scores: tuple[float | None, ...], longest: int) -> None:
    assert scored(*scores)["longest_bad_streak"] == longest
