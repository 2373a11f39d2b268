"""Splink on a few dozen people: finds those who come twice, says why, and gives the same answer again."""

import pytest

from deploy.suggest.febrl import judge
from deploy.suggest.matching import Likeness, find
from deploy.suggest.records import Fields, Record, fields_of
from tests.deploy.suggest.people import email_of, name_of, person, stranger_like

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
TWICE = (3, 20, 41)


def stranger(customer_id: str, name: str = "") -> Record:
    return Record(customer_id, ("email", customer_id), name)


def everybody() -> dict[str, Fields]:
    records = [person(n) for n in range(60)] + [stranger_like(n, f"r{n:03d}") for n in TWICE]
    mistyped = email_of(7)[0] + email_of(7)
    records.append(Record("t007", ("email", "04ee"), name_of(7), "", (mistyped,), ()))
    return {record.customer_id: fields_of(record) for record in records}


@pytest.fixture(scope="module")
def found() -> list[Likeness]:
    return find(everybody(), 0.5)


def test_who_comes_twice_is_found_and_nobody_else(found: list[Likeness]) -> None:
    assert {(pair.first, pair.second) for pair in found} == {*((f"c{n:03d}", f"r{n:03d}") for n in TWICE), ("c007", "t007")}


def test_reasons_say_what_agrees_and_what_does_not_without_a_value(found: list[Likeness]) -> None:
    reasons = {pair.second: pair.reason for pair in found}
    assert reasons["r003"] == "same name; same address; same postcode; other e-mail"
    assert reasons["t007"] == "same name; similar e-mail"


def test_the_best_come_first_and_none_is_below_the_threshold(found: list[Likeness]) -> None:
    scores = [pair.score for pair in found]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= 0.5


def test_the_same_records_give_the_same_answer_in_whatever_order(found: list[Likeness]) -> None:
    assert find(dict(reversed(everybody().items())), 0.5) == found


@pytest.mark.parametrize(
    "few", [{}, {"a": person(1)}, {"a": stranger("a"), "b": stranger("b")}, {"a": stranger("a", "Anna Bauer"), "b": stranger("b")}]
)
def test_where_no_two_have_a_field_in_common_there_is_no_pair(few: dict[str, Record]) -> None:
    assert find({key: fields_of(record) for key, record in few.items()}, 0.5) == []


def test_names_alone_can_be_compared() -> None:
    names = {f"c{n:02d}": fields_of(stranger(f"c{n:02d}", name_of(n))) for n in range(40)}
    found = find(names | {"twin": fields_of(stranger("twin", name_of(11)))}, 0.001)
    assert ("c11", "twin", "same name") in {(pair.first, pair.second, pair.reason) for pair in found}


def test_precision_and_recall_are_over_all_pairs_as_by_hand() -> None:
    ids = ["rec-1-org", "rec-1-dup-0", "rec-1-dup-1", "rec-2-org", "rec-2-dup-0", "rec-3-org"]  # 3 + 1 true pairs
    pairs = [("rec-1-dup-0", "rec-1-org", 0.99), ("rec-1-org", "rec-3-org", 0.9), ("rec-2-dup-0", "rec-2-org", 0.6)]
    likenesses = [Likeness(first, second, score, "") for first, second, score in pairs]
    at_half, at_most = judge("set", ids, likenesses, 0.5), judge("set", ids, likenesses, 0.95)
    assert (at_half.pairs, at_half.suggested, at_half.precision, at_half.recall, at_half.f1) == (4, 3, 0.6667, 0.5, 0.5714)
    assert (at_most.suggested, at_most.precision, at_most.recall, at_most.f1) == (1, 1.0, 0.25, 0.4)
