"""Sessions: acts of one customer without a pause longer than the gap. A pause of exactly the gap still belongs.

Only acts of the actors named in rules.yaml (the customer) open or prolong one; another's touch belongs to the session that is open at
that moment. A session ends after `longest_h` or `most_touches` acts at the latest. Source: rules.yaml `sessions`, METRICS.md 38.
"""

from typing import Any

from schemas.facts import Fact, fact_key
from schemas.ids import session_id_for
from streams.core.rulebook import Rulebook
from streams.core.state import OpenSession
from streams.core.traits import columns_of, learn


def is_act(fact: Fact, rulebook: Rulebook) -> bool:
    """Whether the touchpoint may open or prolong a session and count as first or last touch."""
    return fact.actor in rulebook.session_actors


def is_open_for(session: OpenSession | None, at: int, rulebook: Rulebook) -> bool:
    """Whether a touchpoint at that time still belongs to the session."""
    return (
        session is not None
        and at - session.ended_at <= rulebook.gap_ms
        and at - session.started_at <= rulebook.longest_ms
        and session.act_count < rulebook.most_touches
    )


def open_session(customer: bytes, journey_id: bytes, fact: Fact) -> OpenSession:
    """A session that begins with this act; `touch` counts it."""
    return OpenSession(
        session_id=session_id_for(customer, fact_key(fact.occurred_at, fact.sequence, fact.event_id)).bytes,
        journey_id=journey_id,
        started_at=fact.occurred_at,
        ended_at=fact.occurred_at,
        first_event_id=fact.event_id,
        last_event_id=fact.event_id,
        entry_channel=fact.channel,
        exit_channel=fact.channel,
    )


def touch(session: OpenSession, fact: Fact, stage: str, act: bool) -> None:
    """Takes a touchpoint into the session."""
    session.touchpoint_count += 1
    if fact.channel not in session.channels:
        session.channels.append(fact.channel)
    if not act:
        return
    session.act_count += 1
    session.ended_at, session.last_event_id = fact.occurred_at, fact.event_id
    session.exit_channel, session.last_stage = fact.channel, stage
    session.entry_page = session.entry_page or fact.page
    session.campaign = session.campaign or fact.campaign
    learn(session.traits, fact, act)
    session.order_count += fact.event_type == "order.placed"


def session_row(s: OpenSession, customer: bytes, rules_version: int, revision: int, version: int) -> tuple[Any, ...]:
    """The row in `sessions`, columns in the order of the catalogue."""
    return (
        customer, s.session_id, s.journey_id, s.started_at, s.ended_at, s.ended_at - s.started_at, s.touchpoint_count, s.act_count,
        s.first_event_id, s.last_event_id, s.entry_channel, s.exit_channel, s.entry_page, s.campaign, s.channels.copy(), s.last_stage,
        s.order_count, *columns_of(s.traits), rules_version, revision, version,
    )  # fmt: skip
