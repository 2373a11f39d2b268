"""A wrong setting is two lines and exit code 2 in every command; an absent service is two lines, too, and soon."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.cli.app import COMMANDS
from schemas.connections import KafkaConnection
from schemas.refused_settings import setting_invalid
from sinks.settings import SinkSettings
from tests.stack import free_ports

WRONG = {
    "TRACKER_CLICKHOUSE_PORT": "nine",
    "TRACKER_KAFKA_SECURITY_PROTOCOL": "NONE",
    "TRACKER_LOCAL_KAFKA_PORT": "nine",
}
ASKS_NOTHING = {"schema", "completion"}
"""Commands that read no setting."""
WORDS: dict[str, Sequence[str]] = {
    "emit": ["page.viewed", "-i", "anonymous=c-1", "url=https://shop.example/"],
    "import": ["a.ndjson"],
    "sql": ["SELECT 1"],
    "journey": ["email:jo@example.org"],
    "customer": ["email:jo@example.org"],
    "why": ["email:jo@example.org", "email:al@example.org"],
    "link": ["email:jo@example.org", "email:al@example.org"],
    "unlink": ["email:jo@example.org", "email:al@example.org"],
    "rebuild": ["drop", "--generation", "3", "--yes"],
    "restore": ["somewhere"],
    "dead": ["list"],
    "alerts": ["list"],
    "review": ["list"],
    "score": ["--live"],
    "rules": ["show"],
}
"""What a command needs to come as far as its settings."""
IN_PLACE = {"worker", "sink"}
"""They become another program, so they run in a process of their own."""
BOUND_S = 30.0


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("TRACKER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TRACKER_LOCAL_DATA_DIR", str(tmp_path / "stack"))


@pytest.mark.parametrize("name", [c.name for c in COMMANDS if c.name not in ASKS_NOTHING | IN_PLACE])
def test_a_wrong_setting_is_named_with_its_remedy_by_every_command(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable, value in WRONG.items():
        monkeypatch.setenv(variable, value)
    assert main([name, *WORDS.get(name, [])]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[-2].startswith("error: TRACKER_"), f"give WORDS what `{name}` needs to come as far as its settings: {said}"
    assert said[-1].startswith("remedy: ")


@pytest.mark.parametrize("name", sorted(IN_PLACE))
def test_worker_and_sink_name_a_wrong_setting_too(name: str) -> None:
    told = subprocess.run([sys.executable, "-m", "deploy", name], capture_output=True, text=True, env={**os.environ, **WRONG}, timeout=60)
    assert told.returncode == 2, told.stderr
    assert [line.split(":")[0] for line in told.stderr.splitlines()] == ["error", "remedy"]


def test_a_wrong_value_is_never_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TRACKER_CLICKHOUSE_PORT", "hunter2")
    assert main(["fingerprint"]) == 2
    shown = capsys.readouterr()
    assert "TRACKER_CLICKHOUSE_PORT" in shown.err
    assert "hunter2" not in shown.err + shown.out


def test_settings_that_contradict_each_other_name_the_one_to_look_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRACKER_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    assert main(["drain"]) == 2
    assert "error: TRACKER_KAFKA_SECURITY_PROTOCOL: SASL_SSL needs" in capsys.readouterr().err


def test_a_refusal_of_anything_else_is_a_defect_and_keeps_its_traceback() -> None:
    from pydantic import BaseModel, ValidationError

    class Order(BaseModel):
        total: int

    with pytest.raises(ValidationError) as refused:
        Order.model_validate({"total": "much"})
    assert setting_invalid(refused.value) is None
    with pytest.raises(ValidationError) as refused:
        KafkaConnection.model_validate({"bootstrap_servers": ""})
    wrong = setting_invalid(refused.value)
    assert wrong is not None
    assert wrong.setting == "TRACKER_KAFKA_BOOTSTRAP"


def test_an_empty_health_port_means_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_SINK_HEALTH_PORT", "")
    assert SinkSettings().sink_health_port == 0


ABSENT = {
    "drain": (["--timeout", "2"], "Kafka"),
    "tail": (["-n", "1"], "Kafka"),
    "topics": (["--timeout", "2"], "Kafka"),
    "sql": (["SELECT 1"], "ClickHouse"),
    "fingerprint": ([], "ClickHouse"),
}


@pytest.mark.enable_socket
@pytest.mark.parametrize("name", ABSENT)
def test_an_absent_service_is_named_with_the_remedy_after_a_bounded_wait(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kafka, clickhouse = free_ports(2)
    monkeypatch.setenv("TRACKER_KAFKA_BOOTSTRAP", f"127.0.0.1:{kafka}")
    monkeypatch.setenv("TRACKER_CLICKHOUSE_PORT", str(clickhouse))
    words, service = ABSENT[name]
    began = time.monotonic()
    assert main([name, *words]) == 1
    assert time.monotonic() - began < BOUND_S
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert f"error: {service}" in said
    assert "tracker up" in said
