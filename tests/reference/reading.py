"""The whole reading: from valid contents to rows by table, as plain dicts with the catalogue's column names. Times are ms UTC.

`read` is given the installation's token function, because ties between identities are broken by tokens and ids are derived from them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from schemas.ids import journey_id_for, session_id_for
from tests.reference.alerts import alert_rows
from tests.reference.bad import bad_ones, repeats_in
from tests.reference.contents import Content, touchpoints
from tests.reference.episodes import episode_tables
from tests.reference.identities import TokenOf, identities_of, strength, thing_of
from tests.reference.identity_rows import customer_id, identity_tables
from tests.reference.journeys import Journey, appearing, capped, collapsed, counted_returns, handovers, journeys_of
from tests.reference.links import links_of
from tests.reference.money import Sums, moves_of, sums_of
from tests.reference.rules import NUMBERS, RULES
from tests.reference.scores import scores_of
from tests.reference.sessions import Session, sessions_of
from tests.reference.stages import stages_of
from tests.reference.touches import Touch, campaign_of, page_of, touch_of
from tests.reference.traits import touch_traits, traits_of
from tests.reference.waits import with_waits
from tests.reference.who import CustomerKey, owner_of, who_is_who

Row = dict[str, Any]
Tables = dict[str, list[Row]]
IsBot = Callable[[Content], bool]


def read(contents: Iterable[Content], token_of: TokenOf, is_bot: IsBot) -> Tables:
    """What the tables should hold after all of these were accepted, in whatever order."""
    everything = list(contents)
    who = who_is_who(links_of(everything, token_of))
    histories: dict[CustomerKey, list[Touch]] = defaultdict(list)
    for content in touchpoints(everything):
        histories[owner_of(who, content)].append(touch_of(content, is_bot=is_bot(content)))
    tables: Tables = defaultdict(list)
    for owner, history in histories.items():
        for name, rows in rows_of_customer(customer_id(who, owner), history).items():
            tables[name] += rows
    return tables | identity_tables(who, histories)


def rows_of_customer(customer: UUID, history: list[Touch]) -> Tables:
    """All rows of one customer; `history` in order, with what does not count."""
    history = with_waits(history)
    counted = [touch for touch in history if touch.counts]
    stages = {touch.event_id: stage for touch, stage in zip(history, stages_of(history), strict=True)}
    sessions, journeys, bad = sessions_of(counted), journeys_of(counted), bad_ones(counted)
    repeats = repeats_in(counted)
    in_session = {t.event_id: session_id_for(customer.bytes, s.touches[0].sort_key) for s in sessions for t in s.touches}
    in_journey = {t.event_id: journey_id_for(customer.bytes, j.touches[0].sort_key) for j in journeys for t in j.touches}
    return {
        "touchpoints": [_touchpoint(customer, t, stages, in_session, in_journey) | {"is_bad": t.event_id in bad} for t in history],
        "sessions": [_session(customer, s, stages, in_session, in_journey) for s in sessions],
        "journeys": [_journey(customer, j, stages, in_journey, sessions, counted) | scores_of(j, bad, repeats) for j in journeys],
        "customers": [_customer(customer, counted, sessions, journeys) | _bad(counted, bad)] if counted else [],
        "alerts": alert_rows(customer, counted, [(in_journey[j.touches[0].event_id], j) for j in journeys], bad),
        **episode_tables(customer, counted),
    }


Stages = dict[UUID, str]
Ids = Mapping[UUID, UUID]


def _touchpoint(customer: UUID, touch: Touch, stages: Stages, sessions: Ids, journeys: Ids) -> Row:
    return {
        "customer_id": customer,
        "occurred_at": touch.at,
        "event_id": touch.event_id,
        "event_type": touch.event_type,
        "source": touch.content.event.source,
        "channel": touch.channel,
        "stage": stages[touch.event_id],
        "scope": touch.scope,
        "owner": touch.owner,
        "actor": touch.actor,
        "environment": str(touch.content.event.environment),
        "is_bot": touch.is_bot,
        "session_id": sessions.get(touch.event_id),
        "journey_id": journeys.get(touch.event_id),
        "sentiment": touch.sentiment,
        "sentiment_by": touch.sentiment_by,
        "campaign": campaign_of(touch),
        "page": page_of(touch),
        **touch_traits(touch),
        "effort": touch.content.event.effort,
        **{f"{kind}_id": thing_of(touch.content, kind) for kind in sorted(NUMBERS)},
    }


def _session(customer: UUID, session: Session, stages: Stages, sessions: Ids, journeys: Ids) -> Row:
    acts = session.acts
    first, last = acts[0], acts[-1]
    return {
        "customer_id": customer,
        "session_id": sessions[first.event_id],
        "journey_id": journeys[first.event_id],
        "started_at": first.at,
        "ended_at": last.at,
        "duration_ms": last.at - first.at,
        "touchpoint_count": len(session.touches),
        "act_count": len(acts),
        "first_event_id": first.event_id,
        "last_event_id": last.event_id,
        "entry_channel": first.channel,
        "exit_channel": last.channel,
        "entry_page": next(filter(None, map(page_of, acts)), ""),
        "campaign": next(filter(None, map(campaign_of, acts)), ""),
        "channels": appearing(t.channel for t in session.touches),
        "last_stage": stages[last.event_id],
        "order_count": _count(session.touches, "order.placed"),
        **traits_of(acts),
    }


def _journey(customer: UUID, journey: Journey, stages: Stages, journeys: Ids, sessions: list[Session], history: list[Touch]) -> Row:
    touches, acts, told = journey.touches, journey.acts, journey.told
    own = journeys[touches[0].event_id]
    path = collapsed(t.channel for t in acts)
    return {
        "customer_id": customer,
        "journey_id": own,
        "opened_at": touches[0].at,
        "last_touch_at": touches[-1].at,
        "touchpoint_count": len(touches),
        "act_count": len(acts),
        "session_count": sum(journeys[s.touches[0].event_id] == own for s in sessions),
        "path": capped(path),
        "path_length": len(path),
        "channels": appearing(t.channel for t in touches),
        "stages": appearing(stages[t.event_id] for t in touches),
        "last_stage": stages[touches[-1].event_id],
        "owners": appearing(t.owner for t in touches),
        "handover_count": handovers([t.owner for t in touches]),
        "first_event_id": told[0].event_id,
        "last_event_id": told[-1].event_id,
        "first_channel": told[0].channel,
        "last_channel": told[-1].channel,
        "campaign": next(filter(None, map(campaign_of, touches)), ""),
        **traits_of(touches),
        **_feelings(journey),
        **_counts(touches, history),
        **_money(sums_of(touches, moves_of(history))),
    }


def _feelings(journey: Journey) -> Row:
    told = [t.sentiment for t in journey.acts if t.sentiment is not None]
    every = [t.sentiment for t in journey.touches if t.sentiment is not None]
    efforts = [t.content.event.effort for t in journey.touches if t.content.event.effort is not None]
    return {
        "first_sentiment": told[0] if told else None,
        "last_sentiment": told[-1] if told else None,
        "worst_sentiment": min(every, default=None),
        "best_sentiment": max(every, default=None),
        "effort_total": sum(efforts),
        "effort_count": len(efforts),
    }


def _counts(touches: list[Touch], history: list[Touch]) -> Row:
    returns = counted_returns(history)
    return {
        "order_count": _count(touches, "order.placed"),
        "ticket_count": _count(touches, "ticket.opened"),
        "call_count": _count(touches, "call.queued"),
        "return_count": sum(t.event_id in returns for t in touches),
    }


def _bad(touches: list[Touch], bad: set[UUID]) -> Row:
    return {"bad_count": sum(t.event_id in bad for t in touches)}


def _count(touches: list[Touch], event_type: str) -> int:
    return sum(t.event_type == event_type for t in touches)


def _money(sums: Sums) -> Row:
    return {
        "gross": sums.gross,
        "cancelled": sums.cancelled,
        "returned": sums.returned,
        "net": sums.net,
        "currency": sums.currency,
        "other_currency_count": sums.other_currency_count,
    }


def _customer(customer: UUID, history: list[Touch], sessions: list[Session], journeys: list[Journey]) -> Row:
    acts = Journey(history).acts
    orders = [t.at for t in history if t.event_type == "order.placed"]
    shown = (identities_of(t.content, lambda kind, value: b"") or [("anonymous", "")] for t in history)
    best = min((identities[0] for identities in shown), key=strength)
    return {
        "customer_id": customer,
        "first_seen_at": history[0].at,
        "last_seen_at": history[-1].at,
        "touchpoint_count": len(history),
        "session_count": len(sessions),
        "journey_count": len(journeys),
        "is_identified": strength(best) < strength(("device", "")),
        "strongest_kind": best[0],
        "first_channel": acts[0].channel if acts else "",
        "last_channel": acts[-1].channel if acts else "",
        "first_order_at": min(orders, default=None),
        "last_order_at": max(orders, default=None),
        **_counts(history, history),
        **_money(sums_of(history, moves_of(history))),
        "rules_version": RULES["version"],
    }
