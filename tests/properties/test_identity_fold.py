"""The fold of who is who, entry by entry, against the answer from the set alone."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.links import LinkEntry, Token
from streams.core.identity import kruskal
from streams.core.identity.fold import Fold
from streams.core.identity.graph import MemoryGraph
from streams.core.identity.policy import Policy
from tests.builders import T0, a_policy, a_token, an_event_id
from tests.properties.whole_fold import WholeFold

POOL: list[Token] = [
    *(a_token("customer_number", n) for n in range(3)),
    *(a_token("account", n) for n in range(3)),
    *(a_token("loyalty", n) for n in range(3)),
    *(a_token("email", n) for n in range(4)),
    *(a_token("device", n) for n in range(3)),
    *(a_token("anonymous", n) for n in range(4)),
    *(a_token("order", n) for n in range(2)),
    *(a_token("ticket", n) for n in range(2)),
]
TOKENS = st.sampled_from(POOL)
ENTRIES = st.builds(
    LinkEntry,
    st.sampled_from(["pair"] * 12 + ["cut", "linked", "shared"]),
    TOKENS,
    TOKENS,
    st.integers(T0, T0 + 9),
    st.integers(0, 50).map(an_event_id),
)
DEVICES = st.sampled_from([t for t in POOL if t[0] in (8, 9)])
ACCOUNTS = st.sampled_from([t for t in POOL if t[0] == 2])
WHAT = st.sampled_from(["login", "logout"])
LOGINS = st.builds(LinkEntry, WHAT, DEVICES, ACCOUNTS, st.integers(T0, T0 + 9), st.integers(0, 50).map(an_event_id))


NARROW = replace(a_policy(), nobody_above=3, component_cap=5)
"""So that the limits which take a thousand identities are reached."""


def folded(frames: list[list[LinkEntry]], policy: Policy | None = None) -> Fold:
    fold = Fold(policy or a_policy(), MemoryGraph())
    for epoch, entries in enumerate(frames):
        fold.apply(epoch, entries)
    return fold


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(ENTRIES | LOGINS, min_size=1, max_size=4), max_size=30), st.randoms(use_true_random=False))
def test_the_fold_in_any_order_and_split_equals_the_answer_from_the_set(frames: list[list[LinkEntry]], rng: object) -> None:
    entries = [e for frame in frames for e in frame]
    whole = WholeFold(entries, a_policy())
    shuffled = entries + entries[: len(entries) // 3]
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    for fold, last in ((folded(frames), len(frames)), (folded([[e] for e in shuffled]), len(shuffled))):
        for token in POOL:
            if token[0] in a_policy().numbers:
                assert fold.who.found_by(token, last) == whole.found_by(token)
            else:
                assert fold.who.owner_of(token, last) == whole.owner_of(token), token
        for tokens in ([t] for t in POOL):
            assert fold.who.owner(tokens, T0 + 5, last) == whole.of(tokens, T0 + 5)


@settings(max_examples=300, deadline=None)
@given(st.lists(ENTRIES | LOGINS, max_size=60), st.randoms(use_true_random=False), st.sampled_from((1, 2, 5, 60)))
def test_the_caps_hold_in_any_order_and_frame_too(entries: list[LinkEntry], rng: object, together: int) -> None:
    whole = WholeFold(entries, NARROW)
    shuffled = entries + entries[: len(entries) // 3]
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    fold = folded([shuffled[at : at + together] for at in range(0, len(shuffled), together)], NARROW)
    for token in POOL:
        known = fold.who.found_by if token[0] in NARROW.numbers else fold.who.owner_of
        expected = whole.found_by if token[0] in NARROW.numbers else whole.owner_of
        assert known(token, len(shuffled)) == expected(token)


@settings(max_examples=150, deadline=None)
@given(st.lists(ENTRIES, min_size=1, max_size=40), st.integers(0, 39))
def test_who_is_who_as_of_an_epoch_is_what_was_known_then(entries: list[LinkEntry], asked: int) -> None:
    fold = folded([[e] for e in entries])
    epoch = min(asked, len(entries) - 1)
    then = WholeFold(entries[: epoch + 1], a_policy())
    for token in POOL:
        if token[0] not in a_policy().numbers:
            assert fold.who.owner_of(token, epoch) == then.owner_of(token)
        else:
            assert fold.who.found_by(token, epoch) == then.found_by(token)


def test_a_region_beyond_the_cap_is_told_once_for_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its links had the whole region told: thousands of them kept everybody waiting."""
    narrow = replace(a_policy(), component_cap=4)
    tokens = [a_token("anonymous", n) for n in range(21)]
    links = [LinkEntry("pair", a, b, n, an_event_id(n)) for n, (a, b) in enumerate(pairwise(tokens))]
    fold, told = Fold(narrow, MemoryGraph()), list[int]()
    groups = kruskal.groups

    def counted(members: dict[Token, Any], *more: Any) -> list[list[Token]]:
        told.append(len(members))
        return groups(members, *more)

    monkeypatch.setattr(kruskal, "groups", counted)
    fold.apply(0, links)
    assert told == [len(tokens)]
    assert len({fold.who.owner_of(token, 0) for token in tokens}) == 6
