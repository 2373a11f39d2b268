"""`why` tells the truth: the two are one customer exactly where the fold says so, and each step is what the links say."""

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.links import LinkEntry, Token
from streams.core.identity import kruskal
from streams.core.identity.explain import Explainer, Why, beside
from streams.core.identity.policy import Policy
from tests.builders import T0, a_policy
from tests.properties.test_identity_fold import ENTRIES, LOGINS, NARROW, POOL, folded
from tests.properties.whole_fold import WholeFold

POLICIES = st.sampled_from([a_policy(), NARROW])
PAIRS = st.tuples(st.sampled_from(POOL), st.sampled_from(POOL)).filter(lambda pair: pair[0] != pair[1])
FRAMES = st.lists(st.lists(ENTRIES | LOGINS, min_size=1, max_size=4), min_size=1, max_size=30)


def customer(whole: WholeFold, token: Token) -> bytes:
    return whole.found_by(token) if token[0] in whole.policy.numbers else whole.owner_of(token)


def asked(frames: list[list[LinkEntry]], pair: tuple[Token, Token], policy: Policy) -> Why:
    told = [(epoch, entry) for epoch, entries in enumerate(frames) for entry in entries]
    return Explainer(policy, beside(told, pair)).why(*pair)


@settings(max_examples=600, deadline=None)
@given(FRAMES, PAIRS, POLICIES)
def test_two_are_explained_as_one_exactly_where_the_fold_makes_them_one(
    frames: list[list[LinkEntry]], pair: tuple[Token, Token], policy: Policy
) -> None:
    why, fold = asked(frames, pair, policy), folded(frames, policy)
    last = len(frames)
    customers = [fold.who.found_by(t, last) if t[0] in policy.numbers else fold.who.owner_of(t, last) for t in pair]
    assert why.is_joined == (customers[0] == customers[1] != b"")
    assert [why.customer_a, why.customer_b] == customers


@settings(max_examples=600, deadline=None)
@given(FRAMES, PAIRS, POLICIES)
def test_each_step_follows_from_the_set_of_links(frames: list[list[LinkEntry]], pair: tuple[Token, Token], policy: Policy) -> None:
    why, whole = asked(frames, pair, policy), WholeFold([e for entries in frames for e in entries], policy)
    if why.steps:
        chain = [why.steps[0].a, *(step.b for step in why.steps)]
        assert (chain[0], chain[-1]) == pair
        assert [step.a for step in why.steps] == chain[:-1]
    for step in why.steps:
        ends = frozenset((step.a, step.b))
        assert step.first_seen == whole.seen.get(ends, 2**62)
        assert (ends in whole.cut) == (step.state == "cut") == (step.cut_at is not None)
        if step.state == "joined":
            assert customer(whole, step.a) == customer(whole, step.b) != b""
        if step.state == "conflict":
            assert b"" != customer(whole, step.a) != customer(whole, step.b) != b""
            assert breaks(whole, step.a, step.b, step.limit)
        if step.state == "shared":
            assert whole.nobody & ends
    if why.steps and not why.is_joined:
        assert {step.state for step in why.steps} - {"joined", "finds"}
    named = {t for step in why.steps for t in (step.a, step.b)} | set(pair)
    assert {mute.token for mute in why.mutes} == named & whole.nobody


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
