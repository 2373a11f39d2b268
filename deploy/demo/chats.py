"""Conversations with the bot and with people, the help center, self-service, and comments in public."""

from datetime import datetime

from deploy.demo.goods import ARTICLES
from deploy.demo.life import Life
from deploy.demo.people import Device
from deploy.demo.visits import Visit
from deploy.demo.world import Identity, identity, number_identity

HANDED_OVER_SHARE = 0.4
NETWORKS = (("whatsapp", "whatsapp"), ("messenger", "messenger"), ("instagram", "instagram_direct"), ("sms", "sms"))
ACTIONS = ("change_order", "change_address", "cancel_order", "request_refund", "start_return", "invoice", "password", "other")


def read_help(life: Life, at: datetime) -> None:
    """Searches the help center, reads, sometimes judges."""
    on = Visit(life, own_device(life), at, logged_in=False)
    article = {"article_id": life.rng.choice(ARTICLES)}
    if life.rng.random() < 0.6:
        on.tell("faq.searched", {"query": article["article_id"].replace("-", " "), "result_count": life.rng.randint(0, 6)})
    on.tell("article.viewed", article)
    if life.rng.random() < 0.3:
        on.tell("article.rated", {**article, "helpful": life.rng.random() < 0.65})


def help_oneself(life: Life, at: datetime, order: str) -> None:
    """In the portal, logged in, without a person."""
    on = Visit(life, own_device(life, logs_in=True), at, logged_in=life.has_account)
    who = [*life.browser(on.device, logged_in=on.logged_in), number_identity("order", order)]
    payload = {"action": life.rng.choice(ACTIONS), "order_id": order}
    life.tell("self_service.used", at, payload, who, links={"order": order}, effort=life.rng.choice((None, None, 1, 2, 3, 5)))


def own_device(life: Life, *, logs_in: bool = False) -> Device:
    """Never the family's tablet: what is done here does not wait for anybody's turn. `logs_in`: one on which this person does so."""
    return life.rng.choice([d for d in life.person.devices if d.turn[1] == 1 and (d.logs_in or not logs_in)])


def ask_bot(life: Life, at: datetime, intent: str) -> datetime:
    """The bot answers or hands over to a person, in the same conversation; returns its end."""
    device, conversation = own_device(life), life.diary.number("conv")
    who = life.browser(device, logged_in=False)
    turn = {"conversation_id": conversation}
    life.tell("bot.started", at, {**turn, "intent": intent}, who, context=life.context(device))
    for _ in range(life.rng.choice((1, 2, 3))):
        at = life.later(at, least_s=1, mean_s=20)
        life.tell("bot.answered", at, {**turn, "intent": intent, "substantive": life.rng.random() < 0.7}, who)
    if life.rng.random() < HANDED_OVER_SHARE:
        at = life.later(at, least_s=2, mean_s=20)
        life.tell("bot.handed_over", at, {**turn, "reason": "no_answer", "handed_over_to": "live_chat"}, who)
        at = _talk(life, at, conversation, who, "chat", "live_chat")
    at = life.later(at, least_s=5, mean_s=60)
    life.tell("bot.ended", at, {**turn, "reason": "done"}, who)
    return at


def write_message(life: Life, at: datetime) -> datetime:
    """By one of the messengers, where nothing but the phone number or the account of the network is known."""
    network, channel = life.rng.choice(NETWORKS)
    address = identity("social", life.person.social) if network in ("messenger", "instagram") else identity("phone", life.person.phone)
    return _talk(life, at, life.diary.number("conv"), [*known_by(life), address], network, channel)


def known_by(life: Life) -> list[Identity]:
    """Who has an account wrote its number into the messenger's profile; others are strangers there."""
    return [identity("customer_number", life.person.customer_number)] if life.has_account else []


def _talk(life: Life, at: datetime, conversation: str, who: list[Identity], network: str, channel: str) -> datetime:
    frame = {"conversation_id": conversation, "network": network}
    for n in range(1, life.rng.choice((2, 2, 3, 4))):
        length = {"text_length": life.rng.randint(5, 400)}
        question = {**frame, "message_id": f"{conversation}-{2 * n - 1}", "author": "customer", **length}
        life.tell("message.received", at, question, who, channel=channel)
        at = life.later(at, least_s=20, mean_s=400)
        answer = {**frame, "message_id": f"{conversation}-{2 * n}", "author": "representative", **length}
        life.tell("message.sent", at, answer, who, channel=channel)
        at = life.later(at, least_s=10, mean_s=200)
    return at


def comment(life: Life, at: datetime) -> None:
    """Below a post of the shop; most are answered."""
    number = life.diary.number("cmt")
    who = [identity("social", life.person.social)]
    payload = {"comment_id": number, "network": "instagram", "post_id": "post-7"}
    sentiment = life.rng.choice((-0.7, -0.2, 0.4, 0.8))
    life.tell("comment.received", at, {**payload, "needs_answer": True}, who, sentiment=sentiment, sentiment_by="model")
    if life.rng.random() < 0.8:
        answer = {**payload, "comment_id": f"{number}-a", "in_reply_to": number}
        life.tell("comment.answered", life.later(at, least_s=60, mean_s=5400), answer, who)
