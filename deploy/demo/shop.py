"""The simulated shop: believable lives whose truth is known. The same arguments give the same events, byte for byte."""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from deploy.demo import buying, calls, chats, contracts, givebacks, mailings, margins, parcels, surveys, tickets, visits
from deploy.demo.life import Life
from deploy.demo.people import Person, population
from deploy.demo.world import Diary, SimulatedEvent, World, identity

START = datetime(2025, 6, 2, tzinfo=UTC)
"""Of the demo: long ago, so that no event lies in the future of whoever runs it."""
DAYS_BETWEEN = 9.0
"""mean pause between two things that a customer does by themselves, in days"""
MAILING_SHARE = 0.5
"""of those pauses in which campaign mail comes"""


def simulate(customers: int, days: int, seed: int, start: datetime = START, *, aided: bool = True) -> Iterator[SimulatedEvent]:
    """All events of the world in order of occurred_at; of equal times in the order in which they were written.

    With 300 customers and 60 days every event type of the catalogue occurs. `truth` is empty where an event is nobody's.
    `aided`: see World.
    """
    world = World(customers, days, seed, start, aided)
    diary, people = Diary(world), population(world)
    for person in people:
        live(Life(diary, person, world.chance(person.key)))
    rng = world.chance("margins")
    margins.ad_costs(diary, rng)
    margins.strangers(diary, rng)
    margins.statements(diary, rng, people)
    margins.second_thoughts(diary, rng)
    return diary.told()


def live(life: Life) -> None:
    """From the first contact to the end of this person's time."""
    world, person = life.diary.world, life.person
    span = timedelta(days=world.days)
    at = world.start + span * life.rng.uniform(person.first_day, person.first_day + 0.3 * (person.last_day - person.first_day))
    last = world.start + span * person.last_day
    while at < last:
        at = life.by_day(at)
        if person.difficulty == "phone_only":
            _by_phone(life, at)
        elif person.difficulty == "relay_address":
            _bought(life, buying.order_in_marketplace(life, at))
        else:
            at = _by_choice(life, at)
        if life.rng.random() < MAILING_SHARE and (life.has_account or life.orders) and person.devices:
            mailings.mailing(life, life.later(at, least_s=3600, mean_s=3 * 86_400))
        at = life.later(at, least_s=7200, mean_s=DAYS_BETWEEN * 86_400)


def _by_phone(life: Life, at: datetime) -> None:
    if life.orders and life.rng.random() < 0.5:
        calls.call(life, at, reason="product", names=[])
        return
    at = calls.call(life, at, reason="order", names=[])
    _bought(life, buying.order_by_phone(life, at))


def _by_choice(life: Life, at: datetime) -> datetime:
    """One thing that somebody does online or in town; returns when it is over."""
    dice = life.rng.random()
    if dice < 0.28:
        on = visits.visit(life, at, to_buy=True)
        order = buying.check_out(on)
        visits.leave(on)
        _bought(life, order)
        return on.at
    if dice < 0.70:
        on = visits.visit(life, at)
        if life.rng.random() < 0.25:
            buying.fill_cart(on)
        visits.leave(on)
        return on.at
    _aside(life, at)
    return at


def _aside(life: Life, at: datetime) -> None:
    dice = life.rng.random()
    if life.has_account and not life.subscription and dice < 0.35:
        contracts.subscribe(life, at)
    elif dice < 0.5:
        chats.read_help(life, at)
    elif dice < 0.62:
        chats.ask_bot(life, at, "opening_hours")
    elif dice < 0.7:
        chats.comment(life, at)
    elif dice < 0.77:
        contracts.decide_on_consent(life, at)
    elif dice < 0.87 and (life.has_account or life.orders):
        contracts.go_to_store(life, at)
    elif dice < 0.91 and (life.has_account or not life.person.difficulty):
        contracts.talk_to_sales(life, at)
    elif life.has_account:
        chats.write_message(life, at)


