"""Clocks that run in one episode: a ticket's answer and solution, a call's answer, a refund, a parcel's promise, an unannounced delay.

| clock | begins | due | ends |
|---|---|---|---|
| first_response | ticket opened | target of its channel | first reply of a representative; solved or closed without one |
| resolution | ticket opened | target, business hours | solved or closed, as long as it stays so |
| call_answer | inbound call queued | target | after the wait that answer or hang-up told; else the end of the call |
| refund | return requested | target | refunded, exchanged or rejected |
| delivery | parcel sent | first promise | delivered |
| proactive_gap | delay of an order's parcel | after_s later | the customer was told of a delay; delivered |

A clock that ended in time raised nothing. Each function is a function of the episode's state. Source: rules.yaml `targets`, `alerts`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from streams.core.alerts.reasons import AlertRule, Clock, Figures, Group, Reason
from streams.core.rulebook import Rulebook

State = Mapping[str, Any]
Ref = tuple[str, str, str]


def group_of(ref: Ref) -> Group:
    """The group of an episode's clocks."""
    return b"e" + "\0".join(ref).encode()


def reasons_of(ref: Ref, state: State, rulebook: Rulebook) -> list[Reason] | None:
    """All that the clocks of an episode raise, some of it perhaps only in the future; None for kinds that have no clock."""
    rule = _CLOCKS.get(ref[0])
    return None if rule is None else list(rule(ref, state, rulebook))


def _clock(clock: Clock, ref: Ref, start: int | None, due: int | None, ended: int | None, rulebook: Rulebook) -> Iterator[Reason]:
    if start is None or due is None:
        return
    warned = due - rulebook.alerts.at_risk_ms
    figures: Figures = {"started_at": start, "due_at": due}
    if start < warned and (ended is None or ended > warned):
        yield Reason(AlertRule.AT_RISK, clock, *ref, warned, ended, figures)
    if ended is None or ended > due:
        yield Reason(AlertRule.BREACHED, clock, *ref, due, ended, figures)


def _ticket(ref: Ref, state: State, rulebook: Rulebook) -> Iterator[Reason]:
    opened = state.get("ticket_opened_at")
    ends = earliest(state.get("first_response_at"), state.get("_first_done_at"))
    yield from _clock(Clock.FIRST_RESPONSE, ref, opened, state.get("first_response_due_at"), ends, rulebook)
    yield from _clock(Clock.RESOLUTION, ref, opened, state.get("resolution_due_at"), state.get("_done_at"), rulebook)


def _call(ref: Ref, state: State, rulebook: Rulebook) -> Iterator[Reason]:
    queued, wait = state.get("queued_at"), state.get("wait_ms")
    if queued is None or state.get("direction") == "outbound":
        return
    ended = state.get("ended_at") if wait is None else queued + wait
    yield from _clock(Clock.CALL_ANSWER, ref, queued, state.get("answer_due_at"), ended, rulebook)


def _return(ref: Ref, state: State, rulebook: Rulebook) -> Iterator[Reason]:
    ended = earliest(state.get("refunded_at"), state.get("exchanged_at"), state.get("rejected_at"))
    yield from _clock(Clock.REFUND, ref, state.get("requested_at"), state.get("refund_due_at"), ended, rulebook)


def _shipment(ref: Ref, state: State, rulebook: Rulebook) -> Iterator[Reason]:
    start = earliest(state.get("sent_at"), state["opened_at"])
    yield from _clock(Clock.DELIVERY, ref, start, state.get("promised_at"), state.get("delivered_at"), rulebook)


def _order(ref: Ref, state: State, rulebook: Rulebook) -> Iterator[Reason]:
    delayed = state.get("_delayed_at")
    if delayed is None:
        return
    raised = delayed + rulebook.alerts.gap_ms
    over = earliest(state.get("delay_announced_at"), state.get("delivered_at"))
    if over is None or over > raised:
        yield Reason(AlertRule.PROACTIVE_GAP, "", *ref, raised, over, {"delayed_at": delayed})


def earliest(*times: int | None) -> int | None:
    """The first of those that are known."""
    return min((t for t in times if t is not None), default=None)


_CLOCKS: Mapping[str, Callable[[Ref, State, Rulebook], Iterator[Reason]]] = {
    "ticket": _ticket,
    "call": _call,
    "return": _return,
    "shipment": _shipment,
    "order": _order,
}
