"""Which alike pairs become suggestions."""

from dataclasses import replace
from uuid import UUID

from deploy.suggest.candidates import id_of, may_join, suggestions
from deploy.suggest.matching import Likeness
from deploy.suggest.records import Record
from schemas.vocabulary import IdentityKind
from streams.rules_file import load_rules
from tests.deploy.suggest.people import person

RULES = load_rules().identity
A, B = person(1), person(2)


def told(*records: Record, decided: frozenset[UUID] = frozenset()) -> list[str]:
    by_id = {record.customer_id: record for record in records}
    first, second = sorted(by_id)
    pairs = [Likeness(first, second, 0.9, "same name")]
    return [str(one.suggestion_id) for one in suggestions(pairs, by_id, RULES, decided)]


def test_an_alike_pair_is_suggested_under_an_id_of_its_two_identities() -> None:
    assert told(A, B) == [str(id_of(A.identity, B.identity))]
    assert id_of(A.identity, B.identity) == id_of(B.identity, A.identity)


def test_the_id_does_not_hang_on_the_customers_ids() -> None:
    assert told(replace(A, customer_id="z"), B) == told(A, B)


def test_what_people_have_decided_does_not_come_back() -> None:
    assert told(A, B, decided=frozenset({id_of(A.identity, B.identity)})) == []


def test_a_pair_that_a_limit_keeps_apart_is_not_suggested() -> None:
    numbered = [replace(record, counts={"customer_number": 1}) for record in (A, B)]
    assert told(*numbered) == []
    assert told(numbered[0], B) != [], "one of them without a customer number can join"


def test_limits_count_the_identities_of_both() -> None:
    most = RULES.kinds[IdentityKind.EMAIL].limit
    assert most is not None
    assert may_join(replace(A, counts={"email": most - 1}), replace(B, counts={"email": 1}), RULES)
    assert not may_join(replace(A, counts={"email": most}), replace(B, counts={"email": 1}), RULES)
