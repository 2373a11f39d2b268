"""`tracker migrate`, `sql` and `fingerprint` on the real ClickHouse."""

import json
from collections.abc import Iterator
from importlib import resources

import pytest

from deploy.cli.sink_commands import fingerprint, migrate, sql
from sinks.clickhouse import ClickHouse
from sinks.errors import QueryRefused
from tests.sinks.stores import connection_to
from tests.stack import ClickHouseAddress

pytestmark = pytest.mark.clickhouse
NAME = "commands"


@pytest.fixture(autouse=True)
def here(clickhouse: ClickHouseAddress, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TRACKER_CLICKHOUSE_HOST", clickhouse.host)
    monkeypatch.setenv("TRACKER_CLICKHOUSE_PORT", str(clickhouse.port))
    monkeypatch.setenv("TRACKER_CLICKHOUSE_DATABASE", NAME)
    yield
    door = ClickHouse(connection_to(clickhouse.host, clickhouse.port, NAME))
    for database in (NAME, f"{NAME}_g1", f"{NAME}_metrics"):
        door.command(f"DROP DATABASE IF EXISTS `{database}` SYNC")
    door.close()


def test_migrating_says_what_it_did_and_the_second_time_that_nothing_was_left(capsys: pytest.CaptureFixture[str]) -> None:
    migrate(dry_run=True)
    assert "would apply 0001" in capsys.readouterr().out
    migrate()
    files = len([path for path in resources.files("sinks.migrations").iterdir() if path.name.endswith(".sql")])
    assert f"{files} files applied; views show generation 1" in capsys.readouterr().out
    migrate()
    assert "up to date" in capsys.readouterr().out
    migrate(status=True, as_json=True)
    assert {m["state"] for m in json.loads(capsys.readouterr().out)["migrations"]} == {"applied"}


def test_a_query_is_shown_as_a_table_or_as_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    migrate()
    capsys.readouterr()
    sql("SELECT view, column FROM columns WHERE view = 'paths' AND database = 'commands' ORDER BY column", as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert document["columns"] == ["view", "column"]
    assert {"view": "paths", "column": "conversions"} in document["rows"]
    sql("SELECT number FROM system.numbers LIMIT 30", rows=5)
    shown = capsys.readouterr()
    assert "5 of 30 rows shown" in shown.err


def test_a_wrong_query_is_an_error_with_the_server_s_words_and_a_remedy() -> None:
    migrate()
    with pytest.raises(QueryRefused, match="weather") as caught:
        sql("SELECT * FROM weather")
    assert "columns" in caught.value.remedy


def test_the_fingerprint_names_what_it_leaves_out(capsys: pytest.CaptureFixture[str]) -> None:
    migrate()
    capsys.readouterr()
    fingerprint(as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert {"dead_letters", "ledger", "quality"} <= set(document["left_out"])
    assert "version" in document["tables"]["journeys"]["left_out"]
    assert document["tables"]["journeys"]["rows"] == 0
