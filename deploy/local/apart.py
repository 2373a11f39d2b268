"""A stack of its own beside others, for tests, benches and chaos: free ports on loopback, little memory, gone when its user is done."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deploy.local import stack
from deploy.local.stages import Stage
from deploy.settings import HOST, LocalSettings

PROJECT: Final = Path(__file__).parents[2]
_GUARD: Final = """
import sys
sys.stdin.buffer.read()
from deploy.local.stack import down
from deploy.settings import LocalSettings
down(LocalSettings.model_validate_json(sys.argv[1]))
"""


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
        clickhouse_max_memory_mib=4096,  # a limit, not a need: the tables of one database take 32 MiB, and tests make dozens
        worker_health_port=worker,
        sink_health_port=sink,
        least_free_disk_mib=512,
    )


def environment_with(settings: Mapping[str, object]) -> dict[str, str]:
    """For a program apart: these as `TRACKER_*`, and none of those that are set here, which are meant for another stack."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    return {**kept, **{f"TRACKER_{name.upper()}": str(value) for name, value in settings.items()}}


@contextmanager
def running(settings: LocalSettings, *only: Stage) -> Iterator[None]:
    """Up while inside, down afterwards whatever happens, even where this process is killed.

    With no stages nothing is started here, and whatever was started inside is taken down.
    """
    with _guarded(settings):
        try:
            stack.up(settings, only)
            yield
        finally:
            stack.down(settings, only or tuple(Stage))


@contextmanager
def _guarded(settings: LocalSettings) -> Iterator[None]:
    """A process that waits on a pipe for the end of this one, and takes the stack down if nobody else did."""
    command = (sys.executable, "-c", _GUARD, settings.model_dump_json())
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=PROJECT, start_new_session=True) as guard:
        try:
            yield
        finally:
            guard.kill()