def _bought(life: Life, order: buying.Order) -> None:
    """Everything that an order brings about: the parcel, questions, a return, surveys."""
    if not buying.change_or_cancel(life, order):
        return
    parcel = parcels.deliver(life, order)
    mood = 0.8 if parcel.delay_known_at is None else 0.4
    if parcel.delay_known_at and life.rng.random() < 0.5:
        mood -= _asks_where(life, order, life.later(parcel.delay_known_at, least_s=60, mean_s=10 * 3600))
    arrived = parcel.delivered_at
    back = givebacks.wanted_back(life, order)
    if back:
        givebacks.give_back(life, order, back, life.later(arrived, least_s=3600, mean_s=3 * 86_400))
    elif life.rng.random() < 0.12:
        mood -= 0.2
        issue = life.rng.choice(("damaged", "missing", "wrong", "other"))
        givebacks.raise_issue(life, order, life.later(arrived, least_s=600, mean_s=86_400), issue)
        _complain(life, order, life.later(arrived, least_s=90_000, mean_s=3600))
    _afterwards(life, order, arrived, mood)


def _complain(life: Life, order: buying.Order, at: datetime) -> None:
    if life.person.difficulty == "phone_only":
        calls.call(life, at, reason="defect", names=[], order=order.order_id)
    else:
        tickets.ticket(life, at, reason="defect", order=order.order_id)


def _asks_where(life: Life, order: buying.Order, at: datetime) -> float:
    """Where is my order? By phone, mail, bot, or alone; returns how much of the good mood it takes."""
    dice, difficulty = life.rng.random(), life.person.difficulty
    if dice < 0.3 or difficulty == "phone_only":
        names = [identity("customer_number", life.person.customer_number)] if life.has_account else []
        end = calls.call(life, at, reason="where_is_my_order", names=names, order=order.order_id)
        surveys.ask(life, end + timedelta(minutes=5), "csat", ("order", order.order_id), order.who[:-1], mood=0.5)
    elif dice < 0.6 or difficulty == "relay_address":
        done = tickets.ticket(life, at, reason="where_is_my_order", order=order.order_id)
        surveys.ask(life, done.at + timedelta(hours=2), "ces", ("ticket", done.ticket_id), tickets.requester(life), mood=0.5)
    elif dice < 0.8:
        chats.ask_bot(life, at, "where_is_my_order")
    else:
        chats.help_oneself(life, at, order.order_id)
        return 0.0
    if life.rng.random() < 0.3:
        givebacks.raise_issue(life, order, life.later(at, least_s=600, mean_s=3600), "late")
    return 0.15


def _afterwards(life: Life, order: buying.Order, arrived: datetime, mood: float) -> None:
    mood = max(0.05, mood)
    if life.person.devices and life.rng.random() < 0.06:
        chats.help_oneself(life, life.later(arrived, least_s=600, mean_s=86_400), order.order_id)
    if life.rng.random() < 0.35:
        asked_at = life.later(arrived, least_s=86_400, mean_s=86_400)
        surveys.ask(life, asked_at, life.rng.choice(("nps", "csat")), ("order", order.order_id), order.who[:-1], mood=mood)
    if life.rng.random() < 0.12:
        surveys.review(life, order, life.later(arrived, least_s=2 * 86_400, mean_s=5 * 86_400), mood=mood)


def disorder(
    events: Iterable[SimulatedEvent], seed: int, *, shuffled: bool = True, repeated: float = 0.05, late_share: float = 0.0
) -> Iterator[SimulatedEvent]:
    """The same set as a bad network delivers it: share `repeated` comes twice, byte for byte, share `late_share` much later.

    Shuffled, all of it is late.
    """
    rng, order = random.Random(seed), list(events)
    order += rng.sample(order, round(repeated * len(order)))
    if shuffled:
        rng.shuffle(order)
        return iter(order)
    places = [(n + (rng.uniform(0, 0.2 * len(order)) if rng.random() < late_share else 0.0), n) for n in range(len(order))]
    return (order[n] for _, n in sorted(places))


__all__ = ["START", "Person", "SimulatedEvent", "disorder", "live", "simulate"]
