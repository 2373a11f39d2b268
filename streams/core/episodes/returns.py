"""The life of a return.

| event | status | what else |
|---|---|---|
| return.requested, approved, rejected, shipped, received | of the same name, unless money or exchange went out | pieces, reasons |
| return.label_sent | approved, where the goods are not under way | |
| refund.issued | refunded | amount; later than the target after the request it is a bad experience |
| exchange.shipped | exchanged | |

Source: METRICS.md B6, R14.
"""

from schemas.episode_tables import RETURNS
from streams.core.episodes.machine import EpisodeState, Machine, Rule, Step, count, first, gather, last
from streams.core.payloads import money, pieces, word

_OVER = frozenset({"refunded", "exchanged"})
COUNTED = ("requested_at", "received_at_shop")
"""A return counts when it is requested, or received where no request is known before."""


def _lines(state: EpisodeState, step: Step) -> None:
    first(state, "order_id", step.payload.get("order_id"))
    last(state, "resolution", step.payload.get("resolution"))
    lines = step.payload.get("lines") or ()
    if lines:
        state["units"] = pieces(lines)
        gather(state, "reasons", [word(line, "reason") for line in lines])


def _dated(column: str) -> Rule:
    def rule(state: EpisodeState, step: Step) -> None:
        if column in COUNTED and not state.get("_known"):
            state["_known"] = step.told.is_return = True
        first(state, column, step.at)
        if column == "requested_at":
            state["refund_due_at"] = step.rulebook.refund.due(state[column], step.fact.channel)
        _lines(state, step)

    return rule


def _refunded(state: EpisodeState, step: Step) -> None:
    first(state, "order_id", step.payload.get("order_id"))
    currency = word(step.payload, "currency")
    if currency == (state.get("currency") or currency):
        state["currency"] = currency
        count(state, "refunded", money(step.payload, "amount"))
    requested = state.get("requested_at")
    if state.get("refunded_at") is None:
        state["refunded_at"] = step.at
        if requested is not None:
            state["refund_s"] = (step.at - requested) // 1000
            state["is_refund_met"] = step.at <= state["refund_due_at"]
            if not state["is_refund_met"]:
                step.told.bad_reasons += ("refund_overdue",)


RETURN = Machine(
    RETURNS,
    "return",
    "return_id",
    {
        "return.requested": "requested",
        "return.approved": "approved",
        "return.rejected": "rejected",
        "return.label_sent": "approved",
        "return.shipped": "shipped",
        "return.received": "received",
        "refund.issued": "refunded",
        "exchange.shipped": "exchanged",
    },
    {
        "return.requested": _dated("requested_at"),
        "return.approved": _dated("approved_at"),
        "return.rejected": _dated("rejected_at"),
        "return.shipped": _dated("shipped_at"),
        "return.received": _dated("received_at_shop"),
        "refund.issued": _refunded,
        "exchange.shipped": _dated("exchanged_at"),
    },
    {
        **dict.fromkeys(("return.requested", "return.approved", "return.shipped", "return.received"), _OVER),
        "return.label_sent": _OVER | {"shipped", "received"},
    },
)
