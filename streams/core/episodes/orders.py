"""The life of an order, and of the shipments that carry it.

| event | status of the order | what else |
|---|---|---|
| order.placed | placed | lines, total, promise; gross grows by the total |
| order.changed | changed | lines and total anew; gross grows by the difference |
| order.cancelled | cancelled, or partly_cancelled if lines are named and others remain | the named lines, or all that is left |
| payment.succeeded / failed | paid, where nothing was sent yet / (kept) | |
| shipment.sent / delayed / failed | shipped / delayed / (kept) | |
| shipment.delivered | delivered, or partly_delivered while another parcel is under way | late after the first promise |
| return.requested, return.received | returning / returned, where the money is not back yet | pieces that came back |
| return.rejected | as before, where no other return is open | |
| refund.issued | refunded where nothing is left, else partly_refunded; (kept) where it only pays a cancellation back | returned grows |
| exchange.shipped | exchanged | |

An order of which only later touchpoints are known (a return, a refund) has a row as well, with `placed_at` null: nothing vanishes, and
who counts orders asks for `placed_at`. What was cancelled and is then paid back left once: a refund that names no return first pays
cancellations back, and only its rest counts as returned; what was refunded before cannot be cancelled any more. Amounts in another
currency than the order's are not summed. Source: METRICS.md R13, R14 and B6.
"""

from schemas.episode_tables import ORDERS, SHIPMENTS
from streams.core.episodes.machine import EpisodeState, Machine, Rule, Step, count, first, gather, last
from streams.core.payloads import bounded, instant, line_value, money, pieces, word


def _lines(state: EpisodeState, step: Step) -> None:
    lines = step.payload.get("lines") or ()
    state["_lines"] = {str(line["line_id"]): line_value(line) for line in lines}
    state["line_count"], state["unit_count"] = len(lines), pieces(lines)
    gather(state, "categories", [word(line, "category") for line in lines])
    before = state.get("total", 0)
    state["total"] = money(step.payload, "total")
    last(state, "currency", step.payload.get("currency"))
    first(state, "promised_at", instant(step.payload, "promised_at"))
    last(state, "coupon", step.payload.get("coupon"))
    last(state, "sales_channel", step.payload.get("sales_channel"))
    step.told.gross, step.told.currency = state["total"] - before, word(state, "currency")
    _net(state)


def _net(state: EpisodeState) -> None:
    state["net"] = bounded(state.get("total", 0) - state.get("cancelled", 0) - state.get("refunded", 0))


def _placed(state: EpisodeState, step: Step) -> None:
    first(state, "placed_at", step.at)
    _lines(state, step)


def _changed(state: EpisodeState, step: Step) -> None:
    count(state, "changed_count")
    _lines(state, step)


def _cancelled(state: EpisodeState, step: Step) -> None:
    first(state, "cancelled_at", step.at)
    named = step.payload.get("line_ids")
    lines: dict[str, int] = state.get("_lines", {})
    left = max(0, state.get("total", 0) - state.get("cancelled", 0) - state.get("refunded", 0))
    value = left if not named else min(left, sum(lines.pop(str(n), 0) for n in named))
    count(state, "cancelled", value)
    if named and lines:
        state["status"] = "partly_cancelled"
    step.told.cancelled, step.told.currency = value, word(state, "currency")
    _net(state)


def _refunded(state: EpisodeState, step: Step) -> None:
    amount, currency = money(step.payload, "amount"), word(step.payload, "currency")
    step.told.returned, step.told.currency = amount, currency
    if currency != (state.get("currency") or currency):
        return
    first(state, "currency", currency)
    paid_back = 0 if step.payload.get("return_id") else max(0, min(amount, state.get("cancelled", 0) - state.get("_paid_back", 0)))
    count(state, "_paid_back", paid_back)
    step.told.returned = amount - paid_back
    count(state, "refunded", amount - paid_back)
    _net(state)
    if amount > paid_back:
        state["status"] = "refunded" if state["net"] <= 0 else "partly_refunded"
    _return_over(state, step)


def _return_asked(state: EpisodeState, step: Step) -> None:
    number = word(step.payload, "return_id")
    state["_returns"] = sorted({*state.get("_returns", ()), number})
    state["_open_returns"] = sorted({*state.get("_open_returns", ()), number})
    state["return_count"] = len(state["_returns"])


def _return_over(state: EpisodeState, step: Step) -> None:
    over = step.payload.get("return_id")
    state["_open_returns"] = [number for number in state.get("_open_returns", ()) if number != over]


def _return_received(state: EpisodeState, step: Step) -> None:
    _return_asked(state, step)
    count(state, "returned_units", pieces(step.payload.get("lines") or ()))


def _return_rejected(state: EpisodeState, step: Step) -> None:
    _return_over(state, step)
    if state["status"] in ("returning", "returned") and not state["_open_returns"]:
        state["status"] = _without_returns(state)


