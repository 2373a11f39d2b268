"""Precision and recall against the truth, by hand-counted examples."""

import pytest

from deploy.demo.evidence import evidence_groups
from deploy.demo.truth import b_cubed, by_difficulty, pairwise, scoreboard
from deploy.demo.world import Identity, SimulatedEvent


def event(number: int, truth: str, *identities: tuple[str, str], event_type: str = "page.viewed", difficulty: str = "") -> SimulatedEvent:
    shown: list[Identity] = [{"kind": kind, "value": value} for kind, value in identities]
    return SimulatedEvent({"event_id": str(number), "event_type": event_type, "identities": shown}, truth, difficulty)


def test_a_perfect_stitching_has_precision_and_recall_of_one() -> None:
    truth = {"1": "a", "2": "a", "3": "b"}
    for score in (pairwise(truth, truth), b_cubed(truth, truth)):
        assert (score.precision, score.recall, score.f1) == (1.0, 1.0, 1.0)


def test_pairs_are_counted_as_by_hand() -> None:
    truth = {"1": "a", "2": "a", "3": "a", "4": "b"}
    found = {"1": "x", "2": "x", "3": "y", "4": "y"}  # joined: 12, 34; true: 12, 13, 23; both: 12
    score = pairwise(found, truth)
    assert score.precision == pytest.approx(1 / 2)
    assert score.recall == pytest.approx(1 / 3)
    assert score.pairs == 3


def test_b_cubed_is_the_mean_over_events_as_by_hand() -> None:
    truth = {"1": "a", "2": "a", "3": "a", "4": "b"}
    found = {"1": "x", "2": "x", "3": "y", "4": "y"}  # precision 1, 1, 1/2, 1/2; recall 2/3, 2/3, 1/3, 1
    score = b_cubed(found, truth)
    assert score.precision == pytest.approx(3 / 4)
    assert score.recall == pytest.approx(8 / 12)


def test_everything_in_one_customer_has_full_recall_and_little_precision() -> None:
    truth = {str(n): str(n % 10) for n in range(100)}
    score = pairwise(dict.fromkeys(truth, "all"), truth)
    assert score.recall == 1.0
    assert score.precision == pytest.approx(10 * 45 / 4950)


def test_events_that_nobody_stored_are_not_compared() -> None:
    assert pairwise({"1": "x"}, {"1": "a", "2": "a"}).events == 1


def test_evidence_connects_what_one_persons_own_identity_shows() -> None:
    groups = evidence_groups([event(1, "a", ("email", "e")), event(2, "a", ("email", "e")), event(3, "a", ("anonymous", "c"))])
    assert groups["1"] == groups["2"] != groups["3"]


def test_what_two_people_show_connects_nothing() -> None:
    groups = evidence_groups([event(1, "a", ("phone", "p")), event(2, "a", ("phone", "p")), event(3, "b", ("phone", "p"))])
    assert len(set(groups.values())) == 3


def test_a_login_connects_what_the_same_person_does_on_a_shared_tablet_until_the_logout() -> None:
    tablet = ("device", "t")
    told = [
        event(1, "a", ("account", "a"), tablet, event_type="login.succeeded"),
        event(2, "a", tablet),
        event(3, "a", tablet, event_type="logout.done"),
        event(4, "a", tablet),
        event(5, "b", tablet),
    ]
    groups = evidence_groups(told)
    assert groups["1"] == groups["2"] == groups["3"]
    assert groups["4"] != groups["1"]


def test_a_number_finds_and_does_not_join_two_names() -> None:
    order = ("order", "o")
    told = [event(1, "a", ("email", "e"), order), event(2, "a", ("phone", "p"), order), event(3, "a", order)]
    groups = evidence_groups(told)
    assert groups["1"] == groups["3"] != groups["2"]


def test_recall_over_evidence_forgives_what_nothing_connects() -> None:
    told = [event(1, "a", ("email", "e")), event(2, "a", ("email", "e")), event(3, "a", ("anonymous", "c"))]
    board = scoreboard({"1": "x", "2": "x", "3": "y"}, told)
    assert board.pairwise.recall == pytest.approx(1 / 3)
    assert board.connected.recall == 1.0
    assert (board.people, board.customers) == (1, 2)


def test_events_that_are_nobodys_do_not_count() -> None:
    told = [event(1, "a", ("email", "e")), event(2, "", ("email", "e"))]
    assert scoreboard({"1": "x", "2": "x"}, told).pairwise.events == 1


def test_a_wrong_join_counts_against_both_kinds_of_difficulty() -> None:
    told = [event(1, "a", ("email", "e"), difficulty="office"), event(2, "b", ("email", "f")), event(3, "b", ("email", "f"))]
    boards = by_difficulty({"1": "x", "2": "x", "3": "x"}, told)
    assert boards["office"].pairwise.precision == 0.0
    assert boards["none"].pairwise.precision == pytest.approx(1 / 3)
