"""What becomes of a dead letter that is sent again or given up is told by the record that does it."""

from typing import Any

import pytest

from schemas.dead_letters import LetterState, RejectReason, Retry, letter_version, retry_header, retry_of
from streams import pipeline
from streams.core.admission import Admission, RawRecord
from streams.core.fact_building import Coordinates
from streams.core.overlay import MemoryBytes
from tests.streams.core.told import a_gate, a_record, event, ms, named, only

SECRET = b"a secret"
FIRST, LATER = ms(), ms(days=2)


def a_retry(**given: Any) -> Retry:
    values: dict[str, Any] = {
        "partition": 5, "offset": 70, "tries": 2, "reason": RejectReason.MISSING_FIELD, "field": "source", "detail": "nothing there",
        "event_id": "", "event_type": "page.viewed", "source": "", "raw_hash": 17, "received_at": FIRST,
    }  # fmt: skip
    return Retry(**{**values, **given})


def tried(value: Any, retry: Retry) -> Admission:
    record = a_record(value, 3, received_at=FIRST)
    again = RawRecord(record.key, record.value, record.at, (retry, LATER))
    return pipeline.admit(a_gate(), MemoryBytes(), lambda entry: False, [again])


def test_one_that_is_accepted_now_says_replayed_at_its_first_place() -> None:
    admission = tried(event("page.viewed", when="2026-03-02T09:00:00.000Z"), a_retry())
    row = only(named(admission.effects), "dead_letters")
    assert (row["raw_partition"], row["raw_offset"], row["state"], row["tries"], row["raw"]) == (5, 70, "replayed", 2, "")
    assert (row["first_try_at"], row["last_try_at"], row["reason"], row["raw_hash"]) == (FIRST, LATER, "missing_field", 17)
    assert admission.counts.accepted == 1
    assert len(admission.records) == 1


def test_one_that_dies_again_keeps_its_first_place_and_says_why_it_died_now() -> None:
    admission = tried(b"{", a_retry(tries=4))
    row = only(named(admission.effects), "dead_letters")
    assert (row["raw_partition"], row["raw_offset"], row["state"], row["tries"], row["reason"]) == (5, 70, "dead", 4, "not_json")
    assert (row["first_try_at"], row["last_try_at"]) == (FIRST, LATER)
    assert admission.counts.dead == 1


def test_one_that_is_given_up_is_dropped_by_a_counted_rule() -> None:
    admission = tried(b"", a_retry(tries=1, is_discarded=True))
    row = only(named(admission.effects), "dead_letters")
    assert (row["state"], row["tries"], row["raw"]) == ("discarded", 1, "")
    assert admission.counts.reasons == {("dropped", "discarded"): 1}


def test_one_under_a_foreign_key_is_settled_only_when_it_comes_again() -> None:
    record = a_record(event("page.viewed"), 3)
    again = RawRecord(b"any", record.value, record.at, (a_retry(), LATER))
    admission = pipeline.admit(a_gate(), MemoryBytes(), lambda entry: False, [again])
    assert "dead_letters" not in named(admission.effects)
    assert [r.retry for _, r in admission.rekeyed] == [(a_retry(), LATER)]


def test_a_later_try_wins_over_an_earlier_one_and_a_state_over_another_of_the_same_try() -> None:
    versions = [letter_version(tries, state) for tries in (1, 2) for state in LetterState]
    assert versions == sorted(set(versions))
    records = [
        RawRecord(b"", b"{", Coordinates(0, n, FIRST), (a_retry(tries=tries, is_discarded=is_discarded), LATER))
        for n, (tries, is_discarded) in enumerate([(3, True), (2, False)])
    ]
    admission = pipeline.admit(a_gate(), MemoryBytes(), lambda entry: False, records)
    assert only(named(admission.effects), "dead_letters")["state"] == "discarded"


def test_only_who_knows_the_secret_speaks_of_letters() -> None:
    header = retry_header(a_retry(), b"{}", SECRET)
    assert retry_of([("other", None), header], b"{}", SECRET) == a_retry()
    assert retry_of([header], b"{}", b"another secret") is None
    assert retry_of([header], b"{ }", SECRET) is None, "of another record"
    assert retry_of([(header[0], header[1].replace(b'"tries":2', b'"tries":9'))], b"{}", SECRET) is None


@pytest.mark.parametrize("strange", [b"", b"{}", b"\xff" * 40, b"0" * 5_000])
def test_a_header_that_is_none_of_ours_does_no_harm(strange: bytes) -> None:
    assert retry_of([("tracker_letter", strange)], b"{}", SECRET) is None