def _without_returns(state: EpisodeState) -> str:
    """How far the order is, whatever was asked to be taken back."""
    if state.get("refunded"):
        return "partly_refunded"
    if state.get("_parcels"):
        return _of_parcels(state["_parcels"])
    dates = (("cancelled_at", "partly_cancelled"), ("paid_at", "paid"), ("changed_count", "changed"), ("placed_at", "placed"))
    return next((status for column, status in dates if state.get(column)), "")


def _of_parcels(parcels: dict[str, bool]) -> str:
    """`parcels` by number: whether it arrived."""
    if all(parcels.values()):
        return "delivered"
    return "partly_delivered" if any(parcels.values()) else "shipped"


def _order_parcel(state: EpisodeState, step: Step, is_there: bool = False) -> None:
    parcels: dict[str, bool] = state.setdefault("_parcels", {})
    number = word(step.payload, "shipment_id")
    parcels[number] = is_there or parcels.get(number, False)


def _order_sent(state: EpisodeState, step: Step) -> None:
    first(state, "shipped_at", step.at)
    _order_parcel(state, step)
    state["status"] = _of_parcels(state["_parcels"])


def _order_delayed(state: EpisodeState, step: Step) -> None:
    first(state, "_delayed_at", step.at)
    _order_parcel(state, step)


def _order_delivered(state: EpisodeState, step: Step) -> None:
    _delivered(state, step)
    _order_parcel(state, step, is_there=True)
    state["status"] = _of_parcels(state["_parcels"])


def _delivered(state: EpisodeState, step: Step) -> None:
    state["delivered_at"] = step.at
    promised = state.get("promised_at")
    state["is_late"] = promised is not None and step.at > promised
    if state["is_late"]:
        step.told.bad_reasons += ("delivered_late",)


def _announced(state: EpisodeState, step: Step) -> None:
    if step.payload.get("subject") == "delayed":
        first(state, "delay_announced_at", step.at)


_ORDER_STEPS: dict[str, Rule] = {
    "order.placed": _placed,
    "order.changed": _changed,
    "order.cancelled": _cancelled,
    "payment.succeeded": lambda state, step: first(state, "paid_at", step.at),
    "payment.failed": lambda state, step: count(state, "payment_failed_count"),
    "shipment.sent": _order_sent,
    "shipment.delayed": _order_delayed,
    "shipment.delivered": _order_delivered,
    "notification.sent": _announced,
    "order_issue.raised": lambda state, step: count(state, "issue_count"),
    "return.requested": _return_asked,
    "return.received": _return_received,
    "return.rejected": _return_rejected,
    "exchange.shipped": _return_over,
    "refund.issued": _refunded,
}
_UNDER_WAY = frozenset({"shipped", "delayed", "partly_delivered", "delivered", "returning", "returned", "exchanged"})
_MONEY_BACK = frozenset({"refunded", "partly_refunded"})

ORDER = Machine(
    ORDERS,
    "order",
    "order_id",
    {
        "order.placed": "placed",
        "order.changed": "changed",
        "order.cancelled": "cancelled",
        "payment.succeeded": "paid",
        "shipment.sent": "shipped",
        "shipment.delayed": "delayed",
        "shipment.delivered": "delivered",
        "return.requested": "returning",
        "return.received": "returned",
        "exchange.shipped": "exchanged",
    },
    _ORDER_STEPS,
    {
        "order.changed": _UNDER_WAY | _MONEY_BACK | {"cancelled"},
        "payment.succeeded": _UNDER_WAY | _MONEY_BACK | {"cancelled"},
        "return.requested": frozenset({"refunded"}),
        "return.received": _MONEY_BACK | {"exchanged"},
    },
)


def _sent(state: EpisodeState, step: Step) -> None:
    first(state, "sent_at", step.at)
    _promised(state, step)


def _promised(state: EpisodeState, step: Step) -> None:
    first(state, "order_id", step.payload.get("order_id"))
    first(state, "carrier", step.payload.get("carrier"))
    first(state, "promised_at", instant(step.payload, "promised_at"))


def _delayed(state: EpisodeState, step: Step) -> None:
    _promised(state, step)
    first(state, "delayed_at", step.at)


def _arrived(state: EpisodeState, step: Step) -> None:
    _promised(state, step)
    _delivered(state, step)


def _failed(state: EpisodeState, step: Step) -> None:
    _promised(state, step)
    count(state, "failed_count")


SHIPMENT = Machine(
    SHIPMENTS,
    "shipment",
    "shipment_id",
    {"shipment.sent": "sent", "shipment.delayed": "delayed", "shipment.failed": "failed", "shipment.delivered": "delivered"},
    {"shipment.sent": _sent, "shipment.delayed": _delayed, "shipment.failed": _failed, "shipment.delivered": _arrived},
)
