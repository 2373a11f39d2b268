"""Every event whose customer an epoch changes lies at a customer who is told so: else it would stay behind for ever."""

import random

import pytest

from schemas.links import LinkEntry, Token
from streams.core.identity.fold import Fold
from streams.core.identity.graph import MemoryGraph
from streams.core.identity.policy import solo
from streams.core.observations import observations
from tests.builders import MINUTE, T0, a_fact, a_policy, a_token, an_event_id

POOL = (
    ("customer_number", 4), ("account", 3), ("email", 2), ("device", 2), ("anonymous", 2), ("order", 2), ("shipment", 1), ("ticket", 2),
)  # fmt: skip
STATEMENTS = ("cut", "cut", "cut", "linked", "shared")
TYPES = ("page.viewed", "page.viewed", "login.succeeded", "logout.done")
Event = tuple[list[Token], int]
"""Identities, strongest first, and time"""


def a_time(rng: random.Random) -> int:
    return T0 + rng.randrange(6) * MINUTE


def an_event(rng: random.Random, tokens: list[Token], n: int) -> tuple[Event, list[LinkEntry]]:
    chosen = sorted(rng.sample(tokens, rng.choice((1, 2, 2, 3, 4))), key=lambda t: (a_policy().strength[t[0]], t))
    at = a_time(rng)
    return (chosen, at), observations(a_fact(n, at, chosen, event_type=rng.choice(TYPES)), a_policy())


def a_statement(rng: random.Random, tokens: list[Token], events: list[Event], n: int) -> LinkEntry:
    several = [chosen for chosen, _ in events if len(chosen) > 1]
    a, b = rng.sample(rng.choice(several) if several and rng.random() < 0.7 else tokens, 2)
    return LinkEntry(rng.choice(STATEMENTS), a, b, a_time(rng), an_event_id(n))  # type: ignore[arg-type]


def left_behind(fold: Fold, epoch: int, entries: list[LinkEntry], events: list[Event]) -> list[Event]:
    """Events that belong elsewhere from this epoch on, and of which the customer where they lie is not told."""
    told = {c.customer: (c.since, c.until) for c in fold.apply(epoch, entries) if c.judge}
    missing = []
    for tokens, at in events:
        before, after = fold.who.owner(tokens, at, epoch - 1), fold.who.owner(tokens, at, epoch)
        since, until = told.get(before, (0, 0))
        if before != after and not since <= at < until:
            missing.append((tokens, at))
    return missing


def run(seed: int) -> list[tuple[int, Event]]:
    rng = random.Random(seed)
    tokens = [a_token(kind, n) for kind, count in POOL for n in range(count)]
    fold, events, missing = Fold(a_policy(), MemoryGraph()), list[Event](), list[tuple[int, Event]]()
    for epoch in range(1, 40):
        if rng.random() < 0.3:
            missing += [(epoch, e) for e in left_behind(fold, epoch, [a_statement(rng, tokens, events, epoch)], events)]
            continue
        event, entries = an_event(rng, tokens, epoch)
        missing += [(epoch, e) for e in left_behind(fold, epoch, entries, events)]
        events.append(event)
    return missing


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_every_event_whose_customer_changes_is_told(first: int) -> None:
    assert [seed for seed in range(first, first + 50) if run(seed)] == []


def test_whoever_shows_another_number_is_not_judged_for_it() -> None:
    """A ticket about an order that leads to a customer already moves nothing of hers, so her history is not read."""
    email, order, ticket = a_token("email", 0), a_token("order", 0), a_token("ticket", 0)
    fold = Fold(a_policy(), MemoryGraph())
    fold.apply(1, observations(a_fact(1, T0, [email, order]), a_policy()))
    customer = fold.who.owner([order], T0, 1)
    told = fold.apply(2, observations(a_fact(2, T0, [order, ticket]), a_policy()))
    assert fold.who.owner([ticket], T0, 2) == customer
    assert {control.customer for control in told if control.judge} == {solo(ticket)}
    assert customer in {control.customer for control in told}


@pytest.mark.parametrize("seed", [77, 160, 468, 1290, 1528, 1627, 1781, 1815, 1882])
def test_it_is_told_in_the_runs_that_once_found_an_omission(seed: int) -> None:
    """Numbers that lead to different customers; devices beside an identity of nobody; numbers beside a stronger one of nobody."""
    assert run(seed) == []
