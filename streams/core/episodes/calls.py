"""The life of a call, and of a chat or bot conversation.

| event | status of the call | what else |
|---|---|---|
| call.queued | queued | direction, queue; an outbound one (a call-back) has no clock |
| call.answered | answered | the wait of the first answer; whoever waits over the target has a bad experience, after a transfer too |
| call.abandoned | abandoned | wait, where nobody answered before |
| call.held, call.transferred | (kept) / transferred | |
| call.ended | ended | talk, hold, wrap |

Conversations: open from the first message, handed_over by the bot, ended. Source: METRICS.md B4 (once at contact level), R9, 6 and 27.
"""

from schemas.episode_tables import CALLS, CONVERSATIONS
from streams.core.episodes.machine import EpisodeState, Machine, Step, count, first, last
from streams.core.payloads import word


def _queued(state: EpisodeState, step: Step) -> None:
    first(state, "queued_at", step.at)
    last(state, "direction", step.payload.get("direction"))
    state["answer_due_at"] = None if _is_outbound(state) else state["queued_at"] + step.rulebook.call_answer_ms
    last(state, "queue", step.payload.get("queue"))


def _is_outbound(state: EpisodeState) -> bool:
    return state.get("direction") == "outbound"


def _answered(state: EpisodeState, step: Step) -> None:
    first(state, "answered_at", step.at)
    state["is_answered"] = True
    wait = int(step.payload["wait_ms"])
    first(state, "wait_ms", wait)
    if not _is_outbound(state):
        is_met = wait <= step.rulebook.call_answer_ms
        first(state, "is_answer_met", is_met)
        step.told.waited |= not is_met


def _abandoned(state: EpisodeState, step: Step) -> None:
    state["is_abandoned"] = not state.get("is_answered", False)
    first(state, "wait_ms", int(step.payload["wait_ms"]))
    first(state, "ended_at", step.at)


def _transferred(state: EpisodeState, step: Step) -> None:
    count(state, "transfer_count")
    last(state, "queue", step.payload.get("to_queue"))


def _call_ended(state: EpisodeState, step: Step) -> None:
    state["ended_at"] = step.at
    for column in ("talk_ms", "hold_ms", "wrap_ms"):
        last(state, column, step.payload.get(column))
    state["is_resolved"] = step.payload.get("resolved")
    last(state, "reason", step.payload.get("reason"))


CALL = Machine(
    CALLS,
    "call",
    "call_id",
    {
        "call.queued": "queued",
        "call.answered": "answered",
        "call.abandoned": "abandoned",
        "call.transferred": "transferred",
        "call.ended": "ended",
    },
    {
        "call.queued": _queued,
        "call.answered": _answered,
        "call.abandoned": _abandoned,
        "call.transferred": _transferred,
        "call.ended": _call_ended,
    },
)


def _said(state: EpisodeState, step: Step) -> None:
    first(state, "channel", step.fact.channel)
    first(state, "network", step.payload.get("network"))
    author = word(step.payload, "author") or ("bot" if step.fact.event_type.startswith("bot.") else step.fact.actor)
    if author in ("customer", "representative", "bot"):
        count(state, f"{author}_message_count")
    if author == "customer":
        first(state, "first_customer_at", step.at)
    asked = state.get("first_customer_at")
    if author == "representative" and asked is not None and state.get("first_response_at") is None:
        state["first_response_at"], state["first_response_s"] = step.at, (step.at - asked) // 1000


def _begun(state: EpisodeState, step: Step) -> None:
    first(state, "channel", step.fact.channel)
    first(state, "intent", step.payload.get("intent"))


def _handed_over(state: EpisodeState, step: Step) -> None:
    _begun(state, step)
    state["is_handed_over"] = True


def _over(state: EpisodeState, step: Step) -> None:
    _begun(state, step)
    state["ended_at"] = step.at


CONVERSATION = Machine(
    CONVERSATIONS,
    "conversation",
    "conversation_id",
    {
        "bot.started": "open",
        "message.received": "open",
        "message.sent": "open",
        "bot.answered": "open",
        "bot.handed_over": "handed_over",
        "bot.ended": "ended",
    },
    {
        "bot.started": _begun,
        "bot.answered": _said,
        "message.received": _said,
        "message.sent": _said,
        "bot.handed_over": _handed_over,
        "bot.ended": _over,
    },
)
