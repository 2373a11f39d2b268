"""Health by progress: what the broker's ends and the group's commits say.

A thread beside the sink's loop looks, serves the answers, and ends a sink that stands still although Kafka and ClickHouse answer. What is
not committed is read again, so leaving at any moment loses nothing.
"""

import os
import threading
import time
from collections.abc import Callable, Sequence

import structlog

from schemas.health import EXIT_STUCK, Finding, Position, Report, Standstill
from sinks.clock import now_ms
from sinks.health_server import serve
from sinks.probe import Probe
from sinks.settings import SinkSettings
from sinks.telemetry import Telemetry

_log = structlog.get_logger(__name__)
LOOK_S = 5.0
_AWAY = "bring it back; the sink waits and goes on by itself"


class Watch:
    """`assigned` and `is_waiting` are asked from another thread: they give what does not change under one's hands."""

    def __init__(
        self, settings: SinkSettings, telemetry: Telemetry, assigned: Callable[[], frozenset[int]], is_waiting: Callable[[], bool]
    ) -> None:
        self._settings, self._telemetry, self._assigned, self._is_waiting = settings, telemetry, assigned, is_waiting
        self._standstill, self._rounds = Standstill(), 0
        self._findings: list[Finding] = [Finding("start", "failed", "the first look is on its way", "wait some seconds")]
        self._closed = threading.Event()
        reports = {"/healthz": self.healthz, "/readyz": self.readyz}
        self._server = serve(settings.sink_health_host, settings.sink_health_port, reports, telemetry.registry)
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def beat(self) -> None:
        """The sink's loop came round."""
        self._rounds += 1

    def close(self) -> None:
        """Ends serving; the thread ends soon."""
        self._closed.set()
        if self._server is not None:
            self._server.close()

    def healthz(self) -> Report:
        """Alive, and making progress."""
        return self._report([self._progress])

    def readyz(self) -> Report:
        """At work: partitions, Kafka, ClickHouse."""
        return self._report(self._findings)

    def _report(self, findings: list[Finding]) -> Report:
        return Report("sink", self._settings.sink_member_id or "sink", findings)

    @property
    def _progress(self) -> Finding:
        stood = self._standstill.worst_s
        if stood < self._settings.sink_stuck_after_s:
            return Finding("progress", "ok", f"nothing with lag stood still for more than {stood:.0f} s")
        found = f"{self._standstill.worst} stood still for {stood:.0f} s"
        return Finding("progress", "failed", found, "the sink ends for a restart by itself; see its log")

    def _run(self) -> None:
        probe = Probe(self._settings)
        every_s = min(LOOK_S, self._settings.sink_stuck_after_s / 4)
        while not self._closed.wait(every_s):
            self.look(probe, time.monotonic())
            if self._standstill.worst_s >= self._settings.sink_stuck_after_s:
                seconds = round(self._standstill.worst_s)
                _log.critical("sink.progress_stands_still", where=self._standstill.worst, seconds=seconds, exit_code=EXIT_STUCK)
                os._exit(EXIT_STUCK)
        probe.close()

    def look(self, probe: Probe, now: float) -> None:
        """One look; `now` in seconds that only grow."""
        assigned, is_waiting = self._assigned(), self._is_waiting()
        positions, clickhouse = probe.positions(assigned), probe.clickhouse_answers()
        loop = Position("loop", 0, self._rounds, self._rounds + 1)  # it always has something to do: to come round
        self._standstill.look(now, [loop, *(positions or [])], is_free=positions is not None and clickhouse and not is_waiting)
        self._findings = _findings(assigned, positions, clickhouse, is_waiting)
        if positions is not None:
            self._telemetry.lags(positions, probe.ages_s(positions, now_ms()))
        is_ready = all(finding.verdict != "failed" for finding in self._findings)
        answers = {"kafka": positions is not None, "clickhouse": clickhouse}
        self._telemetry.state(len(assigned), self._standstill.worst_s, answers, is_waiting, is_ready)


def _findings(assigned: frozenset[int], positions: Sequence[Position] | None, clickhouse: bool, is_waiting: bool) -> list[Finding]:
    kafka = positions is not None
    spare = "wait for the group; where there are more sinks than partitions this one is a spare"
    return [
        Finding("kafka", "ok", "answers") if kafka else Finding("kafka", "failed", "does not answer", _AWAY),
        Finding("clickhouse", "ok", "answers") if clickhouse else Finding("clickhouse", "failed", "does not answer", _AWAY),
        Finding("partitions", "ok", f"{len(assigned)}") if assigned else Finding("partitions", "failed", "none assigned", spare),
        Finding("batch", "ok", "goes through")
        if not is_waiting
        else Finding("batch", "failed", "waits for ClickHouse", "see sink.waiting in the log: it has ClickHouse's own words"),
    ]
