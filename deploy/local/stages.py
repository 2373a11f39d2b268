"""The stages of `tracker up`, in order: parts stay in the background, steps are done once they return.

What topics, tables, worker and sink are is written elsewhere; here stands only how each is called, and it is imported when its turn comes.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

from deploy.local.clickhouse.starter import clickhouse_part
from deploy.local.daemon import Daemon
from deploy.local.errors import StackError
from deploy.local.kafka.broker import kafka_part
from deploy.local.parts import Notify, Part, death_of
from deploy.local.ports import NamedPort
from deploy.settings import HOST, LocalSettings
from schemas.connections import ClickHouseConnection

Step = Callable[[LocalSettings, Notify], str]
"""Does its work and says in one phrase what came of it. May be repeated at any time."""


class Stage(StrEnum):
    """In the order in which `up` runs them."""

    KAFKA = "kafka"
    CLICKHOUSE = "clickhouse"
    TOPICS = "topics"
    MIGRATE = "migrate"
    WORKER = "worker"
    SINK = "sink"
    ROUNDTRIP = "roundtrip"


def parts_of(settings: LocalSettings) -> dict[Stage, Part]:
    """The stages that stay, in the order of their start; building them starts and reads nothing."""
    return {
        Stage.KAFKA: kafka_part(settings),
        Stage.CLICKHOUSE: clickhouse_part(settings),
        Stage.WORKER: _python_part(settings, "worker", ("streams", "worker"), NamedPort(settings.worker_health_port, "worker_health_port")),
        Stage.SINK: _python_part(settings, "sink", ("sinks", "consume"), NamedPort(settings.sink_health_port, "sink_health_port")),
    }


def _python_part(settings: LocalSettings, name: str, module: tuple[str, ...], health: NamedPort) -> Part:
    """A program of our own. It counts as ready once it runs; that it works is what the round trip shows, and `tracker health`."""
    daemon = Daemon(
        name,
        (sys.executable, "-m", *module),
        settings.pids_folder / f"{name}.pid",
        settings.logs_folder / f"{name}.log",
        {**client_environment(settings), f"TRACKER_{name.upper()}_HEALTH_PORT": str(health.number)},
    )
    return Part(name, daemon, (health,) if health.number else (), lambda notify: None, lambda: daemon.running() is not None)


def client_environment(settings: LocalSettings) -> dict[str, str]:
    """What tells producers, worker and sink where this stack is."""
    return {
        "TRACKER_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "TRACKER_CLICKHOUSE_HOST": HOST,
        "TRACKER_CLICKHOUSE_PORT": str(settings.clickhouse_http_port),
        "TRACKER_WORKER_STATE_DIR": str(settings.data_dir / "worker"),
    }


def clickhouse_connection(settings: LocalSettings) -> ClickHouseConnection:
    return ClickHouseConnection(host=HOST, port=settings.clickhouse_http_port)


def _create_topics(settings: LocalSettings, notify: Notify) -> str:
    topics = _function("deploy.topics", "create_topics")
    return str(topics(settings.kafka_bootstrap, generation=_generation(), timeout_s=settings.start_timeout_s))


def _migrate(settings: LocalSettings, notify: Notify) -> str:
    report = _function("sinks.migrate", "migrate")(clickhouse_connection(settings), _generation())
    return f"{len(report.applied)} applied, database {report.database}"


def _generation() -> int:
    """The one that the worker and the sink of this stack run."""
    return int(_function("sinks.settings", "SinkSettings")().generation)


def _roundtrip(settings: LocalSettings, notify: Notify) -> str:
    def trouble() -> str:
        return next(filter(None, map(death_of, parts_of(settings).values())), "")

    return str(_function("deploy.roundtrip", "roundtrip")(settings, trouble))


STEPS: Final[dict[Stage, Step]] = {Stage.TOPICS: _create_topics, Stage.MIGRATE: _migrate, Stage.ROUNDTRIP: _roundtrip}


def _function(module: str, name: str) -> Callable[..., Any]:
    try:
        return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]
    except ModuleNotFoundError as missing:
        if missing.name != module:
            raise
        raise StackError(
            f"this installation has no module {module}", "install it whole, or leave the step out: tracker up --only"
        ) from missing
