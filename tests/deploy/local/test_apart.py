"""A stack of a test's own is gone when the test is, however that came about."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from deploy.local import stack
from deploy.local.apart import PROJECT, running, settings_apart
from deploy.local.stages import Stage, parts_of

USER = """
import sys
from deploy.local.apart import running
from deploy.local.stages import Stage
from deploy.settings import LocalSettings
with running(LocalSettings.model_validate_json(sys.argv[1]), Stage.CLICKHOUSE):
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.mark.clickhouse
def test_a_stack_ends_with_a_user_who_was_killed(tmp_path: Path) -> None:
    settings = settings_apart(tmp_path)
    command = (sys.executable, "-c", USER, settings.model_dump_json())
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == b"up\n"
        server = parts_of(settings)[Stage.CLICKHOUSE].daemon.running()
        user.kill()
    assert server is not None
    _, alive = psutil.wait_procs([psutil.Process(server.pid)] if psutil.pid_exists(server.pid) else [], timeout=60)
    assert not alive


@pytest.mark.clickhouse
def test_what_was_started_inside_ends_too(tmp_path: Path) -> None:
    settings = settings_apart(tmp_path)
    with running(settings):
        stack.up(settings, [Stage.CLICKHOUSE])
        server = parts_of(settings)[Stage.CLICKHOUSE].daemon.running()
    assert server is not None
    assert not psutil.pid_exists(server.pid)
