"""From Kafka's record to a record of raw."""

from types import SimpleNamespace
from typing import Any

import pytest

from schemas.dead_letters import RejectReason, Retry, retry_header
from schemas.received import RECEIVED_AT, received_header
from streams.admitting import raw_record

NOW = 1_772_357_400_262
SECRET = b"ours"


def a_record(*headers: tuple[str, bytes | None], value: bytes | None = b"{}") -> Any:
    return SimpleNamespace(key=b"k", value=value, partition=3, offset=7, timestamp=NOW, headers=headers)


def test_a_record_was_received_when_kafka_got_it() -> None:
    assert raw_record(a_record(), SECRET).at.received_at == NOW


def test_a_record_that_was_restored_keeps_the_time_at_which_it_was_first_received() -> None:
    assert (
        raw_record(a_record(("other", b"1"), received_header(1_700_000_000_000, b"{}", SECRET)), SECRET).at.received_at == 1_700_000_000_000
    )


def test_no_header_makes_a_record_younger_than_it_is() -> None:
    assert raw_record(a_record(received_header(NOW + 1, b"{}", SECRET)), SECRET).at.received_at == NOW


def test_nobody_without_the_secret_dates_a_record_back() -> None:
    _, signed = received_header(1_700_000_000_000, b"{}", SECRET)
    _, by_another = received_header(1_700_000_000_000, b"{}", b"another")
    _, of_another = received_header(1_700_000_000_000, b"[]", SECRET)
    earlier = b"1600000000000" + signed[13:]
    for forged in (b"1700000000000", by_another, of_another, earlier):
        assert raw_record(a_record((RECEIVED_AT, forged)), SECRET).at.received_at == NOW


@pytest.mark.parametrize("strange", [None, b"", b"-1", b"1e9", "²".encode(), b"\xff", b"9" * 5_000])
def test_a_header_that_is_no_time_does_no_harm(strange: bytes | None) -> None:
    assert raw_record(a_record((RECEIVED_AT, strange)), SECRET).at.received_at == NOW


def test_a_record_without_a_value_has_no_bytes() -> None:
    assert raw_record(a_record(value=None), SECRET).value == b""


def test_a_record_that_sends_a_dead_letter_again_says_which_and_when() -> None:
    retry = Retry(
        partition=1, offset=17, tries=2, reason=RejectReason.NOT_JSON, field="", detail="", event_id="", event_type="", source="",
        raw_hash=1, received_at=5,
    )  # fmt: skip
    assert raw_record(a_record(retry_header(retry, b"{}", SECRET)), SECRET).retry == (retry, NOW)
    assert raw_record(a_record(retry_header(retry, b"{}", b"not ours")), SECRET).retry is None
