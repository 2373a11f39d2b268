"""The life of a ticket.

| event | status | what else |
|---|---|---|
| ticket.opened | open | opens the clocks of the first response and of the solution; for a representative's the latter alone |
| ticket.assigned | (kept) | team |
| ticket.replied | open, where the customer answers a pending one | public replies by author; a representative's first stops the clock |
| ticket.pending / solved / reopened / closed | pending or hold / solved / open / closed | merged: closed with `merged_into` |

A solution is in time or not until the ticket is reopened. Source: METRICS.md 6 (first response, bots never stop it), 7 (the same in
business hours), 9, 10, 11, 12, 24 (a target is fixed when its clock begins). A reply dated before the opening is none to it (R15).
"""

from schemas.episode_tables import TICKETS
from streams.core.calendars import business_seconds
from streams.core.episodes.machine import EpisodeState, Machine, Step, count, first, gather, last
from streams.core.payloads import word


def _opened(state: EpisodeState, step: Step) -> None:
    if state.get("ticket_opened_at") is None:
        state["ticket_opened_at"] = step.at
        if step.fact.actor != "representative":
            state["first_response_due_at"] = step.rulebook.first_response.due(step.at, step.fact.channel)
        state["resolution_due_at"] = step.rulebook.resolution.due(step.at, step.fact.channel)
    first(state, "order_id", step.payload.get("order_id"))
    first(state, "channel", step.fact.channel)
    for column in ("queue", "priority", "reason"):
        last(state, column, step.payload.get(column))


def _assigned(state: EpisodeState, step: Step) -> None:
    first(state, "assigned_at", step.at)
    last(state, "team", step.payload.get("team"))


def _replied(state: EpisodeState, step: Step) -> None:
    if not step.payload.get("public", True):
        return
    author = word(step.payload, "author")
    if author in ("customer", "representative", "bot"):
        count(state, f"{author}_reply_count")
    if author == "customer" and state["status"] in ("pending", "hold"):
        state["status"] = "open"
    if state.get("first_response_due_at") is not None:
        _answered(state, step, author)


def _answered(state: EpisodeState, step: Step, author: str) -> None:
    opened = state["ticket_opened_at"]
    waited_s = (step.at - opened) // 1000
    if author == "representative" or (author == "bot" and step.payload.get("substantive")):
        first(state, "first_any_response_s", waited_s)
    if author == "representative" and state.get("first_response_at") is None:
        state["first_response_at"], state["first_response_s"] = step.at, waited_s
        is_met = step.at <= state["first_response_due_at"]
        state["is_first_response_met"] = is_met
        state["first_response_business_s"] = business_seconds(opened, step.at, step.rulebook.first_response.hours)
        if not is_met:
            step.told.waited = True
            step.told.bad_reasons += ("sla_missed",)


def _solved(state: EpisodeState, step: Step) -> None:
    _done(state, step)
    first(state, "first_solved_at", step.at)
    state["solved_at"] = step.at
    due = state.get("resolution_due_at")
    state["is_resolution_met"] = None if due is None else step.at <= due


def _done(state: EpisodeState, step: Step) -> None:
    """For the clocks: first done with, and done with since, where it is."""
    first(state, "_first_done_at", step.at)
    first(state, "_done_at", step.at)


def _pending(state: EpisodeState, step: Step) -> None:
    state["_done_at"] = None
    if step.payload.get("status") == "hold":
        state["status"] = "hold"


def _reopened(state: EpisodeState, step: Step) -> None:
    count(state, "reopened_count")
    state["is_resolution_met"] = state["_done_at"] = None


def _closed(state: EpisodeState, step: Step) -> None:
    _done(state, step)
    state["closed_at"] = step.at
    last(state, "merged_into", step.payload.get("merged_into"))


def _tagged(state: EpisodeState, step: Step) -> None:
    gather(state, "tags", [str(tag) for tag in step.payload.get("tags") or ()])


TICKET = Machine(
    TICKETS,
    "ticket",
    "ticket_id",
    {
        "ticket.opened": "open",
        "ticket.pending": "pending",
        "ticket.solved": "solved",
        "ticket.reopened": "open",
        "ticket.closed": "closed",
    },
    {
        "ticket.opened": _opened,
        "ticket.assigned": _assigned,
        "ticket.replied": _replied,
        "ticket.pending": _pending,
        "ticket.solved": _solved,
        "ticket.reopened": _reopened,
        "ticket.closed": _closed,
        "ticket.tagged": _tagged,
    },
)
