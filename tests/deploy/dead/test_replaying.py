"""What a replay would send, and what the commands say before they touch anything."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from deploy.cli import main
from deploy.dead.letters import Letter, Wanted
from deploy.dead.patches import patch_of, unpatched
from deploy.dead.replaying import attempt
from deploy.dead.showing import document
from schemas.codec import DEFAULT_LIMITS
from schemas.dead_letters import KEPT_BYTES
from schemas.examples import example

EVENT = example("page.viewed")
TARGET = "00000000-0000-5000-8000-000000000007"
FIRST = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def a_letter(raw: bytes, **given: Any) -> Letter:
    columns = {
        "raw_partition": 3, "raw_offset": 1287, "reason": "missing_field", "field": "source", "detail": "nothing there", "event_id": "",
        "event_type": "page.viewed", "source": "", "raw_hash": 2**64 - 1, "received_at": FIRST, "tries": 2, "first_try_at": FIRST,
    }  # fmt: skip
    return Letter({**columns, **given}, raw)


def test_a_letter_that_would_be_taken_goes_under_the_key_of_its_event() -> None:
    found = attempt(a_letter(orjson.dumps(EVENT)), unpatched, DEFAULT_LIMITS)
    assert (found.key, found.refusal, found.obstacle) == (EVENT["event_id"].encode(), "", "")
    retraction = orjson.dumps(example("touchpoint.retracted", payload={"target_event_id": TARGET}))
    assert attempt(a_letter(retraction), unpatched, DEFAULT_LIMITS).key == TARGET.encode()


def test_one_that_would_die_again_is_told_with_its_reason_and_may_be_sent() -> None:
    found = attempt(a_letter(b"{"), unpatched, DEFAULT_LIMITS)
    assert (found.key, found.refusal, found.obstacle) == (b"3:1287", "not_json", "")


@pytest.mark.parametrize(("raw", "why"), [(b"x" * KEPT_BYTES, "from its source"), (b"[]", "no JSON object to patch")])
def test_one_that_cannot_be_sent_says_why(raw: bytes, why: str) -> None:
    assert why in attempt(a_letter(raw), patch_of(b'{"source":"shop-eu"}'), DEFAULT_LIMITS).obstacle


def test_a_replay_counts_as_a_try_and_a_discard_does_not() -> None:
    letter = a_letter(b"{", detail="d" * 5_000)
    again, gone = letter.retry(), letter.retry(is_discarded=True)
    assert [(r.partition, r.offset, r.tries, r.is_discarded) for r in (again, gone)] == [(3, 1287, 3, False), (3, 1287, 2, True)]
    assert again.received_at == 1_772_357_400_000
    assert len(again.model_dump_json()) < 4_000


def test_conditions_quote_what_people_write() -> None:
    wanted = Wanted(source="it's", since=FIRST, places=[(3, 1287)])
    assert wanted.condition() == (
        "source = 'it\\'s' AND state = 'dead' AND received_at >= fromUnixTimestamp64Milli(1772357400000, 'UTC') "
        "AND (raw_partition, raw_offset) IN ((3, 1287))"
    )


def test_a_letter_is_shown_without_what_names_a_person_unless_asked() -> None:
    raw = orjson.dumps({**EVENT, "identities": [{"kind": "email", "value": "anna@mail.example"}], "source": 7})
    shown, whole = document(a_letter(raw), with_raw=False), document(a_letter(raw), with_raw=True)
    assert "anna" not in str(shown)
    assert "anna@mail.example" in whole["raw"]
    assert document(a_letter(b"anna {"), with_raw=False)["raw"] == "***"


@pytest.mark.parametrize(
    "words",
    [
        ["dead", "list", "--reason", "nonsense"],
        ["dead", "show", "three:four"],
        ["dead", "replay", "--at", "7"],
        ["dead", "list", "--state", "buried"],
        ["dead", "accept"],
        ["reconcile", "--since-offset", "-1"],
    ],
)
def test_wrong_words_are_exit_code_2_with_a_remedy(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "remedy: " in shown.err
