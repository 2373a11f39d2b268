"""`tracker doctor`: all checks, in the order in which findings should be put right."""

from __future__ import annotations

from collections.abc import Iterator

import psutil

from deploy.local.checks import Check, Verdict, machine_checks, memory_check, part_check, port_checks
from deploy.local.kafka.broker import topics_at
from deploy.local.parts import State, status_of
from deploy.local.stages import STEPS, Stage, clickhouse_connection, parts_of
from deploy.settings import LocalSettings
from schemas.errors import TrackerError


def examine(settings: LocalSettings, now_s: float, with_roundtrip: bool = False) -> Iterator[Check]:
    """`now_s` in seconds since 1970. Changes nothing, but for one event of environment `test` where `with_roundtrip`."""
    yield from machine_checks(settings)
    statuses = [(part, status_of(part, now_s)) for part in parts_of(settings).values()]
    running = any(status.pid is not None for _, status in statuses)
    yield memory_check(settings, psutil.virtual_memory().available >> 20, running)
    for part, status in statuses:
        yield from port_checks(part, status)
    for _, status in statuses:
        yield part_check(status)
    ready = {part.name for part, status in statuses if status.state is State.READY}
    if Stage.KAFKA in ready:
        yield _topics(settings)
    if Stage.CLICKHOUSE in ready:
        yield _migrations(settings)
    if with_roundtrip:
        yield _roundtrip(settings)


def _topics(settings: LocalSettings) -> Check:
    """Only whether they are there; `tracker topics` also compares their shape."""
    from schemas.topics import catalogue

    wanted = {spec.name for spec in catalogue()}
    missing = sorted(wanted - topics_at(settings.kafka_port))
    found = f"missing: {', '.join(missing)}" if missing else f"{len(wanted)} there"
    return Check("topics", Verdict.FAILED if missing else Verdict.OK, found, f"{len(wanted)} topics", "tracker topics" if missing else "")


def _migrations(settings: LocalSettings) -> Check:
    from sinks.migrate import migration_status

    wanted = "every file applied as it is"
    try:
        states = migration_status(clickhouse_connection(settings))
    except TrackerError as trouble:
        return Check("migrations", Verdict.FAILED, trouble.message, wanted, trouble.remedy)
    odd = [f"{state.file} {state.state}" for state in states if state.state != "applied"]
    verdict = Verdict.FAILED if odd else Verdict.OK
    return Check("migrations", verdict, ", ".join(odd) or f"{len(states)} applied", wanted, "tracker migrate" if odd else "")


def _roundtrip(settings: LocalSettings) -> Check:
    wanted = "one event, read back by SQL"
    try:
        return Check("round trip", Verdict.OK, STEPS[Stage.ROUNDTRIP](settings, lambda line: None), wanted)
    except TrackerError as trouble:
        return Check("round trip", Verdict.FAILED, trouble.message, wanted, trouble.remedy)
