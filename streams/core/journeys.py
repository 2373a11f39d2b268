"""Journeys: touchpoints of one customer, of any actor, from the first until silence longer than the journey gap.

An order does not end a journey (care, returns and renewal belong to it); `closed_by` in rules.yaml may name event types that do. First
and last touch are acts of the customer where there is one. The path collapses repeats and keeps the first and last steps.

Scores: METRICS.md 55 (first and last touch), 56 (peak and end), 57 (streaks: a good experience ends one, a neutral one does not).
"""

from typing import Any

from schemas.facts import Fact, fact_key
from schemas.ids import journey_id_for
from streams.core.episodes.machine import Told
from streams.core.payloads import bounded
from streams.core.rulebook import Rulebook
from streams.core.state import OpenJourney, Totals
from streams.core.traits import columns_of, learn


def is_open_for(journey: OpenJourney | None, at: int, rulebook: Rulebook) -> bool:
    """Whether a touchpoint at that time still belongs to the journey; exactly the gap still does."""
    return journey is not None and at - journey.last_touch_at <= rulebook.journey_gap_ms


def open_journey(customer: bytes, fact: Fact) -> OpenJourney:
    """A journey that begins with this touchpoint; `touch` counts it."""
    return OpenJourney(
        journey_id=journey_id_for(customer, fact_key(fact.occurred_at, fact.sequence, fact.event_id)).bytes,
        opened_at=fact.occurred_at,
        last_touch_at=fact.occurred_at,
        first_event_id=fact.event_id,
        last_event_id=fact.event_id,
        first_channel=fact.channel,
        last_channel=fact.channel,
    )


def touch(j: OpenJourney, fact: Fact, stage: str, owner: str, act: bool, rulebook: Rulebook) -> None:
    """Takes a touchpoint into the journey; sentiment and money are told apart, by `feel` and `add_money`."""
    j.touchpoint_count += 1
    j.last_touch_at, j.last_stage = fact.occurred_at, stage
    j.campaign = j.campaign or fact.campaign
    learn(j.traits, fact, act)
    for words, word in ((j.channels, fact.channel), (j.stages, stage), (j.owners, owner)):
        if word and word not in words:
            words.append(word)
    if owner and j.last_owner and owner != j.last_owner:
        j.handover_count += 1
    j.last_owner = owner or j.last_owner
    if fact.effort is not None:
        j.effort_total, j.effort_count = j.effort_total + fact.effort, j.effort_count + 1
    if act:
        _act(j, fact, rulebook)
    elif not j.act_count:
        j.last_event_id, j.last_channel = fact.event_id, fact.channel


def _act(j: OpenJourney, fact: Fact, rulebook: Rulebook) -> None:
    if not j.act_count:
        j.first_event_id, j.first_channel = fact.event_id, fact.channel
    j.act_count += 1
    j.last_event_id, j.last_channel = fact.event_id, fact.channel
    if fact.channel == j.path_last:
        return
    j.path_last = fact.channel
    j.path_length += 1
    if len(j.path_head) < rulebook.path_first:
        j.path_head.append(fact.channel)
        return
    j.path_tail.append(fact.channel)
    if len(j.path_tail) > rulebook.path_last:
        del j.path_tail[0]


def feel(j: OpenJourney, sentiment: float | None, is_bad: bool, act: bool, is_repeat: bool = False) -> None:
    """Takes the sentiment of the touchpoint; first and last are those of the customer's acts."""
    j.bad_count += is_bad
    j.repeat_contact_count += is_repeat
    if is_bad:
        j.bad_streak += 1
        j.longest_bad_streak = max(j.longest_bad_streak, j.bad_streak)
    elif sentiment is not None and sentiment > 0:
        j.bad_streak = 0
    if sentiment is None:
        return
    if act:
        j.first_sentiment = sentiment if j.first_sentiment is None else j.first_sentiment
        j.last_sentiment = sentiment
    j.worst_sentiment = sentiment if j.worst_sentiment is None else min(sentiment, j.worst_sentiment)
    j.best_sentiment = sentiment if j.best_sentiment is None else max(sentiment, j.best_sentiment)


def add_money(into: OpenJourney | Totals, told: Told) -> None:
    """Sums amounts of the first currency met; another currency is counted, not summed (METRICS.md R13)."""
    if not (told.gross or told.cancelled or told.returned):
        return
    into.currency = into.currency or told.currency
    if told.currency != into.currency:
        into.other_currency_count += 1
        return
    into.gross = bounded(into.gross + told.gross)
    into.cancelled = bounded(into.cancelled + told.cancelled)
    into.returned = bounded(into.returned + told.returned)


def _scores(j: OpenJourney, rulebook: Rulebook) -> tuple[float | None, float | None, float | None, bool]:
    """peak_sentiment, peak_end, sentiment_change, is_promise_broken."""
    worst, best, first, last = j.worst_sentiment, j.best_sentiment, j.first_sentiment, j.last_sentiment
    peak = None if worst is None or best is None else worst if -worst >= best else best
    peak_end = None if peak is None or last is None else (peak + last) / 2
    change = None if first is None or last is None else last - first
    return peak, peak_end, change, change is not None and change <= rulebook.alerts.broken_at_most


def journey_row(j: OpenJourney, customer: bytes, rulebook: Rulebook, revision: int, version: int) -> tuple[Any, ...]:
    """The row in `journeys`, columns in the order of the catalogue."""
    return (
        customer, j.journey_id, j.opened_at, j.last_touch_at, j.touchpoint_count, j.act_count, j.session_count,
        j.path_head + j.path_tail, j.path_length, j.channels.copy(), j.stages.copy(), j.last_stage, j.owners.copy(), j.handover_count,
        j.first_event_id, j.last_event_id, j.first_channel, j.last_channel, j.first_sentiment, j.last_sentiment, j.worst_sentiment,
        j.best_sentiment, *_scores(j, rulebook), j.bad_count, j.longest_bad_streak, j.repeat_contact_count, j.effort_total, j.effort_count,
        j.campaign, j.order_count, j.ticket_count, j.call_count, j.return_count, j.gross, j.cancelled, j.returned,
        j.gross - j.cancelled - j.returned, j.currency, j.other_currency_count, *columns_of(j.traits), rulebook.version, revision, version,
    )  # fmt: skip
