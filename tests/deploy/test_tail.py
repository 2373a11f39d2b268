"""What `tracker tail` makes of each kind of record, and what it hides."""

from __future__ import annotations

from uuid import UUID

import orjson
import pytest

from deploy.tail import DECODERS, passing
from deploy.tail.masking import masked_event
from schemas.dead_letters import DeadLetter, RejectReason, raw_text
from schemas.examples import example, examples
from schemas.facts import Control, ResolvedFrame, encode_resolved
from schemas.ledger_tables import TABLES
from schemas.links import LinkEntry, LinkFrame, encode_links, token_for
from schemas.normalise import moment
from schemas.row_frames import RowFrame, TableRows, encode_rows

CUSTOMER = UUID("0b6f2d0e-8b7a-8f5e-9d0b-1c7a54a5f0aa")


def test_an_event_is_shown_without_what_names_a_person() -> None:
    [line] = passing("raw", orjson.dumps(example("ticket.opened", note="by Anna Keller")), show_personal=False)
    assert (line.kind, line.at) == ("ticket.opened", "2026-03-02T09:30:00.000Z")
    assert line.document["identities"] == [{"kind": "email", "value": "a***@example.org"}]
    assert line.document["note"] == "***"
    assert line.document["payload"]["ticket_id"] == example("ticket.opened")["payload"]["ticket_id"]
    assert line.document["payload"]["subject"] == "***"
    assert line.who == ("anna.keller@example.org",)


@pytest.mark.parametrize("document", examples(), ids=lambda document: document["event_type"])
def test_no_identity_of_any_type_of_event_is_shown_in_clear(document: dict[str, object]) -> None:
    told = dict(document)
    told["identities"] = [{"kind": "email", "value": "anna.keller@example.org"}, {"kind": "phone", "value": "+4930123456"}]
    told["context"] = {"page": "https://shop.example/?mail=anna.keller", "click_ids": {"gclid": "anna.keller"}, "device_id": "anna.keller"}
    text = orjson.dumps(masked_event(told)).decode()
    assert "anna.keller" not in text
    assert "+4930123456" not in text


def test_personal_data_is_shown_where_asked() -> None:
    [line] = passing("raw", orjson.dumps(example("ticket.opened")), show_personal=True)
    assert line.document == example("ticket.opened")


def test_a_dead_letter_tells_its_reason_and_hides_its_bytes() -> None:
    at = moment("2026-03-02T09:30:00Z")
    letter = DeadLetter(
        raw_base64=raw_text(b'{"mail": "anna"}'),
        reason=RejectReason.MISSING_FIELD,
        field="event_type",
        detail="nothing",
        topic="touchpoints.raw",
        partition=1,
        offset=7,
        received_at=at,
        code_version="1",
        rules_version=1,
        first_try_at=at,
        last_try_at=at,
    )
    value = letter.model_dump_json().encode()
    [hidden], [shown] = passing("dead", value, show_personal=False), passing("dead", value, show_personal=True)
    assert (hidden.kind, hidden.document["field"], hidden.document["raw"]) == ("missing_field", "event_type", "***")
    assert shown.document["raw"] == '{"mail": "anna"}'


def test_rows_are_shown_by_the_names_of_their_columns() -> None:
    table = TABLES["journeys"]
    values = {"customer_id": CUSTOMER.bytes, "opened_at": 1_772_443_800_000, "gross": 199_000, "version": 5}
    row = tuple(values.get(column.name) for column in table.columns)
    withdrawal = (*(CUSTOMER.bytes for _ in table.keys), 6)
    frame = RowFrame(1, 1, "touchpoints.resolved.g1", 0, 1, 2, {"journeys": TableRows([row], [withdrawal])})
    upserted, withdrawn = passing("journeys", encode_rows(frame), show_personal=False)
    assert upserted.document == {
        "customer_id": str(CUSTOMER),
        "opened_at": "2026-03-02T09:30:00.000Z",
        "gross": "19.9",
        "version": 5,
    }
    assert (upserted.kind, upserted.who) == ("journeys", (str(CUSTOMER),))
    assert withdrawn.kind == "journeys withdrawn"


def test_a_personal_column_is_masked() -> None:
    table = TABLES["identities"]
    row = tuple("anna" if column.name == "value" else None for column in table.columns)
    frame = RowFrame(1, 1, "touchpoints.resolved.g1", 0, 1, 2, {"identities": TableRows([row], [])})
    [line] = passing("journeys", encode_rows(frame), show_personal=False)
    assert line.document == {"value": "***"}


def test_control_records_and_links_are_told() -> None:
    frame = ResolvedFrame(7, [], [], [Control(CUSTOMER.bytes, True, 0, 1, [], [])])
    [control] = passing("resolved", encode_resolved(frame), show_personal=False)
    assert (control.kind, control.document["epoch"], control.who) == ("control", 7, (str(CUSTOMER),))
    tokens = [token_for("email", "anna@example.org", b"key"), token_for("account", "7", b"key")]
    entry = LinkEntry("pair", tokens[0], tokens[1], 1_772_443_800_000, CUSTOMER.bytes)
    [link] = passing("links", encode_links(LinkFrame([entry])), show_personal=False)
    assert link.kind == "pair"
    assert link.document["a"].startswith("email:")


@pytest.mark.parametrize("topic", sorted(DECODERS))
@pytest.mark.parametrize("value", [b"", b"{", b"[1]", b"\x00\xff", b"\x93\x01", None, b"7", b'{"identities": 3, "payload": [1]}'])
def test_a_record_that_is_none_of_ours_is_told_and_not_raised(topic: str, value: bytes | None) -> None:
    assert len(list(passing(topic, value, show_personal=False))) <= 1
