"""From the cart to the paid order: on the site, by phone, in a marketplace."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.demo.goods import PRODUCTS, Product, euros
from deploy.demo.life import Life, order_number
from deploy.demo.visits import Visit
from deploy.demo.world import Document, Identity, identity
from schemas.normalise import moment_text


@dataclass(slots=True)
class Order:
    order_id: str
    placed_at: datetime
    lines: list[tuple[Product, int]]
    promised_at: datetime
    who: list[Identity]
    """by what the systems behind the shop know the customer"""

    @property
    def cents(self) -> int:
        return sum(product.cents * quantity for product, quantity in self.lines)

    def document(self, **more: object) -> Document:
        return {
            "order_id": self.order_id,
            "lines": [
                {
                    "line_id": str(n),
                    "product_id": product.product_id,
                    "category": product.category,
                    "quantity": quantity,
                    "unit_price": euros(product.cents),
                }
                for n, (product, quantity) in enumerate(self.lines, 1)
            ],
            "total": euros(self.cents),
            "currency": "EUR",
            "promised_at": moment_text(self.promised_at),
            **more,
        }

    @property
    def links(self) -> Document:
        return {"order": self.order_id}


def basket(life: Life) -> list[tuple[Product, int]]:
    chosen = life.rng.sample(PRODUCTS, life.rng.choice((1, 1, 2, 3)))
    return [(product, life.rng.choice((1, 1, 1, 2))) for product in chosen]


def _order(life: Life, at: datetime, lines: list[tuple[Product, int]], who: list[Identity]) -> Order:
    number = life.diary.number("O")
    promised = (at + timedelta(days=life.rng.randint(2, 4))).replace(hour=18, minute=0, second=0, microsecond=0)
    life.orders += 1
    return Order(number, at, lines, promised, [*who, order_number(number)])


def fill_cart(on: Visit) -> tuple[list[tuple[Product, int]], str]:
    """Cart events; some carts are left as they stand."""
    lines, cart_id = basket(on.life), on.life.diary.number("cart")
    for n in range(1, len(lines) + 1):
        on.tell("cart.changed", _cart(cart_id, lines[:n]))
    return lines, cart_id


def _cart(cart_id: str, lines: list[tuple[Product, int]]) -> Document:
    rows = [{"product_id": p.product_id, "quantity": q, "unit_price": euros(p.cents)} for p, q in lines]
    return {"cart_id": cart_id, "lines": rows, "value": euros(sum(p.cents * q for p, q in lines)), "currency": "EUR"}


def check_out(on: Visit) -> Order:
    """Cart, checkout, an account where one is wanted, the order, the payment."""
    life = on.life
    lines, cart_id = fill_cart(on)
    on.tell("checkout.started", _cart(cart_id, lines))
    if life.person.registers and not life.has_account and (life.orders or not life.person.first_address):
        create_account(on)
    who = life.names()
    if life.has_account or life.rng.random() < 0.5:
        who.append(identity("phone", life.person.phone))
    order = _order(life, on.wait(), lines, who)
    seen = life.browser(on.device, logged_in=on.logged_in)
    coupon = "SPRING10" if life.rng.random() < 0.15 else None
    payload = order.document(sales_channel="app" if on.is_app else "web", **({"coupon": coupon} if coupon else {}))
    channel = "mobile_app" if on.is_app else None
    life.tell("order.placed", on.at, payload, [*order.who, *seen], links=order.links, channel=channel, context=on._context())
    pay(life, order, on.at)
    return order


def create_account(on: Visit) -> None:
    life, person = on.life, on.life.person
    on.tell("form.submitted", {"form_id": "sign-up"})
    life.has_account = on.logged_in = True
    who = [identity("account", person.account), identity("customer_number", person.customer_number), identity("email", person.email)]
    if person.loyalty:
        who.append(identity("loyalty", person.loyalty))
    cookie = identity("anonymous", on.device.cookie)
    life.tell("account.created", on.wait(), {"account_id": person.account, "method": "password"}, [*who, cookie], context=on._context())
    on.tell("login.succeeded", {"account_id": person.account, "method": "password"})


def pay(life: Life, order: Order, at: datetime) -> None:
    paid_at = life.later(at, least_s=2, mean_s=8)
    payload = {"order_id": order.order_id, "amount": euros(order.cents), "currency": "EUR", "method": life.rng.choice(("card", "paypal"))}
    if life.rng.random() < 0.07:
        life.tell("payment.failed", paid_at, {**payload, "reason": "declined"}, order.who, links=order.links, outcome="failed")
        paid_at = life.later(paid_at, least_s=30, mean_s=90)
    life.tell("payment.succeeded", paid_at, payload, order.who, links=order.links)


def order_by_phone(life: Life, at: datetime) -> Order:
    """A representative writes the order down; the number that called is all that stands on it, where there is no customer number."""
    who = [identity("phone", life.person.phone)]
    if life.person.registers:
        who.insert(0, identity("customer_number", life.person.customer_number))
    order = _order(life, at, basket(life), who)
    payload = order.document(sales_channel="phone")
    life.tell("order.placed", at, payload, order.who, links=order.links, channel="phone")
    pay(life, order, at)
    return order


def order_in_marketplace(life: Life, at: datetime) -> Order:
    """The marketplace shows another relay address for every order, and the phone number for half of them."""
    life.relay = f"{life.person.account}.{life.orders}@relay.marketplace.example"
    who = [identity("email", life.relay)]
    if life.rng.random() < 0.5:
        who.append(identity("phone", life.person.phone))
    order = _order(life, at, basket(life), who)
    life.tell("order.placed", at, order.document(sales_channel="marketplace"), order.who, links=order.links, channel="affiliate")
    pay(life, order, at)
    return order


def change_or_cancel(life: Life, order: Order) -> bool:
    """Second thoughts within the hour: false where the order was cancelled as a whole."""
    dice, at = life.rng.random(), life.later(order.placed_at, least_s=300, mean_s=1200)
    if dice < 0.05 and order.lines[0][1] > 1:
        order.lines[0] = (order.lines[0][0], 1)
        life.tell("order.changed", at, order.document(), order.who, links=order.links)
    elif dice < 0.09:
        payload = {"order_id": order.order_id, "by": life.rng.choice(("customer", "shop")), "reason": "changed_mind"}
        life.tell("order.cancelled", at, payload, order.who, links=order.links)
        return False
    return True
