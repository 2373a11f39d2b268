"""Fixtures of the local stack's own tests."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

import tests.stack  # noqa: F401  imports kafka while its warning is silent, before any test module does
from deploy.settings import HOST


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of whoever runs the tests are no part of them."""
    for name in [name for name in os.environ if name.startswith("TRACKER_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def held_port() -> Iterator[int]:
    """A port that this very process listens on."""
    with socket.create_server((HOST, 0)) as listener:
        yield listener.getsockname()[1]
