"""The real Kafka and ClickHouse for tests: started once a session on free ports, data in a folder that pytest clears away.

Kafka's jars come from `.tracker/kafka/libs` of the project (TRACKER_LOCAL_KAFKA_LIBS_DIR names another place), fetched there once.
"""

from __future__ import annotations

import importlib
import os
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local import stack
from deploy.local.stages import Stage
from deploy.settings import HOST, LocalSettings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    importlib.import_module("kafka")  # reads its schemas by importlib.resources.open_text; once imported it is silent

PROJECT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class ClickHouseAddress:
    """Where the HTTP interface answers; user `default` without a password."""

    host: str
    port: int


def free_ports(count: int) -> list[int]:
    """Different ports that nobody listens on now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def local_settings(folder: Path) -> LocalSettings:
    """Free ports, little memory, everything but Kafka's jars in `folder`."""
    kafka, controller, clickhouse = free_ports(3)
    return LocalSettings(
        data_dir=folder,
        kafka_libs_dir=Path(os.environ.get("TRACKER_LOCAL_KAFKA_LIBS_DIR", PROJECT / ".tracker" / "kafka" / "libs")),
        kafka_port=kafka,
        kafka_controller_port=controller,
        kafka_heap_mib=256,
        clickhouse_http_port=clickhouse,
        clickhouse_native_port=0,
        clickhouse_max_memory_mib=1024,
        least_free_disk_mib=512,
    )


@contextmanager
def running(settings: LocalSettings, *only: Stage) -> Iterator[None]:
    """Up while inside, down afterwards whatever happens."""
    try:
        stack.up(settings, only)
        yield
    finally:
        stack.down(settings, only)


@pytest.fixture(scope="session")
def stack_settings(tmp_path_factory: pytest.TempPathFactory) -> LocalSettings:
    """The settings of the session's own stack; it is up only as far as `kafka` and `clickhouse` were asked for."""
    return local_settings(tmp_path_factory.mktemp("stack"))


@pytest.fixture(scope="session")
def kafka(stack_settings: LocalSettings) -> Iterator[str]:
    """The bootstrap address of a real broker. Topics outlive a test: give them names of their own."""
    with running(stack_settings, Stage.KAFKA):
        yield stack_settings.kafka_bootstrap


@pytest.fixture(scope="session")
def clickhouse(stack_settings: LocalSettings) -> Iterator[ClickHouseAddress]:
    """A real server. Databases outlive a test: give them names of their own."""
    with running(stack_settings, Stage.CLICKHOUSE):
        yield ClickHouseAddress(HOST, stack_settings.clickhouse_http_port)
