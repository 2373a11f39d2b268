"""Asks ClickHouse for one customer's history."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from deploy.looking.episodes import episodes_of
from deploy.looking.errors import NobodyFound
from deploy.looking.finding import Ask
from deploy.looking.phrases import phrase
from deploy.looking.story import Identity, Journey, Session, Story, Touch
from deploy.tail.masking import masked_identity
from sinks.ddl import text

THINGS: Final = ("order", "ticket", "call", "return", "shipment", "subscription", "conversation")
_TOUCH: Final = (
    "event_id, occurred_at, event_type, source, channel, stage, scope, owner, actor, sentiment, is_bad, amount, currency, session_id,"
    " journey_id, payload, page, campaign, device_class, country, personal, " + ", ".join(f"{thing}_id" for thing in THINGS)
)
_JOURNEY: Final = (
    "journey_id, opened_at, last_touch_at, is_open, is_final, revision, touchpoint_count, session_count, order_count, handover_count,"
    " bad_count, first_sentiment, last_sentiment, net, currency, campaign, country"
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What of the history is wanted: a time (`until` excluded), one journey by its number or id, the newest so many touchpoints."""

    since: datetime | None = None
    until: datetime | None = None
    journey: str | None = None
    most: int = 1000
    show_personal: bool = False


def tell(ask: Ask, ids: Sequence[str], choice: Choice) -> Story:
    """The story of the last of `ids`; those before it led there. Raises NobodyFound where there is no such journey."""
    customer = f"customer_id = {text(ids[-1])}"
    journeys = _journeys(ask, customer, choice)
    where = f"{customer} AND environment = 'production' AND NOT is_bot{_within('occurred_at', 'occurred_at', choice)}"
    if choice.journey is not None:
        where += f" AND journey_id = {text(journeys[0].journey_id)}"
    of = int(ask(f"SELECT count() FROM touchpoints WHERE {where}")[0][0])
    newest = ask(
        f"SELECT {_TOUCH} FROM touchpoints WHERE {where} ORDER BY occurred_at DESC, sequence DESC, event_id DESC LIMIT {choice.most}"
    )
    touches = tuple(_touch(row, choice.show_personal) for row in reversed(newest))
    shown = {touch.session_id for touch in touches}
    return Story(
        ids[-1],
        tuple(ids[:-1]),
        _identities(ask, customer, choice.show_personal),
        tuple(j for j in journeys if j.journey_id in {touch.journey_id for touch in touches}),
        tuple(s for s in _sessions(ask, customer, choice) if s.session_id in shown),
        touches,
        tuple(e for e in episodes_of(ask, customer) if touches and e.opened_at <= touches[-1].at and e.last_touch_at >= touches[0].at),
        of,
    )


def _journeys(ask: Ask, customer: str, choice: Choice) -> tuple[Journey, ...]:
    rows = ask(f"SELECT {_JOURNEY} FROM journeys WHERE {customer} ORDER BY opened_at")
    found = tuple(_journey(number, row) for number, row in enumerate(rows, 1))
    if choice.journey is None:
        return found
    wanted = tuple(j for j in found if choice.journey in (str(j.number), j.journey_id))
    if not wanted:
        raise NobodyFound(f"the customer has {len(found)} journeys, and not this one", remedy="name one by its number, counted from 1")
    return wanted


def _journey(number: int, row: Sequence[Any]) -> Journey:
    journey_id, opened_at, last_touch_at, *more = row
    return Journey(str(journey_id), number, utc(opened_at), utc(last_touch_at), *more)


def _sessions(ask: Ask, customer: str, choice: Choice) -> tuple[Session, ...]:
    within = _within("ended_at", "started_at", choice)
    rows = ask(f"SELECT session_id, started_at, ended_at, act_count FROM sessions WHERE {customer}{within} ORDER BY started_at")
    return tuple(Session(str(session), utc(started), utc(ended), acts) for session, started, ended, acts in rows)


def _within(end: str, start: str, choice: Choice) -> str:
    """What lies in the chosen time, also in part."""
    since = f" AND {end} >= {_moment(choice.since)}" if choice.since else ""
    return since + (f" AND {start} < {_moment(choice.until)}" if choice.until else "")


def _moment(at: datetime) -> str:
    return f"toDateTime64('{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}', 3, 'UTC')"


def _touch(row: Sequence[Any], show_personal: bool) -> Touch:
    event, at, event_type, source, channel, stage, scope, owner, actor, sentiment, is_bad, amount, currency, session, journey = row[:15]
    payload, page, campaign, device_class, country, personal, *things = row[15:]
    return Touch(
        str(event), utc(at), event_type, source, channel, stage, scope, owner, actor, sentiment, is_bad, amount, currency,
        str(session) if session else None, str(journey) if journey else None, phrase(event_type, _fields(payload, page)),
        campaign, device_class, country, {name: number for name, number in zip(THINGS, things, strict=True) if number},
        json.loads(personal) if show_personal and personal else {},
    )  # fmt: skip


def _fields(payload: str, page: str) -> Mapping[str, Any]:
    """With the page or screen, which has a column of its own."""
    found: dict[str, Any] = json.loads(payload or "{}")
    return {"url": page, "screen": page, **found} if page else found


def _identities(ask: Ask, customer: str, show_personal: bool) -> tuple[Identity, ...]:
    rows = ask(
        f"SELECT kind, anyLast(value), min(valid_from) AS first_seen, argMin(evidence, valid_from) FROM identities WHERE {customer}"
        " GROUP BY kind, token ORDER BY first_seen, kind, token"
    )
    return tuple(
        Identity(kind, (value if show_personal else masked_identity(kind, value)) if value else "", utc(at), str(event))
        for kind, value, at, event in rows
    )


def utc(at: datetime) -> datetime:
    """ClickHouse's driver leaves the zone out where it is UTC."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)
