"""The files of the stack: what is written, what is deleted, who may work on them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from pydantic import ValidationError

from deploy.local import stack
from deploy.local.errors import PortTaken, StackError
from deploy.local.kafka.broker import cluster_id_of, properties
from deploy.local.lock import alone
from deploy.local.logs import new_lines
from deploy.local.ports import NamedPort, is_free, require_free
from deploy.local.stages import Stage, parts_of
from deploy.local.templates import render
from deploy.settings import LocalSettings, read_local_settings, variable
from schemas.errors import ConfigurationError


def settings_in(folder: Path, **values: object) -> LocalSettings:
    return LocalSettings.model_validate({"data_dir": folder, **values})


def server_properties(settings: LocalSettings) -> dict[str, str]:
    lines = properties(settings, settings.folder / "kafka" / "data").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_kafka_listens_on_loopback_at_the_ports_of_the_settings(tmp_path: Path) -> None:
    found = server_properties(settings_in(tmp_path, kafka_port=19092, kafka_controller_port=19093))
    assert found["listeners"] == "PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093"
    assert found["advertised.listeners"] == "PLAINTEXT://127.0.0.1:19092"
    assert found["controller.quorum.voters"] == "1@127.0.0.1:19093"


def test_kafka_makes_no_topic_by_itself_and_takes_messages_of_8_mib(tmp_path: Path) -> None:
    found = server_properties(settings_in(tmp_path))
    assert found["auto.create.topics.enable"] == "false"
    assert found["message.max.bytes"] == found["replica.fetch.max.bytes"] == str(8 * 1024 * 1024)
    assert {value for name, value in found.items() if name.endswith("replication.factor")} == {"1"}


def test_clickhouse_files_are_xml_whatever_the_folder_is_called() -> None:
    values = {
        "host": "127.0.0.1",
        "http_port": 18123,
        "native_port": 0,
        "folder": "/a & <b>",
        "log_file": "/log",
        "max_memory_bytes": 1,
        "log_days": 7,
    }
    config = ElementTree.fromstring(render("deploy.local.clickhouse", "config.xml.j2", values))
    assert config.findtext("backups/allowed_path") == "/a & <b>/backups/"
    assert [host.text for host in config.findall("listen_host")] == ["127.0.0.1"]
    users = ElementTree.fromstring(render("deploy.local.clickhouse", "users.xml.j2", {}))
    assert [ip.text for ip in users.findall("users/default/networks/ip")] == ["127.0.0.0/8", "::1"]


def test_a_storage_without_a_cluster_id_is_not_formatted(tmp_path: Path) -> None:
    assert cluster_id_of(tmp_path) is None
    (tmp_path / "meta.properties").write_text("#\nversion=1\ncluster.id=abc\n")
    assert cluster_id_of(tmp_path) == "abc"


def test_parts_come_up_in_their_order_and_are_described_without_starting(tmp_path: Path) -> None:
    parts = parts_of(settings_in(tmp_path / "none"))
    assert list(parts) == [Stage.KAFKA, Stage.CLICKHOUSE, Stage.WORKER, Stage.SINK]
    assert not (tmp_path / "none").exists()


def test_reset_deletes_what_the_stack_made_and_nothing_else(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    for made in ("kafka/data/log", "kafka/libs/x.jar", "clickhouse/store/x", "logs/kafka.log", "mine/letter"):
        (tmp_path / made).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / made).write_text("x")
    stack.reset(settings)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"kafka/libs/x.jar", "mine/letter", "lock"}
    stack.reset(settings, with_jars=True)
    assert not (tmp_path / "kafka").exists()
    assert (tmp_path / "mine" / "letter").exists()


def test_down_of_what_was_never_up_makes_no_folder(tmp_path: Path) -> None:
    assert stack.down(settings_in(tmp_path / "none")) == []
    assert not (tmp_path / "none").exists()


def test_two_commands_at_once_do_not_work_on_one_folder(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(StackError, match="another tracker command"), alone(tmp_path):
        pytest.fail("the second was let in")
    with alone(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_to_is_said_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StackError, match="cannot be written to") as refused, alone(tmp_path / "file" / "stack"):
        pytest.fail("it was let in")
    assert "TRACKER_LOCAL_DATA_DIR" in refused.value.remedy


@pytest.mark.enable_socket
def test_a_taken_port_names_its_holder_and_the_setting(held_port: int) -> None:
    assert not is_free(held_port)
    with pytest.raises(PortTaken, match=f"port {held_port} on 127.0.0.1 is taken by pid ") as taken:
        require_free("kafka", (NamedPort(held_port, "kafka_port"),))
    assert "TRACKER_LOCAL_KAFKA_PORT=" in taken.value.remedy


def test_settings_that_make_no_sense_name_their_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_LOCAL_KAFKA_PORT", "nine")
    with pytest.raises(ConfigurationError, match="TRACKER_LOCAL_KAFKA_PORT") as refused:
        read_local_settings()
    assert "nine" not in refused.value.message


def test_settings_are_frozen_and_each_is_described() -> None:
    with pytest.raises(ValidationError):
        LocalSettings().kafka_port = 1  # type: ignore[misc]
    assert all(field.description for field in LocalSettings.model_fields.values())
    assert variable("kafka_port") == "TRACKER_LOCAL_KAFKA_PORT"


def test_only_whole_lines_are_followed_and_a_log_that_starts_anew_is_read_from_its_start(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    assert new_lines(log, 0) == ([], 0)
    log.write_text("one\ntw")
    lines, position = new_lines(log, 0)
    assert lines == ["one"]
    log.write_text("one\ntwo\n")
    lines, position = new_lines(log, position)
    assert lines == ["two"]
    log.write_text("new\n")
    assert new_lines(log, position) == (["new"], 4)
