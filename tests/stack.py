"""The real Kafka and ClickHouse for tests: started once a session on free ports, data in a folder that pytest clears away.

Kafka's jars come from `.tracker/kafka/libs` of the project (TRACKER_LOCAL_KAFKA_LIBS_DIR names another place), fetched there once.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from deploy.local.apart import free_ports, running
from deploy.local.apart import settings_apart as local_settings
from deploy.local.stages import Stage
from deploy.settings import HOST, LocalSettings

__all__ = ["ClickHouseAddress", "clickhouse", "free_ports", "kafka", "local_settings", "running", "stack_settings"]

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    importlib.import_module("kafka")  # reads its schemas by importlib.resources.open_text; once imported it is silent


@dataclass(frozen=True, slots=True)
class ClickHouseAddress:
    """Where the HTTP interface answers; user `default` without a password."""

    host: str
    port: int


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
