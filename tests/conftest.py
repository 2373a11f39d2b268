"""What holds for every test: no sockets but where a marker asks for them, repeatable examples, quick tests first."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["tests.stack"]

PROJECT = Path(__file__).parent.parent
SERVERS = ("clickhouse", "kafka")
"""Markers of tests that talk to real servers, in the order in which they run, after all others."""

signal.signal(signal.SIGINT, signal.default_int_handler)
"""Who runs the tests in the background of a shell has Ctrl-C ignored, and every program that a test starts would inherit that."""

settings.register_profile("default", derandomize=True, deadline=None)
settings.register_profile("thorough", derandomize=False, deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sockets for whoever talks to real servers; a failure of a quick test is seen before a broker is started."""
    for item in items:
        if _rank(item):
            item.add_marker("enable_socket")
        if "shared_data" in getattr(item, "fixturenames", ()):
            item.add_marker("shared_data")
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    return max((place for place, marker in enumerate(SERVERS, start=1) if item.get_closest_marker(marker)), default=0)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The public data sets beside the project, or in TRACKER_DATA_DIR; no test may write there."""
    folder = Path(os.environ.get("TRACKER_DATA_DIR", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no public data sets: there is no folder {folder}; name one in TRACKER_DATA_DIR")
    return folder
