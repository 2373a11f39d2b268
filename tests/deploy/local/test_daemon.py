"""Programs in the background: found again by their pid file, and never taken for another."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local.daemon import Daemon, rotate
from deploy.local.errors import MissingProgram

SLEEPS = "import time; print('here', flush=True); time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Callable[..., Daemon]]:
    """Makes daemons out of Python source; none outlives its test."""
    made: list[Daemon] = []

    def make(source: str = SLEEPS, **environment: str) -> Daemon:
        files = tmp_path / "sub"
        made.append(Daemon("nap", (sys.executable, "-c", source), files / "nap.pid", files / "nap.log", environment))
        return made[-1]

    yield make
    for each in made:
        each.stop(timeout_s=0.1)


def test_a_started_program_is_found_by_another_look(daemon: Callable[..., Daemon]) -> None:
    started = daemon().start()
    found = daemon().running()
    assert found is not None
    assert (found.pid, found.started_at) == (started.pid, started.started_at)
    assert found.resident_bytes > 0


def test_a_program_runs_in_a_session_of_its_own(daemon: Callable[..., Daemon]) -> None:
    assert os.getsid(daemon().start().pid) != os.getsid(0)


def test_output_lands_in_the_log(daemon: Callable[..., Daemon]) -> None:
    nap = daemon("import os, sys; print(os.environ['WORD']); print('err', file=sys.stderr)", WORD="out")
    nap.start()
    until(lambda: nap.running() is None)
    assert sorted(nap.last_lines(5)) == ["err", "out"]


def test_the_last_lines_may_leave_out_what_was_before_the_start(daemon: Callable[..., Daemon]) -> None:
    nap = daemon("print('again')")
    for _ in range(2):
        nap.start()
        until(lambda: nap.running() is None)
    assert nap.last_lines(5) == ["again", "again"]
    assert nap.last_lines(5, since_start=True) == ["again"]


def test_stop_ends_it_and_forgets_it(daemon: Callable[..., Daemon]) -> None:
    nap = daemon()
    pid = nap.start().pid
    assert nap.stop(timeout_s=20)
    assert not psutil.pid_exists(pid)
    assert not nap.pid_file.exists()
    assert not nap.died()


def test_stop_kills_what_does_not_listen(daemon: Callable[..., Daemon]) -> None:
    nap = daemon(DEAF)
    pid = nap.start().pid
    until(lambda: nap.last_lines(1) == ["deaf"])
    assert nap.stop(timeout_s=0.2)
    assert not psutil.pid_exists(pid)


def test_stopping_what_does_not_run_says_so(daemon: Callable[..., Daemon]) -> None:
    assert daemon().stop(timeout_s=1) is False


def test_a_program_that_ended_by_itself_has_died(daemon: Callable[..., Daemon]) -> None:
    nap = daemon("pass")
    nap.start()
    until(lambda: nap.running() is None)
    assert nap.died()


def test_a_killed_program_has_died(daemon: Callable[..., Daemon]) -> None:
    nap = daemon()
    psutil.Process(nap.start().pid).kill()
    until(nap.died)


def test_a_number_that_was_handed_out_again_is_not_ours(daemon: Callable[..., Daemon]) -> None:
    nap = daemon()
    nap.pid_file.parent.mkdir()
    mine = psutil.Process()
    nap.pid_file.write_text(json.dumps({"pid": mine.pid, "started_at": mine.create_time() - 10}))
    assert nap.running() is None
    assert nap.stop(timeout_s=1) is False  # and, above all, this test goes on


@pytest.mark.parametrize("text", ["", "{", "[]", "123", '{"pid": "x", "started_at": 1}', '{"pid": 1}', '{"pid": -5, "started_at": 1}'])
def test_a_pid_file_that_makes_no_sense_is_no_program(daemon: Callable[..., Daemon], text: str) -> None:
    nap = daemon()
    nap.pid_file.parent.mkdir()
    nap.pid_file.write_text(text)
    assert nap.running() is None


def test_other_settings_are_noticed(daemon: Callable[..., Daemon]) -> None:
    daemon(PORT="1").start()
    assert daemon(PORT="1").started_alike()
    assert not daemon(PORT="2").started_alike()


def test_an_unknown_program_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(MissingProgram, match="no-such-program") as refused:
        Daemon("x", ("no-such-program",), tmp_path / "x.pid", tmp_path / "x.log").start()
    assert refused.value.remedy


def test_a_large_log_is_moved_away_and_a_small_one_stays(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("12345")
    assert rotate(log, at_bytes=5) == 5
    assert rotate(log, at_bytes=4) == 0
    assert not log.exists()
    assert (tmp_path / "x.log.1").read_text() == "12345"
