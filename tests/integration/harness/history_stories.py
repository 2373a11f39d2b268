"""What happens to one customer: numbers without names, second thoughts, money, sessions at their limits."""

from tests.integration.harness.teller import Teller, minutes

ORDER = {"currency": "EUR", "promised_at": None}


def a_parcel_known_by_numbers_alone(t: Teller) -> None:
    order, parcel = f"O1-{t.tag}", f"P1-{t.tag}"
    t.tell("order.placed", 1, t.mail("parcel"), payload={**ORDER, "order_id": order})
    t.tell(
        "shipment.sent", 2, f"order:{order}", payload={"order_id": order, "shipment_id": parcel, "promised_at": "2025-06-03T00:00:00.000Z"}
    )
    t.tell("shipment.delivered", 5, f"shipment:{parcel}@shop-eu", source="carrier", payload={"order_id": order, "shipment_id": parcel})
    t.view(6, t.mail("parcel"))
    back = {"return_id": f"R1-{t.tag}", "order_id": order}
    t.tell("return.requested", 7, t.mail("parcel"), payload=back)
    t.view(8, t.mail("parcel"))
    t.tell("return.received", 15, f"return:R1-{t.tag}@shop-eu", source="warehouse", payload=back)
    t.tell("refund.issued", 21, f"return:R1-{t.tag}", payload={**back, "refund_id": f"F1-{t.tag}"})
    t.view(22, t.mail("parcel"))


def a_ticket_that_waited(t: Teller) -> None:
    ticket, who = {"ticket_id": f"T2-{t.tag}", "order_id": None}, t.mail("waiting")
    t.tell("ticket.opened", 1, who, source="helpdesk", payload=ticket)
    t.tell("ticket.replied", 1.5, f"ticket:T2-{t.tag}@helpdesk", source="crm", payload=ticket)
    t.tell("ticket.solved", 2, f"ticket:T2-{t.tag}", source="helpdesk", payload={"ticket_id": f"T2-{t.tag}"})
    t.tell("ticket.opened", 4, who, source="helpdesk", payload={**ticket, "ticket_id": f"T3-{t.tag}"})
    t.tell("call.queued", 5, who, payload={"call_id": f"A4-{t.tag}"})
    t.tell("call.answered", 5 + minutes(1), f"call:A4-{t.tag}", payload={"call_id": f"A4-{t.tag}", "wait_ms": 60_000})
    t.tell("survey.answered", 6, who, payload={"survey_id": f"S1-{t.tag}", "score": 1 + int(t.tag[1:]) % 5}, effort=5)


def money_in_two_currencies(t: Teller) -> None:
    who, order = t.mail("money"), {**ORDER, "order_id": f"O2-{t.tag}"}
    t.tell("order.placed", 1, who, payload=order)
    t.tell("order.changed", 2, who, payload={**order, "total": "120.50"})
    t.tell("order.cancelled", 3, who, payload={"order_id": order["order_id"], "line_ids": ["2"]})
    t.tell("order.placed", 4, who, payload={**order, "order_id": f"O3-{t.tag}", "currency": "USD"})
    t.tell("order.cancelled", 5, who, payload={"order_id": order["order_id"], "line_ids": None})
    t.tell("order.cancelled", 6, who, payload={"order_id": order["order_id"], "line_ids": None, "by": "shop"})
    t.tell("refund.issued", 7, who, payload={"order_id": order["order_id"], "refund_id": f"F2-{t.tag}", "return_id": None})


def a_subscription_that_lapsed(t: Teller) -> None:
    who, plan = t.one("account", "plan"), {"subscription_id": f"S-{t.tag}"}
    t.tell("trial.started", 0, who, payload={**plan, "period_end": None})
    t.view(1, who)
    t.tell("subscription.started", 10, who, payload={**plan, "period_end": "2025-09-01T00:00:00.000Z"})
    t.view(11, who)
    t.tell("subscription.changed", 12, who, payload={**plan, "period_end": "2025-07-20T00:00:00.000Z"})
    t.view(26, who)
    t.tell("subscription.lapsed", 60, who, payload={**plan, "period_end": None})
    t.view(61, who)


def second_thoughts(t: Teller) -> None:
    one, other, who = t.one("anonymous", "wrong"), t.one("anonymous", "right"), t.mail("thoughts")
    wrong = t.view(1, one)
    t.view(1.001, one)
    t.again(
        wrong,
        1800,
        identities=[{"kind": "anonymous", "value": other.removeprefix("anonymous:")}],
        occurred_at=t.view(9, other)["occurred_at"],
    )
    order = t.tell("order.placed", 3, who, payload={**ORDER, "order_id": f"O4-{t.tag}"})
    t.again(order, 60, payload={**order["payload"], "total": "80.00"})
    t.again(order, 30, payload={**order["payload"], "total": "70.00"})
    t.again(t.tell("product.used", 4, who), 0, payload={"feature": "another", "unforeseen": [1, 2]})
    t.view(5, who)


def things_taken_back(t: Teller) -> None:
    who = t.mail("sorry")
    first = t.tell("order.placed", 2, who, payload={**ORDER, "order_id": f"O5-{t.tag}"})
    t.view(3, who)
    t.retract(first, 4)
    later = t.view(6, who, t.one("anonymous", "sorry"))
    statement = t.retract(later, 5)
    t.again(t.view(7, who), 100, payload={"url": "https://shop.example/other"})
    t.retract(t.told[-1], 8)
    cost = t.tell("ad_cost.reported", 2)
    t.tell("ad_cost.reported", 3)
    t.retract(cost, 4)
    kept = t.view(9, who)
    t.retract(statement, 9.5)
    t.again(t.retract(t.view(10, who), 11), 50, payload={"target_event_id": kept["event_id"]})


def a_visit_at_its_limits(t: Teller) -> None:
    who = t.one("anonymous", "limits")
    t.view(1, who)
    t.view(1 + minutes(30), who)
    t.view(1 + minutes(60) + 1 / 86_400_000, who)
    t.tell("ad.shown", 1 + minutes(70), who)
    t.tell("ad.shown", 1 + minutes(95), who)
    t.view(31 + minutes(95), who)
    t.view(61 + minutes(95) + 1 / 86_400_000, who)
    for sequence in (3, 1, 2):
        t.tell("search.performed", 62, who, sequence=sequence, payload={"query": f"{sequence}"})


def a_long_day(t: Teller) -> None:
    """A session of more than 24 hours and a path of more than 40 steps."""
    if int(t.tag[1:]) % 10:
        return
    who = t.mail("restless")
    for n in range(56):
        t.tell(("page.viewed", "screen.viewed")[n % 2], 2 + minutes(29 * n), who, payload={"referrer": None})


STORIES = (
    a_parcel_known_by_numbers_alone,
    a_ticket_that_waited,
    money_in_two_currencies,
    a_subscription_that_lapsed,
    second_thoughts,
    things_taken_back,
    a_visit_at_its_limits,
    a_long_day,
)
