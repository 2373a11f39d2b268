"""What binds a customer for longer: subscriptions, onboarding and use, sales talks, visits to a store, consent."""

from datetime import datetime, timedelta

from deploy.demo.chats import own_device
from deploy.demo.goods import PLAN_CENTS, REPRESENTATIVES, STORES, euros
from deploy.demo.life import Life
from deploy.demo.world import Document, identity, number_identity
from schemas.normalise import moment_text

PERIOD = timedelta(days=30)
CHANGED_SHARE, CANCELLED_SHARE, LAPSED_SHARE, COMPLETED_SHARE = 0.15, 0.25, 0.15, 0.7


def subscribe(life: Life, at: datetime) -> None:
    """A trial for some, then period after period until somebody ends it or the world does."""
    life.subscription = life.diary.number("SUB")
    plan = life.rng.choice(tuple(PLAN_CENTS))
    _onboard(life, at + timedelta(hours=1))
    if life.rng.random() < 0.4:
        _subscription(life, "trial.started", at, plan, at + timedelta(days=7))
        at += timedelta(days=7)
    _subscription(life, "subscription.started", at, plan, at + PERIOD)
    while at < life.diary.world.ends_at:
        at += PERIOD
        dice = life.rng.random()
        if dice < CANCELLED_SHARE:
            _subscription(life, "subscription.cancelled", at - timedelta(days=3), plan, at, reason=life.rng.choice(("price", "not_used")))
            return
        if dice < CANCELLED_SHARE + LAPSED_SHARE:
            _paid(life, "payment.failed", at, plan)
            _subscription(life, "subscription.lapsed", at + timedelta(days=2), plan, at, reason="not_paid")
            return
        if dice > 1 - CHANGED_SHARE:
            plan = "coffee-double"
            _subscription(life, "subscription.changed", at - timedelta(days=5), plan, at)
        _paid(life, "payment.succeeded", at, plan)
        _subscription(life, "subscription.renewed", at, plan, at + PERIOD)


def _subscription(life: Life, event_type: str, at: datetime, plan: str, until: datetime, **more: str) -> None:
    state = {"subscription_id": life.subscription, "plan": plan, "price": euros(PLAN_CENTS[plan]), "currency": "EUR", "interval": "month"}
    who = life.names(number_identity("subscription", life.subscription))
    life.tell(event_type, at, {**state, "period_end": moment_text(until), **more}, who, links={"subscription": life.subscription})


def _paid(life: Life, event_type: str, at: datetime, plan: str) -> None:
    """The bank knows the number of the subscription alone."""
    payload = {"subscription_id": life.subscription, "amount": euros(PLAN_CENTS[plan]), "currency": "EUR", "method": "debit"}
    who = [number_identity("subscription", life.subscription)]
    life.tell(event_type, at, payload, who, links={"subscription": life.subscription}, actor="system")


def _onboard(life: Life, at: datetime) -> None:
    device = own_device(life, logs_in=True)
    who, context = life.browser(device, logged_in=True), life.context(device)
    life.tell("onboarding.started", at, {"step": "welcome"}, who, context=context)
    for step in ("grinder", "roast", "address"):
        at = life.later(at, least_s=20, mean_s=600)
        life.tell("onboarding.step_done", at, {"step": step}, who, context=context)
        if life.rng.random() > COMPLETED_SHARE ** (1 / 3):
            return
    life.tell("onboarding.completed", life.later(at, least_s=5, mean_s=60), {"step": "done"}, who, context=context)
    for _ in range(life.rng.choice((1, 2, 3))):
        at = life.later(at, least_s=86_400, mean_s=6 * 86_400)
        life.tell("product.used", at, {"feature": life.rng.choice(("skip-month", "choose-roast"))}, who, context=context)


def talk_to_sales(life: Life, at: datetime) -> None:
    """A lead that wants much: a demonstration, a meeting, a quote, and then yes or no."""
    lead, value = life.diary.number("lead"), life.rng.randint(50_000, 900_000)
    deal: Document = {"lead_id": lead, "opportunity_id": f"{lead}-1", "representative_id": life.rng.choice(REPRESENTATIVES)}
    deal |= {"value": euros(value), "currency": "EUR"}
    who = [*life.names(), identity("phone", life.person.phone)]
    life.tell("lead.created", at, deal, who)
    life.tell("demo.booked", life.later(at, least_s=60, mean_s=3600), deal, who)
    at = life.later(at, least_s=86_400, mean_s=2 * 86_400)
    life.tell("meeting.held", at, deal, who, sentiment=0.3, sentiment_by="representative")
    at = life.later(at, least_s=3600, mean_s=86_400)
    life.tell("quote.sent", at, deal, who)
    at = life.later(at, least_s=3600, mean_s=3 * 86_400)
    if life.rng.random() < 0.55:
        life.tell("quote.accepted", at, deal, who)
    else:
        life.tell("opportunity.lost", at, {**deal, "reason": "price"}, who, outcome="failed")


def go_to_store(life: Life, at: datetime) -> None:
    """Known there by the loyalty card, else by the customer number or the address."""
    person = life.person
    who = [identity("loyalty", person.loyalty)] if person.loyalty and life.has_account else life.names()
    life.tell("store.visited", at, {"store_id": life.rng.choice(STORES), "representative_id": life.rng.choice(REPRESENTATIVES)}, who)


def decide_on_consent(life: Life, at: datetime) -> None:
    device = own_device(life)
    payload = {"purpose": "analytics", "granted": life.rng.random() < 0.7}
    life.tell("consent.changed", at, payload, life.browser(device, logged_in=False), context=life.context(device))
