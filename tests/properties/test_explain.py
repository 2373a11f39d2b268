"""`why` tells the truth: the two are one customer exactly where the fold says so, and each step is what the links say."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.links import LinkEntry, Token
from streams.core.identity import kruskal
from streams.core.identity.explain import Explainer, Step, Why, beside
from streams.core.identity.policy import Policy
from tests.builders import T0, a_policy, an_event_id
from tests.properties.test_identity_fold import ENTRIES, LOGINS, NARROW, POOL, folded
from tests.properties.whole_fold import WholeFold

RUNS = 1_500
POLICIES = (a_policy(), NARROW)
WHATS = ("pair",) * 12 + ("cut", "linked", "shared")
Case = tuple[list[list[LinkEntry]], tuple[Token, Token], Policy]


def an_entry(rng: random.Random, pool: list[Token]) -> LinkEntry:
    a, b = rng.sample(pool, 2)
    return LinkEntry(rng.choice(WHATS), a, b, T0 + rng.randint(0, 9), an_event_id(rng.randint(0, 50)))  # type: ignore[arg-type]


def a_case(seed: int) -> Case:
    """Random links, denser than hypothesis makes them: ways with detours and obstacles need many. Half of the runs know few identities."""
    rng = random.Random(seed)
    pool = POOL if seed % 2 else rng.sample(POOL, 9)
    frames = [[an_entry(rng, pool)] for _ in range(rng.randint(1, 40))]
    a, b = rng.sample(pool, 2)
    return frames, (a, b), rng.choice(POLICIES)


def customer(whole: WholeFold, token: Token) -> bytes:
    return whole.found_by(token) if token[0] in whole.policy.numbers else whole.owner_of(token)


def asked(frames: list[list[LinkEntry]], pair: tuple[Token, Token], policy: Policy) -> Why:
    told = [(epoch, entry) for epoch, entries in enumerate(frames) for entry in entries]
    return Explainer(policy, beside(lambda: told, pair)).why(*pair)


@pytest.mark.parametrize("part", range(3))
def test_two_are_explained_as_one_exactly_where_the_fold_makes_them_one(part: int) -> None:
    verdicts = set()
    for seed in range(part, RUNS, 3):
        frames, pair, policy = a_case(seed)
        why, who = asked(frames, pair, policy), folded(frames, policy).who
        customers = [who.found_by(t, len(frames)) if t[0] in policy.numbers else who.owner_of(t, len(frames)) for t in pair]
        assert why.is_joined == (customers[0] == customers[1] != b""), seed
        assert [why.customer_a, why.customer_b] == customers, seed
        verdicts.add(why.is_joined)
    assert verdicts == {True, False}


def test_each_step_follows_from_the_set_of_links() -> None:
    met: set[object] = set()
    for seed in range(RUNS):
        frames, pair, policy = a_case(seed)
        why, whole = asked(frames, pair, policy), WholeFold([e for entries in frames for e in entries], policy)
        chain = [why.steps[0].a, *(step.b for step in why.steps)] if why.steps else []
        assert [(step.a, step.b) for step in why.steps] == list(pairwise(chain))
        assert not chain or (chain[0], chain[-1]) == pair
        assert bool(chain) == is_connected(whole, *pair)
        if chain and not why.is_joined:
            assert {step.state for step in why.steps} - {"joined", "finds"}, seed
        for step in why.steps:
            check(step, whole)
        assert {mute.token for mute in why.mutes} == {*chain, *pair} & whole.nobody
        met |= {step.state for step in why.steps} | {step.limit for step in why.steps} | {mute.rule for mute in why.mutes}
    assert met >= {"joined", "conflict", "cut", "shared", "number", "finds", kruskal.CAP, 1, 2, 3, "marked", "crowd"}, "all of it was met"


def check(step: Step, whole: WholeFold) -> None:
    ends = frozenset((step.a, step.b))
    assert step.first_seen == whole.seen.get(ends, 2**62)
    assert (ends in whole.cut) == (step.state == "cut") == (step.cut_at is not None)
    if step.state in ("joined", "finds"):
        assert customer(whole, step.a) == customer(whole, step.b) != b""
    if step.state == "conflict":
        assert b"" != customer(whole, step.a) != customer(whole, step.b) != b""
        assert breaks(whole, step.a, step.b, step.limit)
    if step.state == "shared":
        assert whole.nobody & ends


def is_connected(whole: WholeFold, a: Token, b: Token) -> bool:
    """By anything ever seen together or said of both; numbers of equal strength are not kept beside each other."""
    strength, reached, rest = whole.policy.strength, {a}, {a}
    pairs = [ends for ends in whole.seen.keys() | whole.cut if len(ends) == 2]
    pairs = [ends for ends in pairs if len({strength[t[0]] for t in ends}) == 2 or not any(t[0] in whole.policy.numbers for t in ends)]
    while rest:
        rest = {t for ends in pairs if ends & rest for t in ends} - reached
        reached |= rest
    return b in reached


def breaks(whole: WholeFold, a: Token, b: Token, limit: int | None) -> bool:
    """The two customers as they ended would break it too, for customers only grow while links are taken."""
    counts: list[dict[int, int]] = []
    for end in (a, b):
        members = [t for t, owner in whole.owner.items() if owner == whole.owner_of(end)] or [end]
        counts.append({code: sum(t[0] == code for t in members) for code in {t[0] for t in members}})
    if limit == kruskal.CAP:
        return sum(n for c in counts for code, n in c.items() if code not in whole.policy.uncounted) > whole.policy.component_cap
    return limit is not None and sum(c.get(limit, 0) for c in counts) > whole.policy.limit[limit]


@settings(max_examples=200, deadline=None)
@given(st.lists(LOGINS | ENTRIES, max_size=30), st.sampled_from([t for t in POOL if t[0] == 8]))
def test_who_held_a_device_is_told_for_every_moment(entries: list[LinkEntry], device: Token) -> None:
    explainer = Explainer(a_policy(), list(enumerate(entries)))
    held = explainer.holdings(device)
    for at in range(T0 - 1, T0 + 11):
        found = [h.customer for h in held if h.since <= at < h.until]
        assert found == ([explainer.who.holder(device, at, len(entries))] if found else [])
        assert found or not explainer.who.holder(device, at, len(entries))
