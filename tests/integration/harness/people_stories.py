"""Who turns out to be who: the stories of the mixed set in which events move from one customer to another."""

from tests.integration.harness.teller import Teller, minutes


def visits_long_before_the_login(t: Teller) -> None:
    cookie, account, mail = t.one("anonymous", "early"), t.one("account", "early"), t.mail("early")
    t.tell("ad.clicked", 0.1, cookie)
    for day in (0.11, 3, 3.01, 12, 20):
        t.view(day, cookie)
    t.tell("account.created", 1, account, mail)
    t.tell("email.clicked", 25, mail)
    t.tell("login.succeeded", 40, account, cookie)
    t.tell("checkout.started", 40.01, cookie)


def two_known_customers_linked_by_word(t: Teller) -> None:
    one, other, phone = t.mail("lena"), t.mail("l.braun"), t.phone(1)
    t.tell("store.visited", 1, one, t.one("loyalty", "lena"))
    t.tell("form.submitted", 2, one)
    t.tell("ticket.opened", 4, other, payload={"ticket_id": f"T1-{t.tag}", "order_id": None})
    t.tell("message.received", 5, phone, other, payload={"conversation_id": f"V1-{t.tag}"})
    t.tell("call.queued", 6, phone, payload={"call_id": f"A1-{t.tag}"})
    t.state("linked", 33, one, other)
    t.tell("review.posted", 34, one)


def two_known_customers_joined_by_what_they_share(t: Teller) -> None:
    phone, account, mail = t.phone(2), t.one("account", "twice"), t.mail("twice")
    t.tell("store.visited", 2, t.one("loyalty", "twice"), phone)
    t.tell("store.visited", 9, t.one("loyalty", "twice"))
    t.tell("account.created", 3, account, mail)
    t.tell("product.viewed", 8, account)
    t.tell("form.submitted", 41, phone, account)


def two_numbers_that_one_address_must_not_join(t: Teller) -> None:
    mail = t.mail("shared")
    for n in (1, 2):
        number = t.one("customer_number", f"pair{n}")
        t.tell("consent.changed", n, number, mail)
        t.tell("product.used", n + 3, number)
    t.view(6, mail)


def an_address_of_too_many(t: Teller) -> None:
    mail = t.mail("office")
    for n in range(4):
        t.tell("form.submitted", 1 + n, t.one("customer_number", f"office{n}"), mail)
        t.tell("article.viewed", 1.5 + n, mail)
    t.tell("email.opened", 8, mail)


def a_tablet_in_two_hands(t: Teller) -> None:
    tablet, one, other = t.one("device", "tablet"), t.one("account", "mum"), t.one("account", "son")
    t.tell("screen.viewed", 0.5, tablet)
    t.tell("login.succeeded", 1, one, tablet)
    t.tell("screen.viewed", 1.01, tablet)
    t.tell("logout.done", 1.5, one, tablet)
    t.tell("screen.viewed", 1.6, tablet)
    login = t.tell("login.succeeded", 2, other, tablet)
    t.tell("screen.viewed", 2.1, tablet)
    t.again(login, 600, identities=[{"kind": "account", "value": f"aunt-{t.tag}"}, login["identities"][1]])
    t.tell("cart.changed", 3, tablet)


def a_phone_that_was_given_back(t: Teller) -> None:
    mail, phone = t.mail("moved"), t.phone(3)
    t.tell("form.submitted", 1, mail, phone)
    t.tell("call.queued", 2, phone, payload={"call_id": f"A2-{t.tag}"})
    t.state("unlinked", 10, mail, phone)
    t.tell("call.queued", 12, phone, payload={"call_id": f"A3-{t.tag}"})
    if int(t.tag[1:]) % 2:
        t.state("linked", 20, phone, mail)
    t.tell("email.opened", 21, mail)


def somebody_who_wants_to_be_forgotten(t: Teller) -> None:
    mail, cookie = t.mail("gone"), t.one("anonymous", "gone")
    t.tell("email.unsubscribed", 2, mail)
    t.tell("email.clicked", 1, mail, cookie)
    t.tell("erasure.requested", 30, payload={"identity": {"kind": "email", "value": mail.removeprefix("email:")}})
    t.state("shared", 31, t.one("device", "kiosk"))
    t.view(5, t.one("device", "kiosk"))


def nobody_in_particular(t: Teller) -> None:
    """Placeholders join nobody, wherever they stand."""
    t.tell("search.performed", 1, "account:guest", t.one("anonymous", "junk1"))
    t.tell("search.performed", 2, "account:guest", t.one("anonymous", "junk2"))
    t.tell("search.performed", 3, "account:guest")
    t.tell("shipment.sent", 4, t.mail("junk3"), payload={"order_id": "0", "shipment_id": "n/a"})
    t.tell("shipment.sent", 5, t.mail("junk4"), payload={"order_id": "0", "shipment_id": "n/a"})
    t.state("linked", 6, t.mail("junk3"), "account:unknown")
    t.state("linked", 7, t.mail("junk4"), "account:unknown")


def strangers_and_tests(t: Teller) -> None:
    crawler = {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
    t.view(1, t.one("anonymous", "crawler"), context=crawler)
    t.view(1 + minutes(1), t.one("anonymous", "early"), context=crawler)
    t.view(2, t.mail("early"), environment="test", sentiment=-0.9, effort=3)
    t.view(2, t.mail("tester"), environment="internal")


STORIES = (
    visits_long_before_the_login,
    two_known_customers_linked_by_word,
    two_known_customers_joined_by_what_they_share,
    two_numbers_that_one_address_must_not_join,
    an_address_of_too_many,
    a_tablet_in_two_hands,
    a_phone_that_was_given_back,
    somebody_who_wants_to_be_forgotten,
    nobody_in_particular,
    strangers_and_tests,
)
