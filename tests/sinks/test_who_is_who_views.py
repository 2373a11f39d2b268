"""SQL says who was who as the fold does: any touchpoint, any identity, at any epoch; over rows of whole simulated runs."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from schemas.ledger_tables import TABLES
from schemas.links import Token, kind_of
from schemas.row_frames import TableRows
from sinks.clickhouse import ClickHouse
from sinks.rows import project, unseal
from streams.core.identity.policy import solo
from streams.core.identity.who import Who
from tests.builders import T0, a_policy
from tests.properties.convergence import KNOWN_FROM, System
from tests.properties.scenario import random_records
from tests.sinks.frames import a_frame
from tests.sinks.stores import ReadableClickHouse, clickhouse_store, connection_to
from tests.stack import ClickHouseAddress

pytestmark = pytest.mark.clickhouse
NAME = "who_views"
SEEDS = (1, 6)
ASKED = 5
"""Epochs, and identities, that are asked about in each run."""
TABLES_OF_WHO = (
    "touchpoints", "identities", "identity_links", "identity_history", "identity_logins", "identity_epochs", "customer_redirects",
)  # fmt: skip
PAGE = Path(__file__).parent.parent.parent / "docs" / "who-is-who.md"


@dataclass
class World:
    """A simulated run that has come to its end, its live rows in ClickHouse."""

    system: System
    door: ClickHouse

    @property
    def who(self) -> Who:
        return self.system.folds[0].who

    @property
    def epochs(self) -> range:
        return range(len(self.system.links) + 1)

    @property
    def touchpoints(self) -> list[Any]:
        return [row for (table, _), (_, row) in self.system.rows.items() if table == "touchpoints" and row is not None]

    def ask(self, sql: str) -> list[Any]:
        return list(self.door.ask(sql.replace("FROM ", f"FROM {NAME}.")).rows)


@pytest.fixture(scope="module")
def store(clickhouse: ClickHouseAddress) -> Iterator[ReadableClickHouse]:
    with clickhouse_store(clickhouse.host, clickhouse.port, NAME) as opened:
        yield opened


@pytest.fixture
def world(request: pytest.FixtureRequest, store: ReadableClickHouse, clickhouse: ClickHouseAddress) -> Iterator[World]:
    rng = random.Random(request.param)
    system = System(rng, [record for _ in range(3) for record in random_records(rng)])
    system.run()
    door = ClickHouse(connection_to(clickhouse.host, clickhouse.port, NAME))
    by_table: dict[str, list[Any]] = {}
    for (table, _), (_, row) in system.rows.items():
        if row is not None:
            by_table.setdefault(str(table), []).append(row)
    for table in TABLES_OF_WHO:
        door.command(f"TRUNCATE TABLE {NAME}_g1.{table}")
        rows: TableRows = TableRows(by_table.get(table, []), [])
        bodies = [body for _, body in project(unseal(a_frame({table: rows.upserts}))).rows[table]]
        store.insert(TABLES[table], bodies, f"{request.param}/{table}")
    yield World(system, door)
    door.close()


def moment(ms: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def known_at(epoch: int) -> str:
    """Epochs of a simulation are counted from 1; as of 0 nothing was known."""
    return moment(KNOWN_FROM + epoch - 1)


def tokens_of(row: Any) -> list[Token]:
    columns = [c.name for c in TABLES["touchpoints"].columns]
    return [bytes.fromhex(token) for token in row[columns.index("identity_tokens")]]


@pytest.mark.parametrize("world", SEEDS, indirect=True)
def test_touchpoints_as_known_belong_to_whom_the_fold_gave_them_then(world: World) -> None:
    moved, asked = 0, random.Random(2).sample(world.epochs, min(ASKED, len(world.epochs)))
    for epoch in asked:
        rows = world.ask(f"SELECT event_id, customer_id, now_customer_id FROM touchpoints_as_known(known_at = '{known_at(epoch)}')")
        found = {event.bytes: (then.bytes, now.bytes) for event, then, now in rows}
        assert found == {row[2]: (world.who.owner(tokens_of(row), row[1], epoch), row[0]) for row in world.touchpoints}, epoch
        moved += sum(then != now for then, now in found.values())
    assert moved, "the answer was another once"


@pytest.mark.parametrize("world", SEEDS, indirect=True)
def test_the_customer_of_an_identity_at_a_moment_is_that_of_an_event_that_shows_it_alone(world: World) -> None:
    tokens = sorted({token for row in world.touchpoints for token in tokens_of(row)})
    rng = random.Random(1)
    for _ in range(ASKED):
        token, epoch, at = rng.choice(tokens), rng.choice(world.epochs), T0 + rng.randrange(700) * 60_000
        asked = f"kind = '{kind_of(token)}', identity = '{token.hex()}', at = '{moment(at)}', known_at = '{known_at(epoch)}'"
        ((customer, rule),) = world.ask(f"SELECT customer_id, rule FROM customer_as_known({asked})")
        assert customer.bytes == world.who.owner([token], at, epoch), (token, epoch)
        assert (rule in ("shared", "nobody")) == (not told(world.who, token, at, epoch))


def told(who: Who, token: Token, at: int, epoch: int) -> bytes:
    """Empty where the identity tells nothing."""
    if token[0] in a_policy().numbers:
        return who.found_by(token, epoch)
    return who.owner_of(token, epoch) or who.holder(token, at, epoch)


@pytest.mark.parametrize("world", SEEDS, indirect=True)
def test_the_periods_of_an_identity_follow_one_another_and_end_with_today(world: World) -> None:
    last = world.epochs[-1]
    tokens = sorted({token for row in world.touchpoints for token in tokens_of(row)})
    periods = world.ask("SELECT token, known_from, known_to, customer_id, rule FROM identity_periods ORDER BY token, known_from")
    for token in tokens:
        mine = [row for row in periods if row[0] == token.hex() and row[4] != "login"]
        assert [row[2] for row in mine] == [*(row[1] for row in mine[1:]), None], "each ends where the next begins, the last never"
        owner = world.who.found_by(token, last) if token[0] in a_policy().numbers else world.who.owner_of(token, last)
        assert (mine[-1][3].bytes, mine[-1][4] in ("shared", "nobody")) == (owner or solo(token), not owner)
        for _, known_from, _, customer, rule in mine:
            assert (rule == "own") == (customer.bytes == solo(token) and rule not in ("shared", "nobody", "number")), known_from
    held = [row for row in periods if row[4] == "login"]
    assert {row[3].bytes for row in held} <= {world.who.owner_of(token, last) for token in {*tokens, *accounts(world)}}


@pytest.mark.parametrize("world", SEEDS, indirect=True)
def test_the_identities_of_a_customer_are_those_that_live_with_it(world: World) -> None:
    last = world.epochs[-1]
    tokens = {token for row in world.touchpoints for token in tokens_of(row)}
    tokens |= {bytes.fromhex(row[0]) for row in world.ask("SELECT token FROM identity_history")}
    homes = {token: world.who.home(token, last) for token in tokens}
    for customer in random.Random(3).sample(sorted(set(homes.values())), ASKED):
        rows = world.ask(f"SELECT token, rule FROM customer_identities(customer = '{UUID(bytes=customer)}')")
        assert {row[0] for row in rows if row[1] != "login"} == {token.hex() for token, home in homes.items() if home == customer}
        assert len({row[0] for row in rows if row[1] != "login"}) == sum(row[1] != "login" for row in rows)


def accounts(world: World) -> set[Token]:
    return {entry.b for entries in world.system.links for entry in entries if entry.what == "login"}


def test_every_statement_of_the_page_runs(store: ReadableClickHouse, clickhouse: ClickHouseAddress) -> None:
    door = ClickHouse(connection_to(clickhouse.host, clickhouse.port, NAME), database=NAME)
    blocks = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    statements = [statement for block in blocks for statement in block.split(";\n") if statement.strip()]
    assert len(statements) >= 6
    for statement in statements:
        door.ask(statement.replace("tracker.identity_owner", f"{NAME}.identity_owner"))
    door.close()
