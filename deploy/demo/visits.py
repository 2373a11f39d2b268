"""Visits to the site and the app: from an advertisement or by themselves, anonymous or logged in."""

from dataclasses import dataclass
from datetime import datetime

from deploy.demo.goods import CAMPAIGNS, PRODUCTS, QUERIES, Campaign, Product, euros
from deploy.demo.life import Life
from deploy.demo.people import Device
from deploy.demo.world import Document, identity

SITE = "https://shop.example"
SHARED_TABLET_SHARE = 0.5
"""of a household member's visits on the days when the tablet is theirs"""


@dataclass(slots=True)
class Visit:
    """Goes on from `at`; `logged_in` and `campaign` hold until the visit ends."""

    life: Life
    device: Device
    at: datetime
    logged_in: bool = False
    campaign: Campaign | None = None
    click_id: str = ""

    def wait(self, *, mean_s: float = 40) -> datetime:
        self.at = self.life.later(self.at, least_s=3, mean_s=mean_s)
        return self.at

    def tell(self, event_type: str, payload: Document, **envelope: object) -> str:
        who = self.life.browser(self.device, logged_in=self.logged_in)
        return self.life.tell(event_type, self.wait(), payload, who, context=self._context(), **envelope)

    def _context(self) -> Document:
        if self.campaign is None:
            return self.life.context(self.device)
        utm = {"utm_source": self.campaign.network, "utm_medium": self.campaign.medium, "utm_campaign": self.campaign.campaign_id}
        return self.life.context(self.device, campaign=utm, click_ids={self.campaign.click_parameter: self.click_id})

    @property
    def is_app(self) -> bool:
        return bool(self.device.app) and self.device.form == "mobile"


def device_for(life: Life, at: datetime) -> Device:
    """The device of this visit; a shared tablet only on the days when it is this person's turn."""
    own = [d for d in life.person.devices if d.turn[1] == 1]
    tablets = [d for d in life.person.devices if d.turn[1] > 1 and at.toordinal() % d.turn[1] == d.turn[0]]
    if tablets and life.has_account and life.rng.random() < SHARED_TABLET_SHARE:
        return tablets[0]
    return life.rng.choice(own)


def is_shared(device: Device) -> bool:
    return device.turn[1] > 1


def visit(life: Life, at: datetime, *, to_buy: bool = False) -> Visit:
    """Begins a visit and looks around. Who wants to buy takes a device on which they log in."""
    device = device_for(life, at)
    while to_buy and not device.logs_in:
        device = device_for(life, at)
    on = Visit(life, device, at)
    if life.rng.random() < (0.15 if life.has_account else 0.45) and not on.is_app and not is_shared(device):
        _through_ad(on)
    if life.has_account and device.logs_in and (to_buy or life.rng.random() < (0.93 if is_shared(device) else 0.5)):
        log_in(on)
    _look_around(on)
    return on


def leave(on: Visit) -> None:
    """On a shared tablet most people log out, elsewhere few do."""
    if on.logged_in and on.life.rng.random() < (0.95 if is_shared(on.device) else 0.1):
        on.tell("logout.done", {"account_id": on.life.person.account})
        on.logged_in = False


def log_in(on: Visit) -> None:
    if on.life.rng.random() < 0.08:
        on.tell("login.failed", {"method": "password", "reason": "wrong_password"}, outcome="failed")
    on.logged_in = True
    on.tell("login.succeeded", {"account_id": on.life.person.account, "method": on.life.rng.choice(("password", "passkey"))})


def _through_ad(on: Visit) -> None:
    life, campaign = on.life, on.life.rng.choice(CAMPAIGNS)
    click_id = life.diary.number("clk")
    ad = {"network": campaign.network, "campaign_id": campaign.campaign_id, "creative_id": f"{campaign.campaign_id}-a"}
    cookie = [identity("anonymous", on.device.cookie)]
    channel = {"channel": campaign.channel}
    for _ in range(life.rng.choice((0, 1, 1, 2))):
        life.tell("ad.shown", on.wait(mean_s=600), ad, cookie, **channel)
    if campaign.network == "meta" and life.rng.random() < 0.15:
        comment = {**ad, "text": "Does it run small?"}
        life.tell("ad.commented", on.wait(), comment, [identity("social", life.person.social)], channel="paid_social")
    click = [identity("click", click_id)]
    life.tell("ad.clicked", on.wait(), {**ad, "click_id": click_id, "landing_url": f"{SITE}/sale"}, click, **channel)
    on.campaign, on.click_id = campaign, click_id
    landing = [*life.browser(on.device, logged_in=False), *click]
    payload = {"url": f"{SITE}/sale", "referrer": f"https://{campaign.network}.example"}
    life.tell("page.viewed", on.wait(mean_s=3), payload, landing, channel=campaign.channel, context=on._context())


def _look_around(on: Visit) -> None:
    rng = on.life.rng
    if not on.is_app and on.campaign is None and rng.random() < 0.3:
        on.tell("page.viewed", {"url": f"{SITE}/", "referrer": "https://search.example"}, channel="organic_search")
    for _ in range(rng.choice((1, 1, 2, 3, 4))):
        _one_look(on, rng.choice(PRODUCTS))


def _one_look(on: Visit, product: Product) -> None:
    dice = on.life.rng.random()
    channel = "mobile_app" if on.is_app else None
    if dice < 0.35 and on.is_app:
        on.tell("screen.viewed", {"screen": f"category/{product.category}"})
    elif dice < 0.35:
        on.tell("page.viewed", {"url": f"{SITE}/{product.category}", "title": product.category.title(), "duration_ms": 9000})
    elif dice < 0.5:
        query = on.life.rng.choice(QUERIES)
        found = 0 if query == "vegan boots" else on.life.rng.randint(1, 24)
        on.tell("search.performed", {"query": query, "result_count": found}, channel=channel)
    else:
        shown = {"product_id": product.product_id, "name": product.name, "category": product.category}
        on.tell("product.viewed", {**shown, "price": euros(product.cents), "currency": "EUR"}, channel=channel)
