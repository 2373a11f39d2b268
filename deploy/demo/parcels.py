"""What happens to an order after it was paid: parcels, delays, and what the customer is told before asking."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.demo.buying import Order
from deploy.demo.life import Life
from deploy.demo.world import Document, Identity, number_identity
from schemas.normalise import moment_text

DELAY_SHARE, ANNOUNCED_SHARE, FAILED_SHARE = 0.18, 0.6, 0.05
"""of the parcels that are late, of the delays that the customer hears of first, of the parcels that nobody took in"""


@dataclass(slots=True)
class Parcel:
    order: Order
    shipment_id: str
    delivered_at: datetime
    delay_known_at: datetime | None
    """when the shop knew that it would be late; none for a parcel in time"""

    def scan(self, **more: object) -> Document:
        frame = {"shipment_id": self.shipment_id, "order_id": self.order.order_id, "carrier": "parcel-service"}
        return {**frame, "promised_at": moment_text(self.order.promised_at), **more}

    @property
    def number(self) -> Identity:
        return number_identity("shipment", self.shipment_id)


def notify(life: Life, at: datetime, subject: str, about: tuple[str, str], who: list[Identity], links: Document) -> None:
    payload = {
        "notification_id": life.diary.number("N"),
        "subject": subject,
        "about": {"kind": about[0], "id": about[1]},
        "medium": "email",
    }
    life.tell("notification.sent", at, payload, who, links=links)


def deliver(life: Life, order: Order) -> Parcel:
    """The carrier's scans carry nothing but the parcel's number: the customer is found over the order that it was packed for."""
    about = ("order", order.order_id)
    notify(life, life.later(order.placed_at, least_s=20, mean_s=60), "order_accepted", about, order.who, order.links)
    sent_at = life.later(order.placed_at, least_s=6 * 3600, mean_s=10 * 3600)
    is_late = life.rng.random() < DELAY_SHARE
    off_h = life.rng.randint(20, 90) if is_late else -life.rng.randint(1, 9)
    delivered_at = max(order.promised_at + timedelta(hours=off_h), sent_at + timedelta(hours=5))
    parcel = Parcel(order, life.diary.number("P"), delivered_at, None)
    links = {**order.links, "shipment": parcel.shipment_id}
    life.tell("shipment.sent", sent_at, parcel.scan(), [order.who[-1], parcel.number], links=links)
    if life.rng.random() < 0.9:
        notify(life, life.later(sent_at, least_s=60, mean_s=900), "shipped", about, order.who, links)
    if is_late:
        _delay(life, parcel, sent_at, links)
    _hand_over(life, parcel, links)
    return parcel


def _delay(life: Life, parcel: Parcel, sent_at: datetime, links: Document) -> None:
    known_at = max(sent_at + timedelta(hours=1), parcel.order.promised_at - timedelta(hours=8))
    parcel.delay_known_at = known_at
    scan = parcel.scan(new_promised_at=moment_text(parcel.delivered_at), reason="sorting")
    life.tell("shipment.delayed", known_at, scan, [parcel.number], links=links)
    if life.rng.random() < ANNOUNCED_SHARE:
        told_at = life.later(known_at, least_s=120, mean_s=3600)
        notify(life, told_at, "delayed", ("order", parcel.order.order_id), parcel.order.who, links)


def _hand_over(life: Life, parcel: Parcel, links: Document) -> None:
    if life.rng.random() < FAILED_SHARE:
        failed_at = parcel.delivered_at - timedelta(hours=5)
        life.tell("shipment.failed", failed_at, parcel.scan(reason="nobody_home"), [parcel.number], links=links, outcome="failed")
    life.tell("shipment.delivered", parcel.delivered_at, parcel.scan(), [parcel.number], links=links)
    if life.rng.random() < 0.3:
        told_at = life.later(parcel.delivered_at, least_s=60, mean_s=600)
        notify(life, told_at, "delivered", ("shipment", parcel.shipment_id), parcel.order.who, links)
