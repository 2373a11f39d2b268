"""Who is who by hand-made cases, one rule each."""

import random

import pytest

from tests.reference.cases import content, statement, token_of
from tests.reference.contents import Content
from tests.reference.links import links_of
from tests.reference.rules import LIMIT, NOBODY_ABOVE
from tests.reference.who import CustomerKey, Who, owner_of, who_is_who


def who(*contents: Content) -> Who:
    mixed = list(contents)
    random.Random(len(mixed)).shuffle(mixed)
    return who_is_who(links_of(mixed, token_of))


def owner(known: Who, *identities: str, minute: float = 0, event_type: str = "page.viewed") -> CustomerKey:
    return owner_of(known, content(event_type, minute, *identities))


def test_an_anonymous_visit_belongs_to_whoever_logged_in_on_it_later() -> None:
    known = who(content("login.succeeded", 9, "account:a", "anonymous:c"))
    assert owner(known, "anonymous:c", minute=0) == ("account", "a")


def test_a_customer_is_named_after_the_strongest_identity() -> None:
    known = who(content("page.viewed", 0, "anonymous:c", "email:e@x.example"), content("page.viewed", 1, "email:e@x.example", "account:a"))
    assert owner(known, "anonymous:c") == ("account", "a")


def test_of_two_equally_strong_ones_the_first_seen_names_the_customer() -> None:
    known = who(
        content("page.viewed", 5, "email:b@x.example", "phone:+4915112345678"),
        content("page.viewed", 3, "email:a@x.example", "phone:+4915112345678"),
    )
    assert owner(known, "phone:+4915112345678") == ("email", "a@x.example")


def test_two_accounts_never_become_one_customer_and_the_pair_is_a_conflict() -> None:
    known = who(content("page.viewed", 0, "account:a", "email:e@x.example"), content("page.viewed", 1, "account:b", "email:e@x.example"))
    assert owner(known, "email:e@x.example") == ("account", "a")
    assert owner(known, "account:b", "email:e@x.example") == ("account", "b")
    assert len(known.conflicts) == 1


def test_stronger_links_join_before_weaker_ones_whenever_they_came() -> None:
    known = who(
        content("page.viewed", 0, "account:a", "anonymous:c"),
        content("page.viewed", 1, "anonymous:c", "email:e@x.example"),
        content("page.viewed", 9, "account:b", "email:e@x.example"),
    )
    assert owner(known, "email:e@x.example") == ("account", "b")
    assert owner(known, "anonymous:c") == ("account", "a")


def test_a_limit_of_several_is_kept() -> None:
    cards = [content("page.viewed", n, f"loyalty:card-{n}", "email:e@x.example") for n in range(LIMIT["loyalty"] + 1)]
    known = who(*cards)
    together = [n for n in range(len(cards)) if owner(known, f"loyalty:card-{n}") == owner(known, "email:e@x.example")]
    assert together == [0, 1]


def test_a_cookie_of_two_accounts_is_shared_and_joins_nobody() -> None:
    known = who(content("page.viewed", 0, "account:a", "anonymous:c"), content("page.viewed", 1, "account:b", "anonymous:c"))
    assert owner(known, "account:a", "anonymous:c") == ("account", "a")
    assert owner(known, "anonymous:c") == ("anonymous", "c")


def test_two_kinds_of_strong_identities_do_not_add_up_to_shared() -> None:
    known = who(content("page.viewed", 0, "account:a", "customer_number:n", "anonymous:c"))
    assert owner(known, "anonymous:c") == ("customer_number", "n")


def test_on_a_shared_device_an_event_belongs_to_whoever_is_logged_in() -> None:
    known = who(
        content("login.succeeded", 10, "account:a", "device:d"),
        content("logout.done", 20, "account:a", "device:d"),
        content("login.succeeded", 30, "account:b", "device:d"),
    )
    owners = {minute: owner(known, "device:d", minute=minute) for minute in (9, 10, 19, 20, 29, 30, 99)}
    nobody, a, b = ("device", "d"), ("account", "a"), ("account", "b")
    assert owners == {9: nobody, 10: a, 19: a, 20: nobody, 29: nobody, 30: b, 99: b}


