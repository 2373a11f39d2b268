"""What must be on the machine before anything can start; each lack is said with its cure."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from deploy.local.errors import DiskFull, MissingProgram

LEAST_JAVA: Final = 17
JAVA_REMEDY: Final = (
    f"install Java {LEAST_JAVA} or newer (Debian, Ubuntu: apt install openjdk-17-jre-headless; macOS: brew install openjdk@17)"
)
MAVEN_REMEDY: Final = "install Maven, needed once to fetch Kafka (Debian, Ubuntu: apt install maven; macOS: brew install maven)"
CHDB_REMEDY: Final = "install the extra `local`: pip install 'touchpoint-tracker[local]' (in a clone: pip install -e '.[local]')"


def find_java() -> str:
    """The path of a Java that Kafka runs on, $JAVA_HOME first. Raises MissingProgram."""
    java = java_path()
    if java is None:
        raise MissingProgram("Java was not found, neither in $JAVA_HOME nor on PATH; Kafka needs it", JAVA_REMEDY)
    version = java_version(java)
    if version is None or version < LEAST_JAVA:
        raise MissingProgram(f"{java} is Java {version or 'of an unknown version'}; Kafka needs {LEAST_JAVA} or newer", JAVA_REMEDY)
    return java


def java_path() -> str | None:
    """Of whatever version; quick."""
    home = os.environ.get("JAVA_HOME")
    return (shutil.which("java", path=str(Path(home, "bin"))) if home else None) or shutil.which("java")


def java_version(java: str) -> int | None:
    """The feature release: 17 for 17.0.15, 8 for 1.8.0; None where the program says nothing that we know."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_java_version(said.stderr + said.stdout)


def parse_java_version(text: str) -> int | None:
    found = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(found.group(1)) if found else None


def find_maven() -> str:
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingProgram("Maven (mvn) was not found; it fetches Kafka's jars once", MAVEN_REMEDY)
    return maven


def find_clickhouse() -> Path:
    """The folder of chdb-core. Does not import it: that would start an engine inside this program."""
    found = importlib.util.find_spec("chdb")
    if found is None or found.origin is None:
        raise MissingProgram("the package chdb-core is not installed; it holds the ClickHouse server of the local stack", CHDB_REMEDY)
    return Path(found.origin).parent


def require_disk(folder: Path, least_mib: int) -> None:
    """Raises DiskFull where the file system of `folder` (or of its nearest parent that exists) has less free."""
    free_mib = free_disk_mib(folder)
    if free_mib < least_mib:
        raise DiskFull(
            f"only {free_mib} MiB are free where {folder} lies; the local stack wants {least_mib}",
            "free some space, or put the data elsewhere: export TRACKER_LOCAL_DATA_DIR=/a/larger/disk",
        )


def free_disk_mib(folder: Path) -> int:
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return shutil.disk_usage(there).free >> 20
