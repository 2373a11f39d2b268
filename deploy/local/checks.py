"""Single checks of the machine, the ports and the parts: what was found, what was wanted, what to do. None changes anything."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Final

from deploy.local.errors import StackError
from deploy.local.kafka import jars
from deploy.local.parts import Part, PartStatus, State
from deploy.local.ports import holder, is_free
from deploy.local.prerequisites import LEAST_JAVA, find_clickhouse, find_java, find_maven, free_disk_mib, java_version
from deploy.settings import LocalSettings, variable

LEAST_PYTHON: Final = (3, 11)
BESIDE_KAFKA_HEAP_MIB: Final = 1000
"""Measured: 150 MiB of Kafka outside its heap, 270 to 450 ClickHouse, the rest worker and sink."""
CPU_FLAGS: Final = {"x86_64": "sse4_2", "aarch64": "atomics"}
CPU_LIST: Final = Path("/proc/cpuinfo")


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """`fix` is empty where nothing is to be done."""

    name: str
    verdict: Verdict
    found: str
    wanted: str
    fix: str = ""


def machine_checks(settings: LocalSettings) -> Iterator[Check]:
    """What must be there before anything starts; looks at no running part."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield _judge(
        "python", sys.version_info >= LEAST_PYTHON, python, "3.11 or newer", "install a newer Python and make the environment again"
    )
    yield _processor()
    yield _required("java", find_java, lambda java: f"{java_version(str(java))} at {java}", f"{LEAST_JAVA} or newer")
    yield _maven(settings)
    yield _required("clickhouse engine", find_clickhouse, lambda home: f"chdb-core {version('chdb-core')}", "chdb-core")
    free = free_disk_mib(settings.folder)
    fix = f"free some space, or {variable('data_dir')}=/a/larger/disk"
    yield _judge("disk", free >= settings.least_free_disk_mib, f"{free} MiB free", f"{settings.least_free_disk_mib} MiB", fix)


def memory_check(settings: LocalSettings, available_mib: int, running: bool) -> Check:
    """A warning, no failure: what is available now says little about what other programs could give back."""
    wanted = settings.kafka_heap_mib + BESIDE_KAFKA_HEAP_MIB
    enough = running or available_mib >= wanted
    fix = "" if enough else f"close something, or take less: {variable('kafka_heap_mib')}=256"
    verdict = Verdict.OK if enough else Verdict.WARNING
    return Check("memory", verdict, f"{available_mib} MiB available", "the stack is up" if running else f"{wanted} MiB", fix)


def port_checks(part: Part, status: PartStatus) -> Iterator[Check]:
    """A port is well where it is free, or where its own part has it."""
    for port in part.ports:
        name, wanted = f"port {port.number}", f"free, or {part.name}'s"
        if status.state in (State.READY, State.NOT_READY):
            yield Check(name, Verdict.OK, f"{part.name}, pid {status.pid}", wanted)
        elif is_free(port.number):
            yield Check(name, Verdict.OK, "free", wanted)
        else:
            fix = f"stop that program, or choose another port: {variable(port.setting)}"
            yield Check(name, Verdict.FAILED, f"taken by {holder(port.number)}", wanted, fix)


def part_check(status: PartStatus) -> Check:
    match status.state:
        case State.READY:
            return Check(status.name, Verdict.OK, f"ready, {status.resident_mib} MiB, up {status.uptime_s} s", "ready")
        case State.STOPPED:
            return Check(status.name, Verdict.SKIPPED, "not started", "ready", "tracker up")
        case State.DIED:
            return Check(
                status.name, Verdict.FAILED, "ended without being told to", "ready", f"tracker logs {status.name}; then tracker up"
            )
        case State.NOT_READY:
            fix = f"tracker logs {status.name}; then tracker down --only {status.name} and tracker up"
            return Check(status.name, Verdict.FAILED, f"pid {status.pid} runs but does not answer", "ready", fix)


def _judge(name: str, well: bool, found: str, wanted: str, fix: str) -> Check:
    return Check(name, Verdict.OK if well else Verdict.FAILED, found, wanted, "" if well else fix)


def _required(name: str, find: Callable[[], object], describe: Callable[[object], str], wanted: str) -> Check:
    try:
        return Check(name, Verdict.OK, describe(find()), wanted)
    except StackError as lack:
        return Check(name, Verdict.FAILED, lack.message, wanted, lack.remedy)


def _maven(settings: LocalSettings) -> Check:
    if jars.are_complete(settings.kafka_libs):
        return Check("maven", Verdict.OK, "not needed any more: Kafka's jars are here", "Kafka's jars, or Maven to fetch them")
    return _required("maven", find_maven, str, "Maven, to fetch Kafka once")


def _processor() -> Check:
    flag = CPU_FLAGS.get(platform.machine())
    if flag is None or not CPU_LIST.exists():
        return Check("processor", Verdict.SKIPPED, f"{platform.machine()} on {platform.system()}", "SSE 4.2, or ARM with atomics")
    there = flag in CPU_LIST.read_text().split()
    fix = "ClickHouse ends with `Illegal instruction` here; another machine is needed"
    return _judge("processor", there, f"{platform.machine()} {'with' if there else 'without'} {flag}", flag, fix)
