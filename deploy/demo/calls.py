"""Calls: the queue, the answer, holding and handing on. Some callers are recognised, some hide their number."""

from datetime import datetime, timedelta

from deploy.demo.goods import REPRESENTATIVES
from deploy.demo.life import Life
from deploy.demo.world import Document, Identity, identity, number_identity

ABANDON_SHARE, HIDDEN_SHARE = 0.08, 0.5


def in_office_hours(life: Life, at: datetime) -> datetime:
    """The next moment from 9 to 18 o'clock, UTC, on any day but Sunday."""
    hour = timedelta(seconds=life.rng.randint(9 * 3600, 18 * 3600 - 1))
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    while day + hour < at or day.weekday() == 6:
        day += timedelta(days=1)
    return day + hour


def call(life: Life, at: datetime, *, reason: str, names: list[Identity], order: str | None = None) -> datetime:
    """One call and, where it was given up, a second one. `names`: what a representative finds out; empty: only the number shows.

    Returns the end of it.
    """
    at = in_office_hours(life, at)
    queue = "orders" if reason != "product" else "advice"
    if life.rng.random() < ABANDON_SHARE:
        at = _give_up(life, at, queue, hidden=bool(names))
    return _talk(life, at, queue, reason, names, order)


def _queued(life: Life, at: datetime, queue: str, *, hidden: bool) -> tuple[str, list[Identity]]:
    call_id = life.diary.number("call")
    hide = hidden and life.rng.random() < HIDDEN_SHARE
    shown = [] if hide else [identity("phone", life.person.phone)]
    payload = {"call_id": call_id, "direction": "inbound", "queue": queue, **({} if hide else {"number": life.person.phone})}
    life.tell("call.queued", at, payload, [*shown, number_identity("call", call_id)], links={"call": call_id})
    return call_id, shown


def _give_up(life: Life, at: datetime, queue: str, *, hidden: bool) -> datetime:
    call_id, _ = _queued(life, at, queue, hidden=False)
    wait_ms = life.rng.randint(2_000, 240_000)
    gone_at = at + timedelta(milliseconds=wait_ms)
    payload = {"call_id": call_id, "wait_ms": wait_ms}
    life.tell("call.abandoned", gone_at, payload, [number_identity("call", call_id)], links={"call": call_id}, outcome="abandoned")
    return life.later(gone_at, least_s=60, mean_s=600)


def _talk(life: Life, at: datetime, queue: str, reason: str, names: list[Identity], order: str | None) -> datetime:
    call_id, shown = _queued(life, at, queue, hidden=bool(names))
    number, links = number_identity("call", call_id), {"call": call_id}
    wait_ms = round(life.rng.expovariate(1 / 16_000))
    at += timedelta(milliseconds=wait_ms)
    known = [*names, *shown, number, *([number_identity("order", order)] if order else [])]
    rep = {"call_id": call_id, "representative_id": life.rng.choice(REPRESENTATIVES)}
    life.tell("call.answered", at, {**rep, "wait_ms": wait_ms}, known, links=links)
    hold_ms = 0
    if life.rng.random() < 0.25:
        hold_ms = life.rng.randint(10_000, 180_000)
        life.tell("call.held", at + timedelta(seconds=40), {"call_id": call_id, "hold_ms": hold_ms}, [number], links=links)
    if life.rng.random() < 0.12:
        life.tell("call.transferred", at + timedelta(seconds=90), {"call_id": call_id, "to_queue": "second-line"}, [number], links=links)
    talk_ms = life.rng.randint(60_000, 600_000)
    at += timedelta(milliseconds=talk_ms + hold_ms + 100_000)
    life.tell("call.ended", at, _ending(life, call_id, talk_ms, hold_ms, reason), [number], links=links)
    return at


def _ending(life: Life, call_id: str, talk_ms: int, hold_ms: int, reason: str) -> Document:
    times = {"talk_ms": talk_ms, "hold_ms": hold_ms, "wrap_ms": life.rng.randint(5_000, 90_000)}
    return {"call_id": call_id, **times, "resolved": life.rng.random() < 0.8, "reason": reason}
