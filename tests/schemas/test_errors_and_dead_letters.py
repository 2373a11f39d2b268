"""Errors carry data and a remedy; a dead letter carries the bytes."""

import orjson
import pytest

from schemas import errors
from schemas.codec import decode
from schemas.dead_letters import DeadLetter, Rejection, RejectReason, raw_text
from schemas.errors import EventInvalid, Fatal, IdentityRefused, Retryable, ServiceUnavailable, TrackerError
from schemas.vocabulary import Word

LEAVES = [leaf for leaf in vars(errors).values() if isinstance(leaf, type) and issubclass(leaf, TrackerError)]


def test_every_error_is_either_worth_a_retry_or_not() -> None:
    for leaf in LEAVES:
        assert leaf is TrackerError or issubclass(leaf, Retryable) != issubclass(leaf, Fatal)


def test_the_tree_at_the_top_of_the_module_names_every_error() -> None:
    drawn = errors.__doc__ or ""
    assert [leaf.__name__ for leaf in LEAVES if leaf.__name__ not in drawn] == []


def test_an_error_reads_as_message_and_remedy_and_keeps_its_attributes() -> None:
    error = ServiceUnavailable("Kafka does not answer", service="Kafka", address="127.0.0.1:9092", remedy="start it")
    assert str(error) == "Kafka does not answer (start it)"
    assert (error.service, error.address, error.remedy) == ("Kafka", "127.0.0.1:9092", "start it")


def test_a_refused_identity_is_a_value_error_so_that_pydantic_reports_its_field() -> None:
    assert issubclass(IdentityRefused, ValueError)


def test_a_rejection_becomes_an_error_for_the_producer() -> None:
    rejection = decode(b"{}")
    assert isinstance(rejection, Rejection)
    error = rejection.error()
    assert isinstance(error, EventInvalid)
    assert error.field == "event_type"


def test_every_reason_has_a_meaning() -> None:
    for reason in RejectReason:
        assert isinstance(reason, Word)
        assert reason.meaning


@pytest.mark.parametrize("raw", [b"", b"\xff\x00{", b"{}"])
def test_a_dead_letter_keeps_every_byte(raw: bytes) -> None:
    letter = DeadLetter.model_validate(
        {
            "raw_base64": raw_text(raw),
            "reason": "not_json",
            "field": "",
            "detail": "no JSON",
            "topic": "touchpoints.raw",
            "partition": 3,
            "offset": 2**40,
            "received_at": "2026-03-01T00:00:00Z",
            "code_version": "0.1.0",
            "rules_version": 1,
            "first_try_at": "2026-03-01T00:00:00Z",
            "last_try_at": "2026-03-01T00:00:00Z",
        }
    )
    again = DeadLetter.model_validate(orjson.loads(letter.model_dump_json()))
    assert again == letter
    assert again.raw == raw