def test_a_login_on_a_device_of_one_person_needs_no_interval() -> None:
    known = who(content("login.succeeded", 10, "account:a", "device:d"), content("logout.done", 20, "account:a", "device:d"))
    assert owner(known, "device:d", minute=50) == ("account", "a")


def test_an_identity_declared_shared_joins_nobody() -> None:
    known = who(content("page.viewed", 0, "account:a", "phone:+4915112345678"), statement("shared", 1, "phone:+4915112345678"))
    assert owner(known, "phone:+4915112345678") == ("phone", "+4915112345678")


def test_an_identity_with_too_many_neighbours_identifies_nobody_and_clicks_do_not_count() -> None:
    social = [content("page.viewed", n, f"social:x:{n}", "email:e@x.example") for n in range(NOBODY_ABOVE + 1)]
    clicks = [content("page.viewed", n, f"click:{n}", "email:f@x.example", name=f"click {n}") for n in range(NOBODY_ABOVE + 1)]
    known = who(*social, *clicks)
    assert ("email", "e@x.example") in known.shared
    assert ("email", "f@x.example") not in known.shared


def test_an_unlink_wins_over_what_was_seen_even_later() -> None:
    known = who(
        content("page.viewed", 0, "account:a", "email:e@x.example"),
        statement("unlinked", 5, "account:a", "email:e@x.example"),
        content("page.viewed", 9, "account:a", "email:e@x.example"),
    )
    assert owner(known, "email:e@x.example") == ("email", "e@x.example")


@pytest.mark.parametrize(("minute", "named_after"), [(4, ("email", "e@x.example")), (5, ("email", "e@x.example")), (6, ("account", "a"))])
def test_only_a_later_word_of_somebody_restores_an_unlinked_pair(minute: float, named_after: CustomerKey) -> None:
    known = who(
        content("page.viewed", 0, "account:a", "email:e@x.example"),
        statement("unlinked", 5, "account:a", "email:e@x.example"),
        statement("linked", minute, "email:e@x.example", "account:a"),
    )
    assert owner(known, "email:e@x.example") == named_after


def test_a_number_finds_its_customer_over_other_numbers() -> None:
    known = who(content("order.placed", 0, "email:e@x.example", "order:O"), content("shipment.delivered", 1, "order:O", "shipment:P"))
    assert owner(known, "shipment:P") == ("email", "e@x.example")


def test_a_number_seen_with_two_people_joins_neither_and_finds_the_stronger() -> None:
    known = who(content("order.placed", 0, "email:e@x.example", "order:O"), content("order.placed", 1, "account:a", "order:O"))
    assert owner(known, "email:e@x.example") == ("email", "e@x.example")
    assert owner(known, "order:O") == ("account", "a")


def test_a_number_passes_over_what_is_shared() -> None:
    known = who(
        content("order.placed", 0, "phone:+4915112345678", "order:O"),
        content("order.placed", 1, "anonymous:c", "order:O"),
        statement("shared", 2, "phone:+4915112345678"),
    )
    assert owner(known, "order:O") == ("anonymous", "c")


def test_numbers_of_two_sources_are_two() -> None:
    known = who(content("order.placed", 0, "email:e@x.example", "order:O"))
    foreign = content("shipment.delivered", 1, "order:O", source="elsewhere", payload={"shipment_id": "Q", "order_id": "O"})
    assert owner_of(known, foreign) != ("email", "e@x.example")


def test_junk_joins_nobody_and_alone_makes_a_customer_of_its_own() -> None:
    known = who(content("page.viewed", 0, "account:a", "anonymous:Guest"), content("page.viewed", 1, "account:b", "anonymous:Guest"))
    assert owner(known, "account:a") == ("account", "a")
    alone = content("page.viewed", 2, "anonymous:undefined", "email:noreply@x.example")
    assert owner_of(known, alone) == ("anonymous", f"event:{alone.event.event_id}")


def test_pairs_of_the_content_that_lost_count_too() -> None:
    lost = content("page.viewed", 0, "account:a", "anonymous:c", name="one", sent_at="2025-06-02T09:00:00.000Z")
    won = content("page.viewed", 0, "anonymous:c", name="one", sent_at="2025-06-02T09:30:00.000Z")
    assert owner(who(lost, won), "anonymous:c") == ("account", "a")
