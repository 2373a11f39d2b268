"""Beside the customers' lives: costs of ads, crawlers, tests, statements about identities, corrections and retractions."""

import random
from datetime import datetime, timedelta

from deploy.demo.goods import CAMPAIGNS, euros
from deploy.demo.people import Person
from deploy.demo.visits import SITE
from deploy.demo.world import Diary, Document, identity, written
from schemas.normalise import moment, moment_text

CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
CORRECTED_SHARE, RETRACTED_SHARE = 0.003, 0.002


def _note(diary: Diary, event_type: str, at: datetime, payload: Document, truth: str = "", **envelope: object) -> None:
    """An event that is no customer's own; two of one type at one instant differ by their payload."""
    key = (moment_text(at), *(str(value) for value in payload.values()))
    document = written(diary.world, event_type, at, at + timedelta(seconds=1), key, payload)
    diary.add({**document, **envelope}, at, truth, "")


def ad_costs(diary: Diary, rng: random.Random) -> None:
    """One row for each campaign and day, reported in the night after."""
    for day in range(diary.world.days - 1):
        begin = diary.world.start + timedelta(days=day)
        end = begin + timedelta(days=1)
        for campaign in CAMPAIGNS:
            cents = round(campaign.cost_cents_a_day * rng.uniform(0.8, 1.2))
            payload = {"network": campaign.network, "campaign_id": campaign.campaign_id, "period_start": moment_text(begin)}
            payload |= {"period_end": moment_text(end), "cost": euros(cents), "currency": "EUR"}
            _note(diary, "ad_cost.reported", end + timedelta(hours=3), {**payload, "impressions": cents * 3, "clicks": cents // 40})


def strangers(diary: Diary, rng: random.Random) -> None:
    """Crawlers and the shop's own tests and people: kept, and out of all metrics."""
    world = diary.world
    for n in range(max(3, world.customers // 25)):
        at = world.start + timedelta(seconds=rng.randrange(world.days * 86_400))
        cookie = [identity("anonymous", f"bot-{world.tag}-{n}")]
        _view(diary, at, f"crawler-{n}", f"/all?page={n}", identities=cookie, context={"user_agent": CRAWLER})
        kind = "test" if n % 2 else "internal"
        staff = [identity("email", f"{kind}-{n % 7}@shop-{world.tag}.example")]
        _view(diary, at, f"{kind}-{n % 7}", f"/checkout?run={n}", identities=staff, environment=kind)


def _view(diary: Diary, at: datetime, truth: str, path: str, **envelope: object) -> None:
    _note(diary, "page.viewed", at, {"url": SITE + path}, truth, **envelope)


def statements(diary: Diary, rng: random.Random, people: tuple[Person, ...]) -> None:
    """What the people at the service desk know better than any log: same person, not the same person, everybody's address."""
    world = diary.world
    for person in people:
        at = world.start + timedelta(days=world.days * rng.uniform(0.6, 0.95))
        mail, number = identity("email", person.email), identity("customer_number", person.customer_number)
        if not world.is_aided:
            continue
        if person.difficulty == "typo" and rng.random() < 0.4:
            _note(diary, "identity.linked", at, {"a": identity("email", person.first_address), "b": mail, "reason": "typing error"})
        elif person.difficulty == "recycled_phone" and person.last_day < 1 and rng.random() < 0.5:
            _note(diary, "identity.unlinked", at, {"a": number, "b": identity("phone", person.phone), "reason": "number given back"})
        elif person.difficulty == "office" and rng.random() < 0.3:
            _note(diary, "identity.shared", at, {"identity": identity("phone", person.phone), "reason": "switchboard"})
    asked_at = world.ends_at - timedelta(days=1)
    for person in [p for p in people if p.registers and not p.difficulty][:: max(150, len(people) // 5)]:
        _note(diary, "erasure.requested", asked_at, {"identity": identity("customer_number", person.customer_number)})


def second_thoughts(diary: Diary, rng: random.Random) -> None:
    """Corrected contents (same id, later sent_at) and retractions of what has been told so far."""
    for event in list(diary.told()):
        dice = rng.random()
        at = moment(event.document["occurred_at"])
        if dice < CORRECTED_SHARE:
            diary.add(_corrected(event.document), at, event.truth, event.difficulty)
        elif dice < CORRECTED_SHARE + RETRACTED_SHARE and event.truth:
            payload = {"target_event_id": event.document["event_id"], "reason": "sent in error"}
            _note(diary, "touchpoint.retracted", min(at + timedelta(hours=5), diary.world.ends_at - timedelta(seconds=1)), payload)


def _corrected(document: Document) -> Document:
    later = moment(document["sent_at"]) + timedelta(minutes=30)
    payload = {**document["payload"], "corrected": True}
    return {**document, "sent_at": moment_text(later), "payload": payload}
