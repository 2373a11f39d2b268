"""The Kafka broker: its properties, its storage, its command and its health."""

from __future__ import annotations

import base64
import contextlib
import logging
import secrets
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any, Final, TypeVar

from deploy.local.daemon import Daemon
from deploy.local.errors import PartFailed
from deploy.local.kafka import jars
from deploy.local.parts import Notify, Part
from deploy.local.ports import NamedPort, answers
from deploy.local.prerequisites import find_java, java_path
from deploy.local.templates import render
from deploy.settings import HOST, LocalSettings

FORMAT_TIMEOUT_S: Final = 60.0
PROBE_TIMEOUT_MS: Final = 2000
Answer = TypeVar("Answer")


def kafka_part(settings: LocalSettings) -> Part:
    home = settings.folder / "kafka"
    return Part(
        name="kafka",
        daemon=Daemon("kafka", _command(settings), settings.pids_folder / "kafka.pid", settings.logs_folder / "kafka.log"),
        ports=(NamedPort(settings.kafka_port, "kafka_port"), NamedPort(settings.kafka_controller_port, "kafka_controller_port")),
        prepare=partial(_prepare, settings),
        is_ready=partial(is_ours, settings.kafka_port, home / "data"),
    )


def is_ours(port: int, data_folder: Path) -> bool:
    """True where a broker at `port` answers a metadata request and names the cluster id that stands in `data_folder`."""
    wanted = cluster_id_of(data_folder)
    return wanted is not None and answers(port) and cluster_id_at(port) == wanted


def cluster_id_at(port: int) -> str | None:
    """What the broker itself says; None where none answers within PROBE_TIMEOUT_MS."""
    return _asked(port, lambda admin: str(admin.describe_cluster()["cluster_id"]))


def topics_at(port: int) -> set[str]:
    """Names of all topics; empty where no broker answers within PROBE_TIMEOUT_MS."""
    return _asked(port, lambda admin: set(admin.list_topics())) or set()


def _asked(port: int, question: Callable[[Any], Answer]) -> Answer | None:
    from kafka.admin import KafkaAdminClient  # a quarter of a second to import
    from kafka.errors import KafkaError

    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # a broker that is not up yet is no news here
    try:
        with contextlib.closing(
            KafkaAdminClient(bootstrap_servers=f"{HOST}:{port}", bootstrap_timeout_ms=PROBE_TIMEOUT_MS, request_timeout_ms=PROBE_TIMEOUT_MS)
        ) as admin:
            return question(admin)
    except (KafkaError, OSError, ValueError):
        return None


def cluster_id_of(data_folder: Path) -> str | None:
    try:
        lines = (data_folder / "meta.properties").read_text().splitlines()
    except OSError:
        return None
    return next((line.removeprefix("cluster.id=") for line in lines if line.startswith("cluster.id=")), None)


def properties(settings: LocalSettings, log_dirs: Path) -> str:
    return render("deploy.local.kafka", "server.properties.j2", {
        "host": HOST, "port": settings.kafka_port, "controller_port": settings.kafka_controller_port, "log_dirs": log_dirs,
    })  # fmt: skip


def _prepare(settings: LocalSettings, notify: Notify) -> None:
    java = find_java()
    home = settings.folder / "kafka"
    home.mkdir(parents=True, exist_ok=True)
    jars.fetch(settings.kafka_libs, settings.logs_folder / "maven.log", settings.download_timeout_s, notify)
    if cluster_id_of(home / "data") is None:
        _format(java, settings, home)
    (home / "server.properties").write_text(properties(settings, home / "data"))
    (home / "log4j2.xml").write_text((resources.files("deploy.local.kafka") / "log4j2.xml").read_text())


def _format(java: str, settings: LocalSettings, home: Path) -> None:
    """Formats beside the place and renames, so that a kill in between leaves no half-formatted storage."""
    beside = home / "data.new"
    shutil.rmtree(beside, ignore_errors=True)
    (home / "format.properties").write_text(properties(settings, beside))
    tool = [java, "-cp", f"{settings.kafka_libs}/*", "kafka.tools.StorageTool", "format"]
    command = [*tool, "--cluster-id", _new_cluster_id(), "--config", str(home / "format.properties")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=FORMAT_TIMEOUT_S, check=False)
    if done.returncode != 0 or cluster_id_of(beside) is None:
        raise PartFailed(f"kafka: its storage could not be formatted: {(done.stdout + done.stderr).strip()[-1000:]}", "tracker doctor")
    beside.rename(home / "data")


def _command(settings: LocalSettings) -> tuple[str, ...]:
    home = settings.folder / "kafka"
    return (
        java_path() or "java",
        f"-Xms{min(256, settings.kafka_heap_mib)}m",
        f"-Xmx{settings.kafka_heap_mib}m",
        "-XX:+UseG1GC",
        "-XX:MaxGCPauseMillis=50",
        "-XX:+ExitOnOutOfMemoryError",
        "-Djava.awt.headless=true",
        f"-Dtracker.ports={settings.kafka_port},{settings.kafka_controller_port}",  # so that other ports are another command
        f"-Dlog4j2.configurationFile={home / 'log4j2.xml'}",
        "-cp",
        f"{settings.kafka_libs}/*",
        "kafka.Kafka",
        str(home / "server.properties"),
    )


def _new_cluster_id() -> str:
    """16 random bytes as Kafka writes them; the first bit is 0, since an id must not begin with a dash."""
    first, *rest = secrets.token_bytes(16)
    return base64.urlsafe_b64encode(bytes([first & 0x7F, *rest])).decode().rstrip("=")
