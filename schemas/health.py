"""Health by progress: the shape of a finding, the judgement whether a partition stands still, and the answers over HTTP (pure; the
programs serve `health_app` on loopback, `tracker health` reads it).

    /healthz   200 while the program makes progress or has nothing to do, 503 where it stands still though it could go on
    /readyz    200 where it does its work: partitions, who is who, the services
    /metrics   Prometheus
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

EXIT_STUCK: Final = 75
"""EX_TEMPFAIL of sysexits.h: ended itself since it stood still; whatever runs it should start it again."""
LONGEST_LOOK_S: Final = 15.0
"""Of the time between two looks at most so much counts: a program that was stopped and woken has not stood still."""

Verdict = Literal["ok", "warning", "failed"]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
App = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at: what was found, and where it is not well what to do."""

    name: str
    verdict: Verdict
    found: str
    remedy: str = ""


class Report(msgspec.Struct, frozen=True):
    """What /healthz and /readyz answer, as JSON. `figures` are for people; their exact form stands in /metrics."""

    program: str
    name: str
    findings: list[Finding]

    @property
    def is_well(self) -> bool:
        return all(finding.verdict != "failed" for finding in self.findings)


class Position(msgspec.Struct, frozen=True):
    """How far a step is with a partition, and how far the log goes: next offsets both."""

    step: str
    partition: int
    position: int
    end: int

    @property
    def lag(self) -> int:
        return max(0, self.end - self.position)


class Standstill:
    """Sums up, partition by partition, the time for which there was lag and no progress although nothing kept it from going on.

    Only time between two looks counts, at most LONGEST_LOOK_S of it: neither an absent service nor a stopped process adds to it.
    """

    def __init__(self) -> None:
        self._standing: dict[tuple[str, int], tuple[int, float]] = {}
        self._looked_at: float | None = None

    def look(self, now: float, positions: Sequence[Position], is_free: bool) -> None:
        """`is_free`: every service that the work needs has answered; where not, all clocks begin anew."""
        passed = 0.0 if self._looked_at is None else min(now - self._looked_at, LONGEST_LOOK_S)
        before, self._looked_at, self._standing = self._standing, now, {}
        for found in positions if is_free else ():
            if found.lag:
                at, stood = before.get((found.step, found.partition), (-1, 0.0))
                self._standing[found.step, found.partition] = (found.position, stood + passed if at == found.position else 0.0)

    @property
    def worst_s(self) -> float:
        """Longest standstill of any partition, seconds."""
        return max((stood for _, stood in self._standing.values()), default=0.0)

    @property
    def worst(self) -> str:
        """Its step and partition, for people; empty without any."""
        if not self._standing:
            return ""
        (step, partition), _ = max(self._standing.items(), key=lambda entry: entry[1][1])
        return f"{step} of partition {partition}"


def encode_report(report: Report) -> bytes:
    """The bytes that are answered."""
    return msgspec.json.encode(report)


def decode_report(raw: bytes) -> Report:
    """Raises msgspec.DecodeError where somebody else answered."""
    return msgspec.json.decode(raw, type=Report)


def health_app(reports: Mapping[str, Callable[[], Report]], metrics: App) -> App:
    """A WSGI app: a report for each path, `metrics` for /metrics, 404 for the rest."""

    def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            return metrics(environ, start_response)
        if (made := reports.get(path)) is None:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [("there are " + ", ".join((*reports, "/metrics")) + "\n").encode()]
        report = made()
        start_response("200 OK" if report.is_well else "503 Service Unavailable", [("Content-Type", "application/json")])
        return [encode_report(report) + b"\n"]

    return app
