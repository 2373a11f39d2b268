"""From orders with names to suggestions, and what people decide about them, through the real line."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from deploy.suggest.run import AlreadyAccepted, accept, reject, suggest
from deploy.suggest.shelf import Kept, NoSuchSuggestion, Shelf
from schemas.ids import derived
from sinks.clickhouse import ClickHouse
from streams.clock import SYSTEM_CLOCK
from streams.rules_file import load_rules
from tests.deploy.suggest.people import address_of, email_of, name_of, phone_of
from tests.integration.harness.line import Line, own_kafka, started
from tests.integration.harness.records import record_of
from tests.integration.harness.teller import Document
from tests.stack import ClickHouseAddress

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.clickhouse,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]
TWICE = (3, 20, 41)
NUMBERS = count(1)


def order(n: int, *identities: tuple[str, str]) -> Document:
    """Person n orders, shown by these identities, with name and postal address."""
    number = f"O-{next(NUMBERS)}"
    lines = [{"line_id": "1", "product_id": "mug", "quantity": 1, "unit_price": "9.95"}]
    return {
        "event_id": str(derived("suggestions", number)),
        "event_type": "order.placed",
        "source": "shop-eu",
        "occurred_at": f"2026-03-01T10:{n:02d}:00.000Z",
        "identities": [{"kind": kind, "value": value} for kind, value in identities],
        "payload": {"order_id": number, "lines": lines, "total": "9.95", "currency": "EUR", "name": name_of(n), "address": address_of(n)},
    }


def orders() -> list[Document]:
    known = [order(n, ("email", email_of(n)), ("phone", phone_of(n))) for n in range(60)]
    return known + [order(n, ("email", f"x{n * 977}@relay.example")) for n in TWICE]


@dataclass
class Desk:
    """A line with what was sent landed, and the shelf beside it."""

    line: Line
    door: ClickHouse
    shelf: Shelf

    def look(self) -> tuple[Kept, ...]:
        return suggest(self.door, self.shelf, load_rules().identity, SYSTEM_CLOCK, 0.5, 100).kept

    def customers(self, n: int) -> int:
        sql = f"SELECT uniqExact(customer_id) FROM touchpoints WHERE JSONExtractString(personal, 'payload', 'name') = '{name_of(n)}'"
        return int(self.door.ask(sql).rows[0][0])


@pytest.fixture
def desk(clickhouse: ClickHouseAddress, tmp_path: Path) -> Iterator[Desk]:
    line = Line("", clickhouse, "suggestions", tmp_path)
    with own_kafka(tmp_path / "stack") as kafka, started(line.at(kafka)) as running:
        running.worker()
        running.sink()
        running.send([record_of(document) for document in orders()])
        running.settle()
        door = ClickHouse(running.connection, database=running.connection.database)
        yield Desk(running, door, Shelf(door, running.connection, 1))
        door.close()


def test_people_decide_what_becomes_of_suggestions(desk: Desk) -> None:
    found = desk.look()
    assert len(found) == len(TWICE), "each of those who came under a lent address, and nobody else"
    kept = {one.suggestion.suggestion_id: one.suggestion for one in desk.shelf.read("state = 'open'")}
    assert kept == {one.suggestion.suggestion_id: one.suggestion for one in found}
    before = {n: desk.customers(n) for n in TWICE}
    assert set(before.values()) == {2}, "nobody is joined by being suggested"

    first, second, third = found
    accepted = accept(desk.shelf.one(first.suggestion.suggestion_id), desk.door, desk.shelf, desk.line.broker, SYSTEM_CLOCK)
    reject(desk.shelf.one(second.suggestion.suggestion_id), desk.shelf, SYSTEM_CLOCK)
    desk.line.settle()
    assert sorted(desk.customers(n) for n in TWICE) == [1, 2, 2], "accepting joins these two and no others"

    again = desk.look()
    assert [one.suggestion.suggestion_id for one in again] == [third.suggestion.suggestion_id], "what was decided does not come back"
    assert {kept.state for kept in desk.shelf.read()} == {"accepted", "rejected", "open"}
    with pytest.raises(AlreadyAccepted):
        reject(accepted, desk.shelf, SYSTEM_CLOCK)
    with pytest.raises(NoSuchSuggestion, match="tracker review list"):
        desk.shelf.one(derived("no", "such"))
