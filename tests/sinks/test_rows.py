import msgspec
import pytest

from schemas.ledger_tables import TABLES
from schemas.row_frames import RowFrame, TableRows
from sinks.errors import CatalogueNewer
from sinks.rows import SealedFrame, SealedRows, project, unseal
from sinks.shapes import SHAPES
from tests.sinks.frames import a_frame, a_row, a_withdrawal, an_id


def test_a_sealed_frame_has_the_fields_of_a_frame_in_their_order() -> None:
    assert SealedFrame.__struct_fields__ == RowFrame.__struct_fields__
    assert SealedRows.__struct_fields__ == TableRows.__struct_fields__


def test_the_columns_that_name_a_row_stand_first_in_every_table() -> None:
    for table in TABLES.values():
        names = [c.name for c in table.columns]
        assert names[: len(table.keys)] == list(table.keys), table.name
        assert names[-1] == "version", table.name
        assert set(table.order_by) <= {*table.keys, "version"}, table.name


@pytest.mark.parametrize("table", TABLES)
def test_every_table_keeps_the_values_of_an_upsert(table: str) -> None:
    row = a_row(table, version=7)
    ((_, body),) = project(unseal(a_frame({table: [row]}))).rows[table]
    assert SHAPES[table].row(body) == [*(list(v) if isinstance(v, tuple) else v for v in row), 0]
    assert SHAPES[table].version(body) == 7


@pytest.mark.parametrize("table", [t for t in TABLES if SHAPES[t].can_withdraw])
def test_a_withdrawal_keeps_keys_and_version_and_empties_the_rest(table: str) -> None:
    ((key, body),) = project(unseal(a_frame(withdrawals={table: [a_withdrawal(table, 9)]}))).rows[table]
    ((upserted, _),) = project(unseal(a_frame({table: [a_row(table)]}))).rows[table]
    values, keys = SHAPES[table].row(body), TABLES[table].keys
    assert key == upserted
    assert values[: len(keys)] == list(a_withdrawal(table, 9)[:-1])
    assert values[-2:] == [9, 1]
    assert len(values) == len(TABLES[table].columns) + 1
    assert not any(values[len(keys) : -2]) or all(v in (bytes(16), "", 0, None, False, 0.0) or v == [] for v in values[len(keys) : -2])


def test_a_row_with_a_column_too_few_is_set_apart_and_its_neighbour_kept() -> None:
    good, short = a_row("journeys", journey_id=an_id(2)), a_row("journeys")[:-1]
    projection = project(unseal(a_frame({"journeys": [short, good]})))
    assert len(projection.rows["journeys"]) == 1
    assert [m.table for m in projection.misfits] == ["journeys"]
    assert "columns" in projection.misfits[0].reason


def test_a_row_whose_key_is_of_another_kind_is_set_apart() -> None:
    projection = project(unseal(a_frame({"customers": [a_row("customers", customer_id="no bytes")]})))
    assert projection.rows["customers"] == []
    assert "key column" in projection.misfits[0].reason


def test_a_short_withdrawal_is_set_apart() -> None:
    projection = project(unseal(a_frame(withdrawals={"journeys": [(an_id(1), 3)]})))
    assert projection.rows["journeys"] == []
    assert len(projection.misfits) == 1


def test_a_newer_catalogue_stops_the_sink_loudly() -> None:
    with pytest.raises(CatalogueNewer, match="upgrade the sink"):
        project(unseal(a_frame(catalogue=2)))


def test_an_unknown_table_stops_the_sink_loudly() -> None:
    raw = msgspec.msgpack.encode([1, 1, "t", 0, 0, 0, {"weather": [[], []]}])
    with pytest.raises(CatalogueNewer, match="table weather"):
        project(unseal(raw))


def test_rows_that_only_pile_up_are_told_apart_by_their_version() -> None:
    rows = [a_row("quality", kind="skew", version=v) for v in (1, 2)]
    keys = {key for key, _ in project(unseal(a_frame({"quality": rows}))).rows["quality"]}
    assert len(keys) == 2
