"""The pictures of docs/performance.md: drawn by matplotlib in the environment of the peers, so that nobody else needs it."""

import subprocess
from pathlib import Path

from deploy.bench.peers_python import environment
from deploy.bench.results import PROJECT, RESULTS

PICTURES = PROJECT / "docs" / "pictures"


def draw(results: Path = RESULTS, into: Path = PICTURES) -> None:
    """SVG files; the same figures give the same bytes."""
    into.mkdir(parents=True, exist_ok=True)
    subprocess.run((str(environment()), str(Path(__file__).parent / "peers" / "plots.py"), str(results), str(into)), check=True)
