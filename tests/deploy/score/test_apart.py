"""What is left apart and what is wrongly joined, by examples counted by hand."""

import pytest

from deploy.demo.world import Identity, SimulatedEvent
from deploy.score.apart import ALL_SHARED, ONE_KIND, ONLY_PLACE, SHARED_PLACE, TWO_NAMES, LeftApart, joined, left_apart, touching_groups


def event(number: int, truth: str, *identities: tuple[str, str], event_type: str = "page.viewed") -> SimulatedEvent:
    shown: list[Identity] = [{"kind": kind, "value": value} for kind, value in identities]
    return SimulatedEvent({"event_id": str(number), "event_type": event_type, "identities": shown}, truth, "")


def apart(told: list[SimulatedEvent]) -> tuple[LeftApart, ...]:
    """Where all of it was stored."""
    return left_apart(told, {str(event.document["event_id"]) for event in told})


KNOWN = [event(n, "a", ("email", "a@x.example")) for n in (1, 2, 3)]


def test_pairs_that_a_piece_loses_are_its_events_times_those_of_the_person() -> None:
    told = [*KNOWN, event(4, "a", ("anonymous", "c")), event(5, "a", ("anonymous", "c")), event(6, "a", ("social", "net:a"))]
    cookie, social = apart(told)
    assert (cookie.reason, cookie.people, cookie.pieces, cookie.events, cookie.pairs) == (ONLY_PLACE, 1, 1, 2, 2 * 3)
    assert (social.reason, social.pairs) == (ONE_KIND["social"], 1 * (3 + 2))
    assert cookie.pairs + social.pairs == 15 - (3 + 1), "all pairs of six events, less those inside the three pieces"


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        ([("anonymous", "c")], ONLY_PLACE),
        ([("anonymous", "c"), ("click", "k")], ONLY_PLACE),
        ([("click", "k")], ONE_KIND["click"]),
        ([("email", "lent@relay.example")], ONE_KIND["email"]),
        ([("phone", "+491")], ONE_KIND["phone"]),
        ([("account", "acc"), ("email", "other@x.example")], TWO_NAMES),
        ([("account", "acc")], TWO_NAMES),
    ],
)
def test_a_piece_is_explained_by_what_it_shows(shown: list[tuple[str, str]], reason: str) -> None:
    assert [row.reason for row in apart([*KNOWN, event(4, "a", *shown)])] == [reason]


def test_what_several_people_show_explains_nothing_of_itself() -> None:
    phone, tablet = ("phone", "+491"), ("device", "t")
    told = [*KNOWN, event(4, "a", phone), event(5, "b", phone), event(6, "a", tablet), event(7, "b", tablet)]
    assert {row.reason for row in apart(told)} == {ALL_SHARED, SHARED_PLACE}


def test_what_was_not_stored_is_no_loss() -> None:
    told = [*KNOWN, event(4, "a", ("anonymous", "c"))]
    assert left_apart(told, {"1", "2", "3"}) == ()


def test_whoever_is_in_one_piece_is_not_listed() -> None:
    assert apart(KNOWN) == ()


def test_wrong_pairs_are_those_of_different_people_in_one_customer() -> None:
    phone = ("phone", "+491")
    told = [*KNOWN, event(4, "a", phone), event(5, "b", phone), event(6, "b", ("email", "b@x.example")), event(7, "c", ("email", "c"))]
    (row,) = joined({str(n): "one" if n < 7 else "other" for n in range(1, 8)}, told)
    assert (row.shared, row.customers, row.people, row.pairs, row.example) == ("phone", 1, 2, 4 * 2, "a")


def test_nobody_is_joined_where_each_customer_is_one_person() -> None:
    assert joined({"1": "x", "2": "x", "3": "y"}, KNOWN) == ()


def test_the_widest_evidence_takes_what_others_show_too_and_never_spans_two_people() -> None:
    phone = ("phone", "+491")
    groups = touching_groups([event(1, "a", phone), event(2, "a", phone), event(3, "b", phone)])
    assert groups["1"] == groups["2"] != groups["3"]
