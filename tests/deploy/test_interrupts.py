"""Ctrl-C in the middle of a long wait: 130, or a clean end, and no traceback."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.apart import environment_with

PATIENCE_S = 60.0

KAFKA = ["drain", "tail", "worker", "emit"]
CLICKHOUSE = ["sql", "migrate", "sink"]
WORDS = {"sql": ["SELECT 1"], "emit": ["page.viewed", "-i", "anonymous=c-1", "url=https://shop.example/"]}


@pytest.fixture
def mute() -> Iterator[socket.socket]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_S)
        yield listener


@pytest.mark.enable_socket
@pytest.mark.parametrize("name", KAFKA + CLICKHOUSE)
def test_an_interrupted_command_ends_at_once_without_a_traceback(name: str, mute: socket.socket, tmp_path: Path) -> None:
    port = mute.getsockname()[1]
    told = {"kafka_bootstrap": f"127.0.0.1:{port}", "clickhouse_port": port, "worker_state_dir": tmp_path}
    command = [sys.executable, "-m", "deploy", name, *WORDS.get(name, [])]
    with subprocess.Popen(command, env=environment_with(told), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        try:
            connection, _ = mute.accept()
            program.send_signal(signal.SIGINT)
            _, said = program.communicate(timeout=PATIENCE_S)
            connection.close()
        finally:
            program.kill()
    assert "Traceback" not in said, said
    assert program.returncode in (0, 130), said
