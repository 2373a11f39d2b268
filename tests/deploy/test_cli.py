"""The manners of the `tracker` command: help, exit codes, what goes to which stream, and how little it imports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.cli.app import COMMANDS, build
from deploy.cli.output import print_json, print_table, render_error
from deploy.local.parts import PartStatus, State
from schemas.errors import ConfigurationError

HEAVY = ("kafka", "clickhouse_connect", "faust", "aiokafka", "pydantic", "jinja2", "psutil", "pyarrow", "rocksdict")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may look at the stack of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("TRACKER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TRACKER_LOCAL_DATA_DIR", str(tmp_path / "stack"))
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def test_the_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("tracker 0.")


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_the_help_lists_every_command_with_its_summary(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    listing = " ".join(capsys.readouterr().out.split())
    for command in COMMANDS:
        assert f" {command.name} {command.summary.split()[0]}" in listing


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_every_command_explains_itself_with_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"Usage: tracker {name}" in shown
    assert "For example:" in shown
    assert f"tracker {name}" in shown.split("For example:")[1]


@pytest.mark.parametrize(
    "words", [["nonsense"], ["up", "--only", "nonsense"], ["logs", "-n", "many"], ["completion"], ["status", "--nonsense"]]
)
def test_wrong_usage_is_exit_code_2_and_stdout_stays_empty(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("error: ")
    assert "remedy: tracker --help" in shown.err


def test_an_error_is_two_lines_and_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TRACKER_LOCAL_KAFKA_PORT", "nine")
    assert main(["status"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert [line.split(":")[0] for line in shown.err.splitlines()] == ["error", "remedy"]


def test_an_error_is_one_document_where_json_was_asked_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TRACKER_LOCAL_KAFKA_PORT", "nine")
    assert main(["status", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["kind"] == "SettingInvalid"
    assert error["remedy"]


def test_status_is_a_table_or_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in table] == ["part", "kafka", "clickhouse", "worker", "sink"]
    assert main(["status", "--json"]) == 0
    parts = json.loads(capsys.readouterr().out)["parts"]
    assert parts[0] == {"name": "kafka", "state": "stopped", "pid": None, "port": 9092, "resident_mib": None, "uptime_s": None}


def test_nothing_to_stop_and_nothing_to_delete_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["down"]) == 0
    assert main(["reset", "--yes"]) == 0
    assert capsys.readouterr().out == "nothing was running\nthere was nothing to delete\n"


def test_reset_without_yes_deletes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "stack" / "logs" / "kafka.log"
    log.parent.mkdir(parents=True)
    log.write_text("x")
    assert main(["reset"]) == 2
    assert "tracker reset --yes" in capsys.readouterr().err
    assert log.exists()
    assert main(["reset", "--yes"]) == 0
    assert not log.exists()


@pytest.mark.enable_socket  # it asks whether ports are free
def test_doctor_names_each_check_and_fails_on_a_finding(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TRACKER_LOCAL_LEAST_FREE_DISK_MIB", str(2**40))
    assert main(["doctor", "--json"]) == 1
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert {"python", "java", "maven", "clickhouse engine", "memory", "disk", "kafka", "clickhouse", "worker", "sink"} <= set(checks)
    assert checks["disk"]["verdict"] == "failed"
    assert checks["disk"]["fix"]
    assert all(set(check) == {"name", "verdict", "found", "wanted", "fix"} for check in checks.values())


def test_logs_show_each_line_with_its_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs = tmp_path / "stack" / "logs"
    logs.mkdir(parents=True)
    (logs / "kafka.log").write_text("one\ntwo\nthree\n")
    (logs / "sink.log").write_text("four\n")
    assert main(["logs", "kafka", "-n", "2"]) == 0
    assert capsys.readouterr().out == "kafka      | two\nkafka      | three\n"
    assert main(["logs"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "sink       | four"


def test_ctrl_c_is_exit_code_130_without_a_traceback(tmp_path: Path) -> None:
    logs = tmp_path / "stack" / "logs"
    logs.mkdir(parents=True)
    (logs / "kafka.log").write_text("one\n")
    command = [sys.executable, "-m", "deploy", "logs", "kafka", "-f"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as follower:
        assert follower.stdout is not None
        assert follower.stderr is not None
        assert follower.stdout.readline() == "kafka      | one\n"
        follower.send_signal(signal.SIGINT)
        try:
            assert follower.wait(timeout=20) == 130
        finally:
            follower.kill()
        assert follower.stderr.read() == "interrupted\n"


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    logs = tmp_path / "stack" / "logs"
    logs.mkdir(parents=True)
    (logs / "kafka.log").write_text("a line of some length\n" * 50_000)
    shown = subprocess.run(
        f"{sys.executable} -m deploy logs kafka -n 50000 | head -1", shell=True, capture_output=True, text=True, check=True, timeout=60
    )
    assert shown.stdout == "kafka      | a line of some length\n"
    assert shown.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_and_options(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(word in script for word in ("doctor", "roundtrip", "reset"))


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["up", "--help"], ["worker", "--help"]])
def test_what_needs_nothing_heavy_imports_nothing_heavy(words: list[str]) -> None:
    source = f"import sys; from deploy.cli import main; main({words!r}); print(*sys.modules, file=sys.stderr)"
    loaded = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True, timeout=60).stderr.split()
    assert "deploy.cli" in loaded
    assert [module for module in HEAVY if module in loaded] == []


def test_no_colour_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("part", "state"), [("kafka", "ready"), ("sink", "died")])
    render_error(ConfigurationError("wrong", setting="X", remedy="set it"))
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out + shown.err
    assert shown.err == "error: wrong\nremedy: set it\n"


def test_figures_become_json_with_their_names(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"parts": [PartStatus("kafka", State.READY, 1, 9092, 300, 7)], "folder": Path("x")})
    document = json.loads(capsys.readouterr().out)
    assert document["parts"][0]["resident_mib"] == 300
    assert document["folder"] == "x"


def test_every_command_can_be_imported() -> None:
    app = build()
    assert all(app[command.name] for command in COMMANDS)


def test_python_m_deploy_is_the_same_command() -> None:
    shown = subprocess.run([sys.executable, "-m", "deploy", "--version"], capture_output=True, text=True, check=True, timeout=60)
    assert shown.stdout.startswith("tracker ")
    assert os.linesep in shown.stdout
