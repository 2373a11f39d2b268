"""The programs of a rebuild: found again, started again, given up."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.local.daemon import Daemon
from deploy.rebuild.errors import RebuildRefused, RebuildStuck
from deploy.rebuild.plan import MARK, Plan, begin_or_go_on
from deploy.rebuild.programs import Keeper, folder_of, programs_of, stop_all
from schemas.connections import ClickHouseConnection, KafkaConnection
from streams.rules_file import load_rules


class StandingClock:
    """No time passes."""

    def now(self) -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return 100.0


def a_program(folder: Path, code: str) -> Daemon:
    return Daemon("sink", (sys.executable, "-c", code), folder / "sink.pid", folder / "sink.log")


def pid_of(program: Daemon) -> int:
    running = program.running()
    assert running is not None
    return running.pid


def look_for_ever(keeper: Keeper) -> None:
    while True:
        keeper.look()


def a_plan(folder: Path, generation: int) -> Plan:
    return Plan(KafkaConnection(), ClickHouseConnection(), folder, live=1, generation=generation)


def test_a_rebuild_has_workers_of_its_own_names_and_one_sink(tmp_path: Path) -> None:
    found = {p.name: p.environment for p in programs_of(tmp_path, 3, workers=2)}
    assert set(found) == {"rebuild-1", "rebuild-2", "sink"}
    assert {e["TRACKER_GENERATION"] for e in found.values()} == {"3"}
    assert found["rebuild-2"]["TRACKER_WORKER_ID"] == "rebuild-2"
    assert {e["TRACKER_WORKER_HEALTH_PORT"] for e in found.values()} == {"0"}, "the port of the environment is that of the live worker"


def test_one_that_ends_right_after_each_start_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    told: list[str] = []
    program = a_program(tmp_path, "import sys; sys.exit('no such topic')")
    keeper = Keeper((program,), StandingClock(), told.append)
    keeper.start()
    with pytest.raises(RebuildStuck, match="no such topic"):
        look_for_ever(keeper)
    assert (keeper.restarts, len(told)) == (4, 4)


def test_a_later_call_finds_and_stops_what_an_earlier_one_left(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, 2)
    program = a_program(folder, "import time; time.sleep(600)")
    Keeper((program,), StandingClock(), print).start()
    first = pid_of(program)
    Keeper((program,), StandingClock(), print).start()
    assert pid_of(program) == first
    assert stop_all(tmp_path, 2) == ("sink",)
    assert (program.running(), stop_all(tmp_path, 2)) == (None, ())


def test_a_generation_that_was_begun_with_other_rules_is_refused(tmp_path: Path) -> None:
    rules = load_rules()
    begin_or_go_on(a_plan(tmp_path, 2), rules)
    begin_or_go_on(a_plan(tmp_path, 2), rules)
    mark = folder_of(tmp_path, 2) / MARK
    mark.write_text(json.dumps(json.loads(mark.read_text()) | {"rules_digest": "another"}))
    with pytest.raises(RebuildRefused, match="other rules") as refusal:
        begin_or_go_on(a_plan(tmp_path, 2), rules)
    assert "rebuild drop" in refusal.value.remedy


def test_the_live_generation_is_not_built_over(tmp_path: Path) -> None:
    with pytest.raises(RebuildRefused, match="is the live one"):
        begin_or_go_on(a_plan(tmp_path, 1), load_rules())
