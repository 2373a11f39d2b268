"""A stack of its own beside others, for tests, benches and chaos: free ports on loopback, little memory, gone when its user is done."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deploy.local import stack
from deploy.local.stages import Stage
from deploy.settings import HOST, LocalSettings

PROJECT: Final = Path(__file__).parents[2]


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


def settings_apart(folder: Path) -> LocalSettings:
    """Everything but Kafka's jars in `folder`; those come from TRACKER_LOCAL_KAFKA_LIBS_DIR, else from the project's own stack."""
    kafka, controller, clickhouse, worker, sink = free_ports(5)
    return LocalSettings(
        data_dir=folder,
        kafka_libs_dir=Path(os.environ.get("TRACKER_LOCAL_KAFKA_LIBS_DIR", PROJECT / ".tracker" / "kafka" / "libs")),
        kafka_port=kafka,
        kafka_controller_port=controller,
        kafka_heap_mib=256,
        clickhouse_http_port=clickhouse,
        clickhouse_native_port=0,
        clickhouse_max_memory_mib=1024,
        worker_health_port=worker,
        sink_health_port=sink,
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
