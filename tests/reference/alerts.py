"""Which alerts there must be once all clocks have run, read off whole histories: since when, and when it was over.

Taken here: all that is promised runs out before the tests do, for the sets are of last year. Business hours are those of the shipped
calendar.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from schemas.ids import derived
from tests.reference.bad import repeats_in
from tests.reference.contents import ms
from tests.reference.identities import thing_of, things_of
from tests.reference.journeys import Journey
from tests.reference.rules import CALL_ANSWER_MS, DAY_MS, FIRST_RESPONSE_MS, REFUND_MS, RULES
from tests.reference.touches import Touch

ALERTS = RULES["alerts"]
AT_RISK_MS: int = ALERTS["sla.at_risk"]["before_s"] * 1000
RESOLUTION_S: int = RULES["targets"]["resolution_s"]["default"]
Row = dict[str, Any]
Thing = tuple[str, str, str]
Span = tuple[int, int | None]


def alert_rows(customer: UUID, history: list[Touch], journeys: list[tuple[UUID, Journey]], bad: set[UUID]) -> list[Row]:
    """`history`: touchpoints of one customer that count, in order; journeys with their ids."""
    found = [*_clocks(history), *_gaps(history), *_repeats(history), *_streaks(history, bad)]
    found += [*_promises(journeys), *_waits_for_orders(history)]
    return [_row(customer, *alert) for alert in found]


Alert = tuple[str, str, Thing, int, int | None]


def _row(customer: UUID, rule: str, clock: str, thing: Thing, raised: int, over: int | None) -> Row:
    return {
        "customer_id": customer,
        "alert_id": derived("alert", rule, clock, *thing),
        "rule": rule,
        "clock": clock,
        "subject_kind": thing[0],
        "subject_id": thing[2],
        "raised_at": raised,
        "over_at": over,
    }


def _clocks(history: list[Touch]) -> Iterator[Alert]:
    for thing, touches in _about(history).items():
        for clock, start, due, end in _CLOCKS.get(thing[0], lambda _: iter(()))(touches):
            risky = due - AT_RISK_MS
            if start < risky and (end is None or end > risky):
                yield "sla.at_risk", clock, thing, risky, end
            if end is None or end > due:
                yield "sla.breached", clock, thing, due, end


def _about(history: list[Touch]) -> dict[Thing, list[Touch]]:
    """For each thing the touchpoints that are about it; of several of a kind a touchpoint is about the first."""
    found: dict[Thing, list[Touch]] = defaultdict(list)
    for touch in history:
        first: dict[str, Thing] = {}
        for thing in things_of(touch.content):
            first.setdefault(thing[0], thing)
        for thing in first.values():
            found[thing].append(touch)
    return found


Clock = tuple[str, int, int, int | None]


def _ticket(touches: list[Touch]) -> Iterator[Clock]:
    at = next((n for n, t in enumerate(touches) if t.event_type == "ticket.opened"), None)
    if at is None:
        return
    start = touches[at].at
    answers = (t.at for t in touches[at:] if t.event_type == "ticket.replied" and t.payload.author == "representative" and t.payload.public)
    done = [t.at for t in touches if t.event_type in ("ticket.solved", "ticket.closed")]
    if touches[at].actor != "representative":
        yield "first_response", start, start + FIRST_RESPONSE_MS, min([*done[:1], *answers], default=None)
    since = None
    for touch in touches:
        if touch.event_type in ("ticket.solved", "ticket.closed"):
            since = touch.at if since is None else since
        elif touch.event_type in ("ticket.reopened", "ticket.pending"):
            since = None
    yield "resolution", start, business_deadline(start), since


def _call(touches: list[Touch]) -> Iterator[Clock]:
    queued = [t for t in touches if t.event_type == "call.queued"]
    if not queued or queued[-1].payload.direction == "outbound":
        return
    start = queued[0].at
    waits = [t.payload.wait_ms for t in touches if t.event_type in ("call.answered", "call.abandoned")]
    ended = [t.at for t in touches if t.event_type == "call.ended"]
    end = start + waits[0] if waits else ended[-1] if ended else None
    yield "call_answer", start, start + CALL_ANSWER_MS, end


def _return(touches: list[Touch]) -> Iterator[Clock]:
    asked = [t.at for t in touches if t.event_type == "return.requested"]
    ends = (t.at for t in touches if t.event_type in ("refund.issued", "exchange.shipped", "return.rejected"))
    if asked:
        yield "refund", asked[0], asked[0] + REFUND_MS, min(ends, default=None)


def _shipment(touches: list[Touch]) -> Iterator[Clock]:
    told = (t.payload.promised_at for t in touches if t.event_type.startswith("shipment.") and t.payload.promised_at is not None)
    promised = next(told, None)
    if promised is not None:
        yield "delivery", touches[0].at, ms(promised), _last(touches, "shipment.delivered")


_CLOCKS = {"ticket": _ticket, "call": _call, "return": _return, "shipment": _shipment}


def business_deadline(start: int) -> int:
    """48 hours of Monday to Friday, 9 to 18 UTC."""
    left, at = RESOLUTION_S * 1000, datetime.fromtimestamp(start / 1000, UTC)
    while True:
        opens, closes = at.replace(hour=9, minute=0, second=0, microsecond=0), at.replace(hour=18, minute=0, second=0, microsecond=0)
        if at.weekday() < 5 and at < closes:
            at = max(at, opens)
            here = round((closes - at) / timedelta(milliseconds=1))
            if left <= here:
                return round(at.timestamp() * 1000) + left
            left -= here
        at = (at + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def _gaps(history: list[Touch]) -> Iterator[Alert]:
    for thing, touches in _about(history).items():
        delays = [t.at for t in touches if t.event_type == "shipment.delayed"]
        if thing[0] == "order" and delays:
            told = [t.at for t in touches if t.event_type == "notification.sent" and t.payload.subject == "delayed"]
            over = min([*told[:1], *filter(None, [_last(touches, "shipment.delivered")])], default=None)
            raised = delays[0] + ALERTS["proactive_gap"]["after_s"] * 1000
            if over is None or over > raised:
                yield "proactive_gap", "", thing, raised, over


def _last(touches: list[Touch], event_type: str) -> int | None:
    return max((t.at for t in touches if t.event_type == event_type), default=None)


def _repeats(history: list[Touch]) -> Iterator[Alert]:
    again = repeats_in(history, ALERTS["repeat_contact"]["within_days"] * DAY_MS)
    for touch in (t for t in history if t.event_id in again):
        yield "repeat_contact", "", _touchpoint(touch), touch.at, None


def _streaks(history: list[Touch], bad: set[UUID]) -> Iterator[Alert]:
    rules = (("bad_streak", ALERTS["bad_streak"]["count"]), ("churn_risk", ALERTS["churn_risk"]["or_bad_streak"]))
    for row, over in _rows_of_bad(history, bad):
        for rule, count in rules:
            within = ALERTS["bad_streak"]["within_days"] * DAY_MS
            ends = (n for n in range(count - 1, len(row)) if row[n].at - row[n - count + 1].at <= within)
            end = next(ends, None)
            if end is not None and (over is None or over > row[end].at):
                yield rule, "", _touchpoint(row[end]), row[end].at, over


def _rows_of_bad(history: Iterable[Touch], bad: set[UUID]) -> Iterator[tuple[list[Touch], int | None]]:
    """Bad experiences with no good one between, and when a good one came."""
    row: list[Touch] = []
    for touch in history:
        if touch.event_id in bad:
            row.append(touch)
        elif touch.sentiment is not None and touch.sentiment > 0:
            yield row, touch.at
            row = []
    yield row, None


def _promises(journeys: list[tuple[UUID, Journey]]) -> Iterator[Alert]:
    for journey_id, journey in journeys:
        felt = [(t.at, t.sentiment) for t in journey.acts if t.sentiment is not None]
        low = [(at, score - felt[0][1] <= ALERTS["promise_broken"]["delta_at_most"]) for at, score in felt]
        falls = [n for n, (_, is_low) in enumerate(low) if is_low and not (n and low[n - 1][1])]
        if falls:
            over = next((at for at, is_low in low[falls[-1] :] if not is_low), None)
            yield "promise_broken", "", ("journey", "", str(journey_id)), low[falls[-1]][0], over


def _waits_for_orders(history: list[Touch]) -> Iterator[Alert]:
    orders = [t for t in history if t.event_type == "order.placed"]
    gaps: list[int] = []
    for n, order in enumerate(orders):
        if n and order.at - orders[n - 1].at >= DAY_MS:
            gaps.append(order.at - orders[n - 1].at)
        following = orders[n + 1].at if n + 1 < len(orders) else None
        if gaps:
            raised = order.at + int(int(median(gaps[-20:])) * ALERTS["churn_risk"]["no_order_for"])
            if following is None or following > raised:
                thing = ("order", order.content.event.source, thing_of(order.content, "order"))
                yield "churn_risk", "", thing, raised, following


def _touchpoint(touch: Touch) -> Thing:
    return "touchpoint", touch.content.event.source, str(touch.event_id)
