"""Asks the health pages of a program over HTTP."""

import http.client
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from deploy.health.figures import Figure, Sample, figures
from schemas.errors import ConfigurationError
from schemas.health import Finding, decode_report

TIMEOUT_S: Final = 5.0
PAGES: Final = ("/healthz", "/readyz")


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of one address; `program` as it was expected, where nobody answers."""

    address: str
    program: str
    name: str
    findings: list[Finding]
    figures: list[Figure] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        return all(finding.verdict != "failed" for finding in self.findings)


def ask(address: str, program: str) -> Asked:
    """`address` is host:port or http://host:port. Never raises for what the other side does."""
    where = address if "//" in address else f"http://{address}"
    try:
        reports = [decode_report(_page(where, page)) for page in PAGES]
        samples = _samples(_page(where, "/metrics").decode())
    except (OSError, http.client.HTTPException) as why:
        remedy = f"start it (`tracker up`, `tracker {program}`), or see its log; then TRACKER_{program.upper()}_HEALTH_PORT"
        return Asked(address, program, "", [Finding("answer", "failed", f"none ({type(why).__name__})", remedy)])
    except (msgspec.MsgspecError, ValueError):
        remedy = "it is no worker and no sink: correct the address"
        return Asked(address, program, "", [Finding("answer", "failed", "somebody else answers there", remedy)])
    findings = [finding for report in reports for finding in report.findings]
    return Asked(address, reports[0].program, reports[0].name, findings, figures(samples))


def _page(where: str, path: str) -> bytes:
    parts = urlsplit(where)
    try:
        host, port = parts.hostname or "", parts.port or 80
    except ValueError:
        raise ConfigurationError(f"no address: {where}", setting="--at", remedy="host:port, such as 127.0.0.1:9180") from None
    with closing(http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)) as connection:
        connection.request("GET", path)
        return connection.getresponse().read()


def _samples(text: str) -> list[Sample]:
    return [Sample(s.name, dict(s.labels), s.value) for family in text_string_to_metric_families(text) for s in family.samples]
