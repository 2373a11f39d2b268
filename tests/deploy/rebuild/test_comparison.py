"""Two generations in the real ClickHouse, compared while rows come in on both sides."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest

from deploy.rebuild.comparison import Comparison, compare
from schemas.connections import ClickHouseConnection
from sinks.clickhouse import ClickHouse
from sinks.migrate import migrate
from tests.stack import ClickHouseAddress

pytestmark = pytest.mark.clickhouse
TABLE = "customer_redirects"
LIVE, NEW = 1, 2


@dataclass
class Two:
    """Generations 1 and 2, of whose tables one has rows."""

    connection: ClickHouseConnection

    def put(self, generation: int, former: int, now: int, version: int) -> None:
        columns = "customer_id, now_customer_id, known_from, version"
        values = f"('{UUID(int=former)}', '{UUID(int=now)}', {version}, {version})"
        self.command(f"INSERT INTO `{self.connection.database}_g{generation}`.{TABLE} ({columns}) VALUES {values}")

    def command(self, sql: str) -> None:
        door = ClickHouse(self.connection)
        try:
            door.command(sql)
        finally:
            door.close()

    def compare(self, at_cut: Callable[[int], None] = lambda n: None) -> Comparison:
        """`at_cut` gets the number of the cut, from 1 on."""
        cuts = iter(range(1, 100))
        return compare(self.connection, LIVE, NEW, lambda: at_cut(next(cuts)))


@pytest.fixture(scope="module")
def made(clickhouse: ClickHouseAddress) -> Two:
    two = Two(ClickHouseConnection(host=clickhouse.host, port=clickhouse.port, database="compared"))
    for generation in (LIVE, NEW):
        migrate(two.connection, generation, publishing=False)
    return two


@pytest.fixture
def two(made: Two) -> Two:
    """Both sides hold one equal row, told in other versions."""
    for generation, version in ((LIVE, 7), (NEW, 9)):
        made.command(f"TRUNCATE TABLE `compared_g{generation}`.{TABLE}")
        made.put(generation, 1, 100, version)
    return made


def verdict(found: Comparison) -> tuple[str, int, int]:
    (table,) = (t for t in found.tables if t.table == TABLE)
    return table.state, table.moving, found.looks


def test_equal_rows_are_equal_at_the_first_look_whatever_their_versions(two: Two) -> None:
    found = two.compare()
    assert (found.is_equal, verdict(found)) == (True, ("equal", 0, 1))


def test_a_row_that_was_on_its_way_is_equal_at_the_next_look(two: Two) -> None:
    two.put(LIVE, 2, 200, 8)
    found = two.compare(lambda n: two.put(NEW, 2, 200, 4) if n == 2 else None)
    assert (found.is_equal, verdict(found)) == (True, ("equal, row by row", 0, 2))


def test_a_row_that_one_side_never_gets_is_different(two: Two) -> None:
    two.put(LIVE, 2, 200, 8)
    found = two.compare()
    assert (found.is_equal, verdict(found)) == (False, ("1 rows differ", 0, 5))


def test_another_content_is_different_too(two: Two) -> None:
    two.put(LIVE, 2, 200, 8)
    two.put(NEW, 2, 201, 8)
    assert verdict(two.compare()) == ("1 rows differ", 0, 5)


def test_a_row_that_traffic_changes_between_any_two_looks_is_told_as_moving(two: Two) -> None:
    two.put(LIVE, 2, 200, 1)
    found = two.compare(lambda n: two.put(LIVE, 2, 200 + n, 1 + n))
    assert verdict(found) == ("1 rows differ", 1, 5)
