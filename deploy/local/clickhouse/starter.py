"""ClickHouse's part: command, check before the start, and health."""

from __future__ import annotations

import sys
from functools import partial

from deploy.local.clickhouse.wire import is_ours
from deploy.local.daemon import Daemon
from deploy.local.parts import Notify, Part
from deploy.local.ports import NamedPort
from deploy.local.prerequisites import find_clickhouse
from deploy.settings import LocalSettings


def clickhouse_part(settings: LocalSettings) -> Part:
    native = (NamedPort(settings.clickhouse_native_port, "clickhouse_native_port"),) if settings.clickhouse_native_port else ()
    store = settings.folder / "clickhouse" / "store"
    return Part(
        name="clickhouse",
        daemon=Daemon("clickhouse", _command(settings), settings.pids_folder / "clickhouse.pid", settings.logs_folder / "clickhouse.log"),
        ports=(NamedPort(settings.clickhouse_http_port, "clickhouse_http_port"), *native),
        prepare=_prepare,
        is_ready=partial(is_ours, settings.clickhouse_http_port, str(store)),
    )


def _prepare(notify: Notify) -> None:
    find_clickhouse()


def _command(settings: LocalSettings) -> tuple[str, ...]:
    options = {
        "--folder": settings.folder / "clickhouse",
        "--log-file": settings.logs_folder / "clickhouse-engine.log",
        "--http-port": settings.clickhouse_http_port,
        "--native-port": settings.clickhouse_native_port,
        "--max-memory-mib": settings.clickhouse_max_memory_mib,
        "--log-days": settings.clickhouse_log_days,
    }
    words = (str(word) for option in options.items() for word in option)
    return (sys.executable, "-m", "deploy.local.clickhouse.server", *words)
