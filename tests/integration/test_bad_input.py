"""What cannot be accepted ends as a dead letter with its bytes, its reason, its field and its place; what stands beside it lands."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from deploy.chaos.line import Line, own_kafka, started
from deploy.chaos.records import Record, record_of
from schemas.dead_letters import KEPT_BYTES, DeadLetter
from schemas.examples import example
from schemas.topics import topic_names
from tests.integration.harness.teller import Document, Teller
from tests.stack import ClickHouseAddress

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]


def altered(**fields: Any) -> Document:
    """A page view with these fields; None takes one away."""
    document = {**example("page.viewed"), **fields}
    return {name: value for name, value in document.items() if value is not None}


def document(**fields: Any) -> bytes:
    return orjson.dumps(altered(**fields))


DEEP = b'{"event_type":"page.viewed","payload":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
CASES: dict[str, tuple[bytes, str, str]] = {
    "an empty record": (b"", "empty", ""),
    "not JSON": (b"page viewed by Anna", "not_json", ""),
    "JSON that breaks off": (document()[:-20], "not_json", ""),
    "JSON but no object": (b"[1, 2]", "not_an_object", ""),
    "broken UTF-8": (document().replace(b"Shoes", b"Sho\xff\xfe"), "not_utf8", ""),
    "deep nesting": (DEEP, "too_deep", ""),
    "nesting just too deep": (document(payload={"url": "/", "more": orjson.loads("[" * 40 + "]" * 40)}), "too_deep", ""),
    "5 MB": (document(payload={"url": "/", "more": "x" * 5_000_000}), "too_large", ""),
    "more than Kafka takes uncompressed": (b"x" * 20_000_000, "too_large", ""),
    "no type": (document(event_type=None), "missing_field", "event_type"),
    "unknown event type": (document(event_type="page.eaten"), "unknown_event_type", "event_type"),
    "version from the future": (document(schema_version=99), "version_from_the_future", "schema_version"),
    "wrong type": (document(occurred_at=17), "invalid_field", "occurred_at"),
    "wrong type in the payload": (document(payload={"url": "/", "duration_ms": "long"}), "invalid_field", "payload.duration_ms"),
    "missing field": (document(source=None), "missing_field", "source"),
    "missing field in the payload": (document(payload={"title": "no address"}), "missing_field", "payload.url"),
    "no identity": (document(identities=[]), "no_identity", "identities"),
    "an address that is none": (document(identities=[{"kind": "email", "value": "anna at home"}]), "bad_identity", "identities[0].value"),
    "1970": (document(occurred_at="1970-01-01T00:00:00.000Z"), "absurd_date", "occurred_at"),
    "2999": (document(occurred_at="2999-01-01T00:00:00.000Z"), "absurd_date", "occurred_at"),
}
FOREIGN = 40
"""Good events with keys that nobody would expect."""


@dataclass(frozen=True)
class Sent:
    """A line on which bad and good lie in turn, all landed."""

    line: Line
    good: list[Document]


@pytest.fixture(scope="module")
def sent(clickhouse: ClickHouseAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    folder = tmp_path_factory.mktemp("bad")
    teller = Teller("w000001", first_day=1)
    good = [teller.view(n / 100, teller.one("anonymous", f"{n % 7}")) for n in range(2 * len(CASES) + FOREIGN)]
    with own_kafka(folder / "stack") as kafka, started(Line(kafka, clickhouse, "bad_input", folder)) as line:
        line.worker()
        line.sink()
        line.send(list(in_turn(good)))
        line.settle()
        yield Sent(line, good)


def in_turn(good: list[Document]) -> Iterator[Record]:
    """Each bad one between two good ones, with the key of a good one, so that they share a partition; then good ones with foreign keys."""
    documents = iter(good)
    for value, _, _ in CASES.values():
        before, after = next(documents), next(documents)
        yield from (record_of(before), Record(before["event_id"].encode(), value), record_of(after))
    for n, rest in enumerate(documents):
        yield Record((None, b"", b"customer-7", b"\xff\x00")[n % 4], orjson.dumps(rest))


@pytest.mark.parametrize("name", CASES)
def test_it_ends_as_a_dead_letter_in_the_table_and_on_the_topic(name: str, sent: Sent) -> None:
    value, reason, field = CASES[name]
    value = value[:KEPT_BYTES]
    letters = {bytes(letter.raw): letter for letter in dead_letters(sent.line)}
    assert value in letters, f"no letter with its bytes; reasons seen: {sorted(letter.reason for letter in letters.values())}"
    letter = letters[value]
    assert (str(letter.reason), letter.field, letter.topic) == (reason, field, topic_names().raw)
    assert letter.detail, "it says nothing of what was found and what to do"
    rows = sent.line.ask(
        f"SELECT reason, field, detail, raw FROM {{tables}}.dead_letters FINAL "
        f"WHERE raw_partition = {letter.partition} AND raw_offset = {letter.offset}"
    )
    assert [(reason, field, detail, base64.b64decode(raw)) for reason, field, detail, raw in rows] == [
        (reason, field, letter.detail, value)
    ]


def test_the_coordinates_lead_to_the_record(sent: Sent) -> None:
    raw = {(record.partition, record.offset): record.value for record in sent.line.read(topic_names().raw)}
    letters = dead_letters(sent.line)
    assert len(letters) == len(CASES)
    assert all((raw[letter.partition, letter.offset] or b"")[:KEPT_BYTES] == letter.raw for letter in letters)


def test_no_letter_shows_a_value_outside_of_its_bytes(sent: Sent) -> None:
    for letter in dead_letters(sent.line):
        assert "anna" not in letter.detail.lower()


def test_the_good_ones_beside_them_land_once_whatever_their_keys(sent: Sent) -> None:
    rows = sent.line.ask("SELECT toString(event_id), count() FROM {tables}.touchpoints FINAL GROUP BY 1")
    assert {str(event_id): int(n) for event_id, n in rows} == {document["event_id"]: 1 for document in sent.good}


def test_every_record_is_accounted_for(sent: Sent) -> None:
    sums = "sum(accepted), sum(duplicate), sum(dead), sum(dropped), sum(absent)"
    ((accepted, duplicate, dead, dropped, absent),) = sent.line.ask(f"SELECT {sums} FROM {{tables}}.ledger FINAL")
    assert (accepted, duplicate, dead, dropped, absent) == (len(sent.good), 0, len(CASES), FOREIGN, 0)
    assert sum(sent.line.ends(topic_names().raw).values()) == len(sent.good) + len(CASES) + FOREIGN


def dead_letters(line: Line) -> list[DeadLetter]:
    return [DeadLetter.model_validate_json(record.value) for record in line.read(topic_names().dead)]
