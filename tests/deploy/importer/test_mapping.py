"""The mapping language: what each part of a mapping file does to a row, and how mistakes are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from deploy.importer import events_from, load_mapping, mapping_of
from deploy.importer.columns import conversion
from deploy.importer.errors import InputUnreadable, MappingInvalid, RowRefused
from deploy.importer.expressions import Compiler
from schemas.ids import event_id_for

ORDERS = """
version: 1
source: shop
columns: {quantity: integer, price: decimal, at: {time: iso, zone: Europe/Berlin}}
group: {by: [order]}
define:
  total: decimal_sum(rows[*].decimal_product(quantity, price))
events:
  - type: order.placed
    occurred_at: at
    identities: {email: mail, order: order}
    payload:
      order_id: order
      total: total
      currency: {constant: EUR}
      lines:
        each: rows
        as: {line_id: to_string(_n), product_id: product, quantity: quantity, unit_price: price}
"""
LINES = """order,mail,product,quantity,price,at
1,A@b.example,p1,2,9.95,2026-07-01 12:00:00
1,A@b.example,p2,1,0.05,2026-07-01 12:00:00
2,,p1,1,9.95,2026-01-01 12:00:00
"""


def written(folder: Path, content: str, name: str = "orders.csv") -> Path:
    path = folder / name
    path.write_text(content)
    return path


def events(folder: Path, mapping: str, content: str, name: str = "orders.csv") -> list[dict[str, Any]]:
    return list(events_from(written(folder, content, name), mapping_of(yaml.safe_load(mapping))))


def one_event(payload: str, **more: str) -> str:
    """A mapping of one page view whose payload is given."""
    extra = "".join(f"{name}: {text}\n" for name, text in more.items())
    event = f"{{type: page.viewed, occurred_at: at, identities: {{account: who}}, payload: {payload}}}"
    return f"version: 1\nsource: s\n{extra}events:\n  - {event}\n"


def evaluated(value: Any, row: dict[str, Any], **tables: Any) -> Any:
    return Compiler(tables).value(value, "here")(row)


def test_lines_of_a_group_become_one_order(tmp_path: Path) -> None:
    first, second = events(tmp_path, ORDERS, LINES)
    assert first["event_id"] == str(event_id_for("shop", "order.placed", "1"))
    assert first["occurred_at"] == "2026-07-01T10:00:00.000Z"
    assert first["identities"] == [{"kind": "email", "value": "A@b.example"}, {"kind": "order", "value": "1"}]
    assert first["payload"] == {
        "order_id": "1",
        "total": "19.95",
        "currency": "EUR",
        "lines": [
            {"line_id": "1", "product_id": "p1", "quantity": 2, "unit_price": "9.95"},
            {"line_id": "2", "product_id": "p2", "quantity": 1, "unit_price": "0.05"},
        ],
    }
    assert second["occurred_at"] == "2026-01-01T11:00:00.000Z"
    assert second["identities"] == [{"kind": "order", "value": "2"}]


def test_rows_of_a_group_that_stand_apart_are_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(RowRefused, match="do not stand together") as refused:
        events(tmp_path, ORDERS, LINES + "1,a@b.example,p3,1,1.00,2026-07-01 12:00:00\n")
    assert "group.sort" in refused.value.remedy


def test_sorting_brings_scattered_rows_together(tmp_path: Path) -> None:
    mapping = ORDERS.replace("group: {by: [order]}", "group: {by: [order], sort: [at, order]}")
    found = events(tmp_path, mapping, LINES + "1,A@b.example,p3,1,1.00,2026-07-01 12:00:00\n")
    assert [event["payload"]["order_id"] for event in found] == ["2", "1"]
    assert [line["product_id"] for line in found[1]["payload"]["lines"]] == ["p1", "p2", "p3"]


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("name", "Ann"),
        ("'text'", "text"),
        ({"constant": "name"}, "name"),
        (7, 7),
        ("missing", None),
        ({"a": "name", "b": "missing"}, {"a": "Ann"}),
        ({"b": "missing"}, None),
        (["name", "missing", "'x'"], ["Ann", "x"]),
        ({"each": "parts[?n > `1`]", "as": {"n": "n"}}, [{"n": 2}, {"n": 3}]),
        ({"each": "missing", "as": "n"}, []),
        ("decimal_sum(['0.1', '0.2', '1e2'])", "100.3"),
        ("decimal_sum(['0.1', 'x'])", None),
        ("decimal_product('3', '0.10')", "0.30"),
        ("decimal_quotient('1', '3', `4`)", "0.3333"),
        ("decimal_quotient('1', '0', `4`)", None),
        ("decimal_abs('-5.00')", "5.00"),
        ("integer('12.0')", 12),
        ("integer('12.5')", None),
        ("lower(name)", "ann"),
        ("upper(missing)", None),
        ("trim('  ')", None),
        ("replace('a-b', '-', '')", "ab"),
        ("split('a;b', ';')[1]", "b"),
        ("matches(name, '^A')", True),
        ("choose(name, {Ann: 'a', Bob: 'b'})", "a"),
        ("choose(missing, {Ann: 'a'})", None),
    ],
)
def test_values_of_a_mapping(expression: Any, result: Any) -> None:
    row = {"name": "Ann", "parts": [{"n": 1}, {"n": 2}, {"n": 3}]}
    assert evaluated(expression, row) == result


def test_a_table_beside_the_file_is_looked_up(tmp_path: Path) -> None:
    written(tmp_path, "id,url\n7,/seven\n", "pages.csv")
    mapping = one_event("{url: lookup('pages', page).url}", tables="{pages: {file: [pages.parquet, pages.csv], key: id}}").replace(
        "{url: lookup('pages', page).url}", "{url: \"lookup('pages', page).url\"}"
    )
    [event] = events(tmp_path, mapping, "at,who,page\n2026-01-01T00:00:00Z,w,7\n")
    assert event["payload"] == {"url": "/seven"}


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable, match=r"pages\.csv"):
        events(tmp_path, one_event("{url: url}", tables="{pages: {file: pages.csv, key: id}}"), "at,who,url\n")


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("integer", "17850.0", 17850),
        ("decimal", " 9.95 ", "9.95"),
        ({"decimal": "comma", "thousands": "."}, "1.234,50", "1234.50"),
        ({"decimal": "point", "places": 4}, "24.139999999999997", "24.1400"),
        ("boolean", "Yes", True),
        ("json", '[{"id": 1}]', [{"id": 1}]),
        ("text", 7, "7"),
        ("number", "1.5", 1.5),
        ("time", "2017-03-03", "2017-03-03T00:00:00.000Z"),
        ({"time": "unix_s"}, "1", "1970-01-01T00:00:01.000Z"),
        ({"time": "unix_ms"}, "1500", "1970-01-01T00:00:01.500Z"),
        ({"time": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin"}, "01.07.2026 12:00", "2026-07-01T10:00:00.000Z"),
        ({"time": ["iso", "%m/%d/%Y %H:%M"]}, "12/1/2010 8:26", "2010-12-01T08:26:00.000Z"),
        ({"time": "iso", "zone": "Europe/Berlin"}, "2026-10-25 02:30:00", "2026-10-25T00:30:00.000Z"),
        ("decimal", None, None),
    ],
)
def test_columns_turn_text_into_values(column: Any, text: Any, value: Any) -> None:
    row = {"c": text}
    conversion(mapping_of({**yaml.safe_load(ORDERS), "columns": {"c": column}}).columns)(row)
    assert row == {"c": value}


@pytest.mark.parametrize("column", ["integer", "decimal", "boolean", "json", "time", {"time": "%Y"}])
def test_a_cell_that_does_not_fit_names_its_column_and_not_its_value(column: Any) -> None:
    with pytest.raises(RowRefused) as refused:
        conversion(mapping_of({**yaml.safe_load(ORDERS), "columns": {"c": column}}).columns)({"c": "secret!"})
    assert refused.value.reason == "column c: a string that does not fit its kind"


@given(amounts=st.lists(st.decimals(min_value=-(10**9), max_value=10**9, places=4), max_size=20))
def test_decimal_sums_are_exact(amounts: list[Any]) -> None:
    found = evaluated("decimal_sum(amounts)", {"amounts": [str(amount) for amount in amounts]})
    assert sum(amounts) == type(sum(amounts))(found) if amounts else found == "0"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("type: order.placed", "type: order.plced"), r"events\.0.*tracker schema list"),
        (("order_id: order", "order_id: to_string(order"), r"events\.0\.payload\.order_id: no JMESPath"),
        (("version: 1", "version: 2"), "version"),
        (("source: shop", "source: my shop"), "source"),
        (("Europe/Berlin", "Europe/Atlantis"), r"columns\.at\.zone: no such time zone"),
        (("group:", "groups:"), "groups"),
    ],
)
def test_a_mistake_in_a_mapping_is_told_with_its_place(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    with pytest.raises(MappingInvalid, match=message):
        events(tmp_path, ORDERS.replace(*change), LINES)


def test_a_column_that_the_file_lacks_is_told_before_any_row_is_read(tmp_path: Path) -> None:
    with pytest.raises(MappingInvalid, match=r"events\.0\.identities\.email: the file has no column mial") as invalid:
        events(tmp_path, ORDERS.replace("email: mail", "email: mial"), LINES)
    assert "order, mail, product" in invalid.value.remedy


def test_a_mapping_that_is_no_yaml_or_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MappingInvalid, match="no YAML"):
        load_mapping(written(tmp_path, "a: [1", "m.yaml"))
    with pytest.raises(MappingInvalid, match="cannot be read"):
        load_mapping(tmp_path / "nothing.yaml")


def test_a_filter_leaves_rows_out_and_each_event_has_its_own(tmp_path: Path) -> None:
    mapping = one_event("{url: url}", when="url")
    assert len(events(tmp_path, mapping, "at,who,url\n2026-01-01T00:00:00Z,w,/\n2026-01-01T00:00:00Z,w,\n")) == 1


def test_an_event_without_a_key_is_named_by_file_row_and_content(tmp_path: Path) -> None:
    rows = "at,who,url\n2026-01-01T00:00:00Z,w,/a\n2026-01-01T00:00:00Z,w,/a\n"
    first = [event["event_id"] for event in events(tmp_path, one_event("{url: url}"), rows)]
    grown = [event["event_id"] for event in events(tmp_path, one_event("{url: url}"), rows + "2026-01-01T00:00:00Z,w,/b\n")]
    changed = [event["event_id"] for event in events(tmp_path, one_event("{url: url}"), rows.replace("/a\n2026", "/c\n2026"))]
    assert len(set(first)) == 2
    assert grown[:2] == first
    assert changed[0] != first[0]
    assert changed[1] == first[1]


def test_the_mapping_in_the_documentation_works(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "importing.md").read_text()
    mapping = page.split("```yaml\n")[1].split("```")[0]
    written(tmp_path, "sku,name\n", "products.csv")
    content = (
        "order_no;mail;customer;sku;quantity;price;ordered_at;status;cancelled_at;campaign;extra\n"
        "7;a@b.example;;p;2;1.234,50;01.07.2026 12:00;cancelled;2026-07-02T00:00:00Z;spring;{}\n"
        "8;a@b.example;;p;2;1,00;01.07.2026 12:00;draft;;;\n"
    )
    placed, cancelled = events(tmp_path, mapping, content)
    assert (placed["payload"]["total"], placed["occurred_at"]) == ("2469.00", "2026-07-01T10:00:00.000Z")
    assert cancelled["event_id"] == str(event_id_for("shop-eu", "order.cancelled", ["7", "cancelled"]))
    assert cancelled["context"] == {"campaign": {"utm_source": "spring"}}
