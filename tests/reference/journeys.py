"""Journeys: everything that happens to a customer until silence longer than the journey gap; exactly the gap still belongs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby, pairwise

from tests.reference.rules import JOURNEY_GAP_MS, PATH_FIRST, PATH_LAST
from tests.reference.touches import Money, Touch, money_of

ZERO = Decimal(0)


@dataclass
class Journey:
    touches: list[Touch] = field(default_factory=list)

    @property
    def acts(self) -> list[Touch]:
        return [touch for touch in self.touches if touch.is_act]

    @property
    def told(self) -> list[Touch]:
        """What counts as first and last touch: the customer's acts, or everything where there are none."""
        return self.acts or self.touches


def journeys_of(history: list[Touch]) -> list[Journey]:
    """`history`: touchpoints of one customer that count, in order."""
    journeys: list[Journey] = []
    for touch in history:
        if not journeys or touch.at - journeys[-1].touches[-1].at > JOURNEY_GAP_MS:
            journeys.append(Journey())
        journeys[-1].touches.append(touch)
    return journeys


def collapsed(words: Iterable[str]) -> list[str]:
    """Repeats that follow on each other count once."""
    return [word for word, _ in groupby(words)]


def capped(path: list[str]) -> list[str]:
    """The first and the last steps of a long path; a path that both cover is whole."""
    return path if len(path) <= PATH_FIRST + PATH_LAST else path[:PATH_FIRST] + path[-PATH_LAST:]


def appearing(words: Iterable[str]) -> list[str]:
    """Each word once, in order of first appearance; empty ones left out."""
    return list(dict.fromkeys(word for word in words if word))


def handovers(owners: list[str]) -> int:
    """How often the team in charge is another one than at the touchpoint before; touchpoints without a team are passed over."""
    return sum(a != b for a, b in pairwise([owner for owner in owners if owner]))


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


def sums_of(touches: list[Touch], placed: dict[str, Touch]) -> Sums:
    """Sums in the currency of the first amount. `placed`: the customer's orders as they were placed, to value what was cancelled."""
    found = [(kind, money) for touch in touches for kind, money in [_kind_and_money(touch, placed)] if money]
    currency = found[0][1][1] if found else ""
    totals = dict.fromkeys(("gross", "cancelled", "returned"), ZERO)
    for kind, (amount, code) in found:
        totals[kind] += amount if code == currency else ZERO
    others = sum(code != currency for _, (_, code) in found)
    return Sums(totals["gross"], totals["cancelled"], totals["returned"], currency, others)


def _kind_and_money(touch: Touch, placed: dict[str, Touch]) -> tuple[str, Money | None]:
    match touch.event_type:
        case "order.placed":
            return "gross", (touch.payload.total, touch.payload.currency)
        case "order.cancelled":
            return "cancelled", _cancelled(touch, placed.get(touch.payload.order_id))
        case "refund.issued":
            return "returned", (touch.payload.amount, touch.payload.currency)
        case _:
            return "", None


def _cancelled(touch: Touch, order: Touch | None) -> Money | None:
    """What the event says, else the named lines of the order as placed, else all of it; nothing where the order is unknown."""
    said = money_of(touch)
    if said or order is None:
        return said
    payload, wanted = order.payload, touch.payload.line_ids
    if wanted is None:
        return payload.total, payload.currency
    lines = [line for line in payload.lines if line.line_id in wanted]
    value = sum((line.quantity * line.unit_price - (line.discount or ZERO) for line in lines), ZERO)
    return value, payload.currency


def placed_orders(touches: Iterable[Touch]) -> dict[str, Touch]:
    """By order number the touchpoint that placed it; the first where there are several."""
    placed: dict[str, Touch] = {}
    for touch in touches:
        if touch.event_type == "order.placed":
            placed.setdefault(touch.payload.order_id, touch)
    return placed


def return_count(touches: list[Touch], requested: set[str]) -> int:
    """Returns requested, and those received that nobody is known to have requested; `requested`: over all of the customer's history."""
    asked = {t.payload.return_id for t in touches if t.event_type == "return.requested"}
    came = {t.payload.return_id for t in touches if t.event_type == "return.received"}
    return len(asked) + len(came - requested)
