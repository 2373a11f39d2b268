"""Money: what each touchpoint of a customer's history adds to the sums, and the sums.

gross      the total of an order as placed; as changed, the difference to what it was
cancelled  the named lines as the order has them, or all that is left of it; an order that is unknown has nothing left
returned   what was refunded, less what pays a cancellation back: a refund that names no return does that first
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from tests.reference.identities import things_of
from tests.reference.touches import Touch

ZERO = Decimal(0)


@dataclass(frozen=True)
class Move:
    """`amount` may be negative: an order that became smaller."""

    kind: Literal["gross", "cancelled", "returned"]
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Sums:
    gross: Decimal
    cancelled: Decimal
    returned: Decimal
    currency: str
    other_currency_count: int

    @property
    def net(self) -> Decimal:
        return self.gross - self.cancelled - self.returned


@dataclass
class Order:
    total: Decimal = ZERO
    cancelled: Decimal = ZERO
    paid_back: Decimal = ZERO
    returned: Decimal = ZERO
    currency: str = ""
    lines: dict[str, Decimal] = field(default_factory=dict)

    def told(self, payload: Any) -> Move:
        """Placed or changed."""
        before, self.total, self.currency = self.total, payload.total, payload.currency
        self.lines = {line.line_id: line.quantity * line.unit_price - (line.discount or ZERO) for line in payload.lines}
        return Move("gross", self.total - before, self.currency)

    def taken_back(self, line_ids: tuple[str, ...] | None) -> Move:
        left = max(ZERO, self.total - self.cancelled - self.returned)
        value = min(left, sum((self.lines.pop(line, ZERO) for line in line_ids), ZERO)) if line_ids else left
        self.cancelled += value
        return Move("cancelled", value, self.currency)

    def refunded(self, payload: Any) -> Move:
        if self.currency not in ("", payload.currency):
            return Move("returned", payload.amount, payload.currency)
        self.currency = payload.currency
        owed = ZERO if payload.return_id else self.cancelled - self.paid_back
        back = max(ZERO, min(payload.amount, owed))
        self.paid_back, self.returned = self.paid_back + back, self.returned + payload.amount - back
        return Move("returned", payload.amount - back, payload.currency)


def moves_of(history: list[Touch]) -> dict[UUID, Move]:
    """By event; `history`: all touchpoints of one customer that count, in order. What moves nothing is left out."""
    orders: dict[tuple[str, str], Order] = {}
    moves = {touch.event_id: move for touch in history if (move := _move(touch, orders)) is not None}
    return {event: move for event, move in moves.items() if move.amount}


def _move(touch: Touch, orders: dict[tuple[str, str], Order]) -> Move | None:
    if touch.event_type not in ("order.placed", "order.changed", "order.cancelled", "refund.issued"):
        return None
    order_id = next((source, number) for kind, source, number in things_of(touch.content) if kind == "order")
    order = orders.setdefault(order_id, Order())
    if touch.event_type == "refund.issued":
        return order.refunded(touch.payload)
    return order.taken_back(touch.payload.line_ids) if touch.event_type == "order.cancelled" else order.told(touch.payload)


def sums_of(touches: list[Touch], moves: dict[UUID, Move]) -> Sums:
    """Sums in the currency of the first amount; amounts in another are counted."""
    mine = [moves[touch.event_id] for touch in touches if touch.event_id in moves]
    currency = mine[0].currency if mine else ""
    totals = dict.fromkeys(("gross", "cancelled", "returned"), ZERO)
    for move in mine:
        totals[move.kind] += move.amount if move.currency == currency else ZERO
    return Sums(totals["gross"], totals["cancelled"], totals["returned"], currency, sum(move.currency != currency for move in mine))
