"""Campaign mail: sent, opened by people and by machines, clicked, bounced, resented."""

from datetime import datetime, timedelta

from deploy.demo.goods import MAILINGS
from deploy.demo.life import Life
from deploy.demo.visits import SITE, Visit, device_for, is_shared
from deploy.demo.world import Document, identity

BOUNCED_SHARE, OPENED_SHARE, MACHINE_SHARE, CLICKED_SHARE = 0.04, 0.4, 0.2, 0.3


def mailing(life: Life, at: datetime) -> None:
    """One mail and what comes of it; nothing is sent to those who want no more."""
    if life.unsubscribed:
        return
    step = life.rng.randrange(len(MAILINGS))
    mail: Document = {
        "message_id": life.diary.number("M"),
        "campaign_id": MAILINGS[step],
        "nurture_step": step,
        "subject": "News from the shop",
    }
    who = life.names()
    life.tell("email.sent", at, mail, who)
    at = life.later(at, least_s=1, mean_s=20)
    if life.rng.random() < (0.9 if life.address == life.person.first_address else BOUNCED_SHARE):
        life.tell("email.bounced", at, {**mail, "reason": "unknown_address"}, who)
        return
    life.tell("email.delivered", at, mail, who)
    if life.rng.random() < MACHINE_SHARE:
        life.tell("email.opened", at + timedelta(seconds=2), {**mail, "by_machine": True}, who, actor="system")
    if life.rng.random() < OPENED_SHARE:
        _opened(life, life.later(at, least_s=300, mean_s=6 * 3600), mail)


def _opened(life: Life, at: datetime, mail: Document) -> None:
    who = life.names()
    life.tell("email.opened", at, mail, who)
    dice = life.rng.random()
    if dice < CLICKED_SHARE and life.person.devices:
        _clicked(life, at, mail)
    elif dice > 0.95:
        life.unsubscribed = True
        life.tell("email.unsubscribed", at + timedelta(seconds=9), mail, who)
    elif dice > 0.91:
        life.unsubscribed = True
        life.tell("email.complained", at + timedelta(seconds=9), mail, who)


def _clicked(life: Life, at: datetime, mail: Document) -> None:
    """The link carries a click id: it ties the address to whatever browser opens it."""
    on = Visit(life, device_for(life, at), at)
    click = identity("click", life.diary.number("clk"))
    url = f"{SITE}/news"
    life.tell("email.clicked", on.wait(), {**mail, "link_url": url}, [*life.names(), click])
    if is_shared(on.device):
        return
    seen = [*life.browser(on.device, logged_in=False), click]
    campaign = {"utm_source": "mailer", "utm_medium": "email", "utm_campaign": str(mail["campaign_id"])}
    context = life.context(on.device, campaign=campaign)
    life.tell("page.viewed", on.wait(mean_s=3), {"url": url}, seen, channel="marketing_email", context=context)
