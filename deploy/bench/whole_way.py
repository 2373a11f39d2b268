"""Events a second from raw to queryable, and microseconds of processor time per event by process, on the real Kafka and ClickHouse.

All events lie in raw before worker and sink start, so the figure is that of a backlog being worked off on a machine that does nothing else.
"""

import socket
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.bench.load import send
from deploy.drain import drain
from deploy.local.stack import down, status, up
from deploy.local.stages import Stage
from deploy.settings import HOST, LocalSettings
from schemas.connections import KafkaConnection
from streams.clock import SYSTEM_CLOCK

SERVERS = (Stage.KAFKA, Stage.CLICKHOUSE, Stage.TOPICS, Stage.MIGRATE)
PROGRAMS = (Stage.WORKER, Stage.SINK)


@dataclass(frozen=True, slots=True)
class Round:
    """`micros` per event by process; `seconds` from the start of worker and sink to the last row queryable."""

    events: int
    seconds: float
    micros: dict[str, float]

    @property
    def rate(self) -> float:
        return self.events / self.seconds


def one_round(made: Sequence[tuple[bytes, bytes]], timeout_s: float) -> Round:
    """A stack of its own on free ports, ended and deleted afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(Path(folder))
        where = KafkaConnection(bootstrap_servers=settings.kafka_bootstrap)
        try:
            up(settings, SERVERS)
            send(where, made)
            before = _processor_time(settings)
            began = SYSTEM_CLOCK.monotonic()
            up(settings, PROGRAMS)
            report = drain(timeout_s, where)
            seconds = SYSTEM_CLOCK.monotonic() - began
            assert report.is_drained, str(report)
            after = _processor_time(settings)
        finally:
            down(settings)
    return Round(len(made), seconds, {name: (time - before.get(name, 0.0)) / len(made) * 1e6 for name, time in after.items()})


def _processor_time(settings: LocalSettings) -> dict[str, float]:
    """Seconds of user and system time by part."""
    found: dict[str, float] = {}
    for part in status(settings, SYSTEM_CLOCK.now().timestamp()):
        if part.pid is not None:
            times = psutil.Process(part.pid).cpu_times()
            found[part.name] = times.user + times.system
    return found


def _settings(folder: Path) -> LocalSettings:
    shared = LocalSettings()
    ports = iter(_free_ports(3))
    return LocalSettings(
        data_dir=folder,
        kafka_libs_dir=shared.kafka_libs,
        kafka_port=next(ports),
        kafka_controller_port=next(ports),
        clickhouse_http_port=next(ports),
    )


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server((HOST, 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in held]
    for server in held:
        server.close()
    return ports
