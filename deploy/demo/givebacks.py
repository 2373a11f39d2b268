"""Returns: requested, checked, sent, refunded or exchanged; and what goes wrong with an order before that."""

from datetime import datetime, timedelta

from deploy.demo.buying import Order
from deploy.demo.goods import Product, euros
from deploy.demo.life import Life
from deploy.demo.parcels import notify
from deploy.demo.world import Document, Identity, number_identity

REASONS = ("too_small", "too_big", "not_as_shown", "damaged", "no_longer_wanted")
REJECTED_SHARE, EXCHANGED_SHARE, OVERDUE_SHARE = 0.06, 0.2, 0.12


def wanted_back(life: Life, order: Order) -> list[tuple[int, Product, int]]:
    """(line, product, pieces) of what this customer does not keep."""
    back = []
    for n, (product, quantity) in enumerate(order.lines, 1):
        pieces = sum(life.rng.random() < product.often_returned for _ in range(quantity))
        if pieces:
            back.append((n, product, pieces))
    return back


class Return:
    """One return on its way; goes on from `at`."""

    def __init__(self, life: Life, order: Order, back: list[tuple[int, Product, int]], at: datetime) -> None:
        self.life, self.order, self.back, self.at = life, order, back, at
        self.return_id = life.diary.number("R")
        self.links = {**order.links, "return": self.return_id}
        self.lines = [{"line_id": str(n), "quantity": pieces, "reason": life.rng.choice(REASONS)} for n, _, pieces in back]

    @property
    def number(self) -> Identity:
        return number_identity("return", self.return_id)

    def payload(self, **more: str) -> Document:
        return {"return_id": self.return_id, "order_id": self.order.order_id, "lines": self.lines, **more}

    def tell(self, verb: str, wait_s: tuple[float, float], who: list[Identity], **more: str) -> None:
        self.at = self.life.later(self.at, least_s=wait_s[0], mean_s=wait_s[1])
        self.life.tell(f"return.{verb}", self.at, self.payload(**more), [*who, self.number], links=self.links)


def give_back(life: Life, order: Order, back: list[tuple[int, Product, int]], at: datetime) -> None:
    """The warehouse knows only the number of the return."""
    on = Return(life, order, back, at)
    resolution = "exchange" if life.rng.random() < EXCHANGED_SHARE else "refund"
    on.tell("requested", (60, 600), order.who, resolution=resolution)
    if life.rng.random() < REJECTED_SHARE:
        on.tell("rejected", (600, 6 * 3600), [])
        return
    on.tell("approved", (5, 1800), [])
    on.tell("label_sent", (1, 60), [])
    on.tell("shipped", (3600, 24 * 3600), order.who)
    on.tell("received", (24 * 3600, 36 * 3600), [])
    _settle(on, resolution)


def _settle(on: Return, resolution: str) -> None:
    life, order = on.life, on.order
    overdue = life.rng.random() < OVERDUE_SHARE
    at = life.later(on.at, least_s=11 * 86_400 if overdue else 3600, mean_s=24 * 3600)
    if resolution == "exchange":
        payload = {"return_id": on.return_id, "order_id": order.order_id, "new_order_id": f"{order.order_id}-x"}
        life.tell("exchange.shipped", at, payload, [on.number], links=on.links)
        return
    life.tell("refund.issued", at, _refund(on), [on.number], links=on.links)
    if life.rng.random() < 0.7:
        notify(life, at + timedelta(minutes=3), "refund", ("order", order.order_id), order.who, on.links)


def _refund(on: Return) -> Document:
    return {
        "refund_id": on.life.diary.number("RF"),
        "order_id": on.order.order_id,
        "return_id": on.return_id,
        "line_ids": [str(n) for n, _, _ in on.back],
        "amount": euros(sum(product.cents * pieces for _, product, pieces in on.back)),
        "currency": "EUR",
        "reason": "return",
    }


def raise_issue(life: Life, order: Order, at: datetime, issue: str) -> None:
    payload = {"order_id": order.order_id, "issue": issue}
    life.tell("order_issue.raised", at, payload, order.who, links=order.links, cause="process" if issue == "late" else "product")
