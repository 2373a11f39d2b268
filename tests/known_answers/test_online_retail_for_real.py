"""The gift shop's invoices through a real Kafka, a worker, a sink and ClickHouse, and their known answers by SQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.chaos.line import Line, own_kafka, started
from deploy.importer.run import ImportOptions, Sending, import_file
from tests.known_answers.sets import Known, known, shipped
from tests.stack import ClickHouseAddress

from streams.producer import Producer  # isort: skip (`tests.stack` first imports kafka-python without its warnings)

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.shared_data]
FILE = "online_retail_sample/online_retail_sample.csv.gz"


@dataclass(frozen=True)
class Shop:
    """Imported once, all landed."""

    line: Line
    file: Path
    folder: Path

    def import_it(self, *, again: bool) -> int:
        """How many events were sent; returns when they have landed."""
        mapping = shipped("online_retail")
        with Producer(source=mapping.source, bootstrap_servers=self.line.kafka) as producer:
            sending = Sending(producer, self.folder / "imports", "this test's Kafka")
            tally = import_file(self.file, mapping, ImportOptions(again=again), sending)
        self.line.settle()
        return tally.events.total()

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """`sql` says {views} for the database that analysts read."""
        return [tuple(row) for row in self.line.ask(sql.replace("{views}", f"`{self.line.database}`"))]


@pytest.fixture(scope="module")
def shop(shared_data: Path, clickhouse: ClickHouseAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("online_retail")
    with own_kafka(folder / "stack") as kafka, started(Line(kafka, clickhouse, "online_retail", folder)) as line:
        line.worker()
        line.sink()
        shop = Shop(line, shared_data / FILE, folder)
        shop.import_it(again=False)
        yield shop


@pytest.fixture(scope="module")
def answer(shared_data: Path) -> Known:
    return known(shared_data, "online_retail_sample")


def test_sql_finds_the_known_customers_orders_and_returns(shop: Shop, answer: Known) -> None:
    of = answer["with_customer"]
    customers = "count(), countIf(order_count > 0), countIf(order_count > 1), countIf(return_count > 0)"
    assert shop.ask(f"SELECT {customers} FROM {{views}}.customers") == [
        (answer["customers"], of["customers_with_sale"], of["customers_with_2plus_sale_invoices"], of["customers_with_cancel"])
    ]
    assert shop.ask("SELECT count() FROM {views}.orders WHERE placed_at IS NOT NULL") == [(of["sale_invoices"],)]
    assert shop.ask("SELECT count() FROM {views}.returns") == [(of["cancel_invoices"],)]
    assert shop.ask("SELECT count() FROM {views}.dead_letters") == [(0,)]


def test_sql_finds_the_known_sums_of_money(shop: Shop, answer: Known) -> None:
    of = answer["with_customer"]
    sums = "round(toFloat64(sum(gross)), 2), round(toFloat64(sum(returned)), 2), round(toFloat64(sum(net)), 2)"
    expected = [(of["gross_sales"], of["cancelled_value"], of["net_revenue"])]
    assert shop.ask(f"SELECT {sums} FROM {{views}}.customers") == expected
    assert shop.ask(f"SELECT {sums} FROM {{views}}.journeys") == expected
    by_order = sums.replace("gross", "total").replace("returned", "refunded")
    assert shop.ask(f"SELECT {by_order} FROM {{views}}.orders") == expected


def test_sql_finds_the_known_net_of_every_month(shop: Shop, answer: Known) -> None:
    month_and_net = "formatDateTime(opened_at, '%Y-%m') AS month, round(toFloat64(sum(net)), 2)"
    found = shop.ask(f"SELECT {month_and_net} FROM {{views}}.orders GROUP BY month ORDER BY month")
    assert [tuple(row) for row in found] == sorted(answer["net_revenue_by_month_with_customer"].items())


def test_an_import_that_is_repeated_sends_all_and_changes_nothing(shop: Shop, answer: Known) -> None:
    before = shop.line.prints()
    assert shop.import_it(again=False) == 0
    sent = shop.import_it(again=True)
    assert sent == answer["with_customer"]["sale_invoices"] + 2 * answer["with_customer"]["cancel_invoices"]
    assert shop.line.prints() == before
    assert shop.ask("SELECT sum(accepted), sum(duplicate), sum(dead), sum(dropped) FROM {views}.ledger") == [(sent, sent, 0, 0)]
