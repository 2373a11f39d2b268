"""Kafka's jars, fetched once by Maven.

A marker file names the pom that the folder was filled from; without it, or with another pom, all is fetched again.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from deploy.local.errors import PartFailed
from deploy.local.parts import Notify
from deploy.local.prerequisites import find_maven

POM: Final = Path(__file__).with_name("pom.xml")
MARKER: Final = ".complete"
REPORT_EVERY: Final = 10


def are_complete(libs: Path) -> bool:
    try:
        return (libs / MARKER).read_text() == _pom_digest()
    except OSError:
        return False


def fetch(libs: Path, log_file: Path, timeout_s: float, notify: Notify) -> None:
    """Fills `libs` where it is not complete. Two callers at once: the second waits and finds it done."""
    if are_complete(libs):
        return
    maven = find_maven()
    libs.parent.mkdir(parents=True, exist_ok=True)
    with _alone(libs.with_name(libs.name + ".lock")):
        if are_complete(libs):
            return
        shutil.rmtree(libs, ignore_errors=True)
        notify("kafka: fetching Kafka by Maven, about 45 MB, once")
        _run_maven(maven, libs, log_file, timeout_s, notify)
        (libs / MARKER).write_text(_pom_digest())


def _run_maven(maven: str, libs: Path, log_file: Path, timeout_s: float, notify: Notify) -> None:
    log_file.parent.mkdir(parents=True, exist_ok=True)
    command = [maven, "-B", "-f", str(POM), "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={libs}"]
    with log_file.open("w") as log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        assert running.stdout is not None  # PIPE was asked for
        alarm = threading.Timer(timeout_s, running.kill)
        alarm.start()
        try:
            _report(running.stdout, log, notify)
            code = running.wait()
        finally:
            alarm.cancel()
            running.kill()
    if code != 0 or not any(libs.glob("kafka_*.jar")):
        raise PartFailed(
            f"kafka: Maven ended with code {code} before all jars were there; its log: {log_file}",
            "look at the log's end; Maven needs a network or a mirror (~/.m2/settings.xml) this once; then run it again",
        )


def _report(lines: Iterable[str], log: TextIO, notify: Notify) -> None:
    """Copies Maven's output to the log and says now and then how many jars have come."""
    jars = 0
    for line in lines:
        log.write(line)
        if "Downloaded" in line and ".jar" in line:
            jars += 1
            if jars % REPORT_EVERY == 0:
                notify(f"kafka: {jars} files fetched")


@contextmanager
def _alone(lock_file: Path) -> Iterator[None]:
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _pom_digest() -> str:
    return hashlib.sha256(POM.read_bytes()).hexdigest()
