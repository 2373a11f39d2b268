"""The figures of a run, as `docs/performance.json` keeps them: each measure with the commit and the command that made it."""

import platform
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import psutil

PROJECT = Path(__file__).parents[2]
RESULTS = PROJECT / "docs" / "performance.json"


def machine() -> dict[str, Any]:
    """On what it was measured."""
    return {
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def commit() -> str:
    """The commit that is checked out; empty outside of a clone."""
    asked = subprocess.run(("git", "rev-parse", "--short=12", "HEAD"), cwd=PROJECT, capture_output=True, text=True, check=False)
    return asked.stdout.strip()


def read(path: Path = RESULTS) -> dict[str, Any]:
    """By measure; empty before the first run."""
    found: dict[str, Any] = orjson.loads(path.read_bytes()) if path.exists() else {}
    return found


def keep(name: str, figures: dict[str, Any], command: str, now: datetime, load: float, path: Path = RESULTS) -> None:
    """Puts the figures of one measure beside those of the others. `load`: what else the machine did when it began (load average)."""
    kept = read(path)
    kept[name] = {
        "commit": commit(),
        "command": command,
        "at": now.date().isoformat(),
        "machine": machine(),
        "load_before": round(load, 1),
        "figures": figures,
    }
    path.write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS) + b"\n")
