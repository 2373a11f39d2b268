"""What every store promises, asked of the twin in memory and of the real ClickHouse alike."""

from collections.abc import Iterator
from typing import Any

import pytest

from schemas.ledger_tables import TABLES
from sinks.errors import RowsRefused
from sinks.rows import Body, project, unseal
from sinks.shapes import LIVE, pack
from tests.sinks.frames import T0, a_frame, a_row, a_withdrawal, an_id
from tests.sinks.stores import ReadableStore, clickhouse_store, memory_store


@pytest.fixture(params=["memory", pytest.param("clickhouse", marks=pytest.mark.clickhouse)])
def store(request: pytest.FixtureRequest) -> Iterator[ReadableStore]:
    if request.param == "memory":
        yield memory_store()
        return
    address = request.getfixturevalue("clickhouse")
    name = "contract_" + "".join(c if c.isalnum() else "_" for c in request.node.originalname)[-40:]
    with clickhouse_store(address.host, address.port, name) as real:
        yield real


def bodies(table: str, *rows: tuple[Any, ...], gone: tuple[tuple[Any, ...], ...] = ()) -> list[Body]:
    return [body for _, body in project(unseal(a_frame({table: list(rows)}, {table: list(gone)}))).rows[table]]


def put(store: ReadableStore, table: str, *rows: tuple[Any, ...], gone: tuple[tuple[Any, ...], ...] = (), token: str = "") -> None:
    store.insert(TABLES[table], bodies(table, *rows, gone=gone), token or f"{table}/{rows}/{gone}")


def versions(store: ReadableStore, table: str) -> list[Any]:
    return [row[-1] for row in store.live(table)]


def test_a_row_comes_back_value_by_value_in_every_table(store: ReadableStore) -> None:
    for table in TABLES:
        row = a_row(table, version=3)
        put(store, table, row)
        assert store.live(table) == [list(row)], table


def test_ids_times_money_and_nulls_keep_their_value_to_the_last_digit(store: ReadableStore) -> None:
    given = {
        "customer_id": bytes(range(16)), "event_id": bytes(range(16, 32)), "occurred_at": T0 + 123, "session_id": None,
        "journey_id": bytes(range(240, 256)), "amount": -1_234_567_890_123_456, "sentiment": -0.1, "effort": None, "is_bad": True,
        "identity_kinds": ["email", "phone"], "payload": '{"naïve": "\\u0000 \'quoted\' 漢字 🛒"}', "version": 2**64 - 1,
    }  # fmt: skip
    row = a_row("touchpoints", **given)
    put(store, "touchpoints", row)
    assert store.live("touchpoints") == [list(row)]


def test_the_greatest_version_is_read_whatever_came_last(store: ReadableStore) -> None:
    for version in (5, 9, 7):
        put(store, "journeys", a_row("journeys", net=version, version=version))
    assert versions(store, "journeys") == [9]


def test_storing_the_same_rows_again_changes_nothing(store: ReadableStore) -> None:
    rows = [a_row("journeys", journey_id=an_id(n), version=n) for n in range(1, 6)]
    put(store, "journeys", *rows, token="same")
    before = store.live("journeys")
    put(store, "journeys", *rows, token="same")
    put(store, "journeys", *rows[:3], token="other")
    assert store.live("journeys") == before
    assert len(before) == 5


def test_a_withdrawn_row_is_gone_and_an_older_version_does_not_bring_it_back(store: ReadableStore) -> None:
    put(store, "journeys", a_row("journeys", version=5))
    put(store, "journeys", gone=(a_withdrawal("journeys", 6),))
    assert store.live("journeys") == []
    put(store, "journeys", a_row("journeys", version=4))
    assert store.live("journeys") == []


def test_a_newer_version_brings_a_withdrawn_row_back(store: ReadableStore) -> None:
    put(store, "journeys", gone=(a_withdrawal("journeys", 6),))
    put(store, "journeys", a_row("journeys", version=7))
    assert versions(store, "journeys") == [7]


def test_a_touchpoint_is_withdrawn_by_its_full_key(store: ReadableStore) -> None:
    kept, lost = {"occurred_at": T0, "event_id": an_id(2)}, {"occurred_at": T0 + 1, "event_id": an_id(2)}
    put(store, "touchpoints", a_row("touchpoints", version=1, **kept), a_row("touchpoints", version=1, **lost))
    put(store, "touchpoints", gone=(a_withdrawal("touchpoints", 2, **lost),))
    assert [row[1] for row in store.live("touchpoints")] == [T0]


WRONG: list[dict[str, Any]] = [
    {"effort": 300},
    {"rules_version": -1},
    {"sentiment": "bad"},
    {"amount": "12.50"},
    {"occurred_at": None},
    {"channel": 7},
    {"session_id": bytes(17)},
]


@pytest.mark.clickhouse
@pytest.mark.parametrize("store", ["clickhouse"], indirect=True)
@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: str(next(iter(wrong))))
def test_a_value_that_does_not_fit_its_column_is_refused_and_nothing_is_stored(store: ReadableStore, wrong: dict[str, Any]) -> None:
    """Of ClickHouse alone: the twin keeps Python values and knows no types."""
    good = a_row("touchpoints", event_id=an_id(1), version=1)
    names = [c.name for c in TABLES["touchpoints"].columns]
    values = [wrong.get(name, value) for name, value in zip(names, good, strict=True)]
    with pytest.raises(RowsRefused):
        store.insert(TABLES["touchpoints"], [*bodies("touchpoints", good), pack(values) + LIVE], "wrong")
    assert store.live("touchpoints") == []
