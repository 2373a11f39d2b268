"""Who listens where on this machine."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass

import psutil

from deploy.local.errors import PortTaken
from deploy.settings import HOST, variable


@dataclass(frozen=True, slots=True)
class NamedPort:
    """A port and the field of LocalSettings that chooses it."""

    number: int
    setting: str


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def answers(port: int, timeout_s: float = 0.5) -> bool:
    """True where something accepts a connection; says nothing on whether it is ours."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=timeout_s):
        return True
    return False


def holder(port: int) -> str:
    """The listener as `pid 123 (java ...)`; where the system hides it from us, says so."""
    with contextlib.suppress(psutil.AccessDenied):
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.pid and connection.laddr and connection.laddr.port == port:
                return f"pid {connection.pid} ({_command_of(connection.pid)})"
    return "a program that this account may not see"


def require_free(part: str, ports: tuple[NamedPort, ...]) -> None:
    """Raises PortTaken for the first port that somebody else has."""
    for port in ports:
        if not is_free(port.number):
            raise PortTaken(
                f"{part} cannot start: port {port.number} on {HOST} is taken by {holder(port.number)}",
                f"stop that program, or choose another port: export {variable(port.setting)}={_another(port.number)}",
            )


def _another(port: int) -> int:
    return next(candidate for candidate in range((port + 10000) % 50000 + 1024, 65535) if is_free(candidate))


def _command_of(pid: int) -> str:
    try:
        words = psutil.Process(pid).cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return "unknown"
    return " ".join(words)[:80] or "unknown"
