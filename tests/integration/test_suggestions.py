"""From orders with names to suggestions, and what people decide about them, through the real line."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from deploy.chaos.line import Line, own_kafka, started
from deploy.chaos.records import record_of
from deploy.cli import main
from schemas.ids import derived
from tests.deploy.suggest.people import address_of, email_of, name_of, phone_of
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
    """A line with what was sent landed, and the commands before it."""

    line: Line
    capsys: pytest.CaptureFixture[str]

    def run(self, *words: str) -> Any:
        """What a command prints as its document; it must go well."""
        assert main([*words, "--json"]) == 0
        return json.loads(self.capsys.readouterr().out)

    def refused(self, *words: str) -> str:
        """What stands on stderr where a command fails."""
        assert main(list(words)) == 1
        return self.capsys.readouterr().err

    def customers(self, n: int) -> int:
        shown = f"SELECT uniqExact(customer_id) FROM {{tables}}.touchpoints FINAL WHERE position(personal, '{name_of(n)}') > 0"
        return int(self.line.ask(shown)[0][0])


@pytest.fixture
def desk(
    clickhouse: ClickHouseAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    line = Line("", clickhouse, "suggestions", tmp_path)
    with own_kafka(tmp_path / "stack") as kafka, started(line.at(kafka)) as running:
        running.worker()
        running.sink()
        running.send([record_of(document) for document in orders()])
        running.settle()
        reached = {"KAFKA_BOOTSTRAP": kafka, "CLICKHOUSE_HOST": clickhouse.host, "CLICKHOUSE_PORT": clickhouse.port}
        for name, value in (reached | {"CLICKHOUSE_DATABASE": line.database}).items():
            monkeypatch.setenv(f"TRACKER_{name}", str(value))
        yield Desk(running, capsys)


def test_people_decide_what_becomes_of_suggestions(desk: Desk) -> None:
    found = desk.run("suggest")
    assert (found["compared"], found["alike"]) == (60 + len(TWICE), len(TWICE)), "who came under a lent address, and nobody else"
    assert {desk.customers(n) for n in TWICE} == {2}, "nobody is joined by being suggested"

    waiting = desk.run("review", "list")["suggestions"]
    first, second, third = (one["suggestion_id"] for one in waiting)
    assert all("***" in one["a"] and "***" in one["b"] for one in waiting), "personal values are masked"
    in_full = str(desk.run("review", "list", "--show-personal"))
    assert "@relay.example" in in_full
    assert "***" not in in_full

    assert desk.run("review", "accept", first)["state"] == "accepted"
    assert desk.run("review", "reject", second)["state"] == "rejected"
    desk.line.settle()
    assert sorted(desk.customers(n) for n in TWICE) == [1, 2, 2], "accepting joins these two and no others"

    assert [one["suggestion_id"] for one in desk.run("suggest")["suggestions"]] == [third], "what was decided does not come back"
    assert [one["suggestion_id"] for one in desk.run("review", "list")["suggestions"]] == [third]
    assert desk.run("review", "accept", first)["state"] == "accepted", "a second time does no harm"
    assert "tracker unlink" in desk.refused("review", "reject", first)
    assert "tracker review list" in desk.refused("review", "accept", str(derived("no", "such")))
