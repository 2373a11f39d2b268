"""A ticket that nobody answers, on the real parts: told once at a webhook although the worker dies, withdrawn when a reply shows up."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import orjson
import pytest

from deploy.alerts.signing import HEADER, is_signed
from deploy.chaos.line import Line
from deploy.chaos.programs import until
from deploy.chaos.records import record_of
from deploy.cli import main
from schemas.examples import example
from streams.clock import SYSTEM_CLOCK

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]
SECRET = "shared with the desk"
AT_RISK, BREACHED = (("sla.at_risk", "first_response", "T-1"), ("sla.breached", "first_response", "T-1"))
QUICK: Mapping[str, Any] = {"worker_tick_s": 0.2, "worker_tick_delay_s": 0.2}
HOUR_S, LEFT_S = 3_600, 20
"""The promise, and what is left of it when the ticket is sent: time for the worker to see it and to be killed."""


@dataclass
class Desk:
    """A receiver: what came, if its signature holds, and nothing twice."""

    port: int = 0
    alerts: list[dict[str, Any]] = field(default_factory=list)
    forged: int = 0

    def take(self, body: bytes, header: str) -> None:
        if is_signed(SECRET.encode(), body, header, int(SYSTEM_CLOCK.now().timestamp())):
            self.alerts.append(orjson.loads(body))
        else:
            self.forged += 1

    def heard(self, rule: str) -> list[str]:
        return [alert["state"] for alert in self.alerts if alert["rule"] == rule]


@contextmanager
def a_desk() -> Iterator[Desk]:
    desk = Desk()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            desk.take(self.rfile.read(int(self.headers["Content-Length"])), self.headers[HEADER])
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    desk.port = server.server_port
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield desk
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def told(event_type: str, n: int, at: datetime, **payload: Any) -> dict[str, Any]:
    return example(
        event_type,
        event_id=f"00000000-0000-7000-8000-{n:012d}",
        occurred_at=at.isoformat(timespec="milliseconds"),
        source="helpdesk",
        identities=[{"kind": "email", "value": "waiting@example.org"}],
        payload={"ticket_id": "T-1", **payload} if event_type.startswith("ticket.") else {},
    )


def rows(line: Line) -> list[tuple[str, ...]]:
    return sorted(tuple(row) for row in line.ask("SELECT rule, clock, subject_id FROM {tables}.alerts FINAL WHERE is_deleted = 0"))


def an_hour_nearly_over(line: Line) -> datetime:
    """When the ticket was opened; the worker has seen it, warned, and is killed."""
    line.prepare()
    worker = line.worker(**QUICK)
    line.sink()
    line.send([record_of(told("page.viewed", 9, SYSTEM_CLOCK.now()))])
    line.settle()
    opened = SYSTEM_CLOCK.now() - timedelta(seconds=HOUR_S - LEFT_S)
    line.send([record_of(told("ticket.opened", 1, opened))])
    line.settle()
    assert rows(line) == [AT_RISK], "the promise is nearly broken"
    worker.kill()
    line.programs.remove(worker)
    return opened


def listed(line: Line, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, bool]]:
    """What `tracker alerts list` shows."""
    assert main(["alerts", "list", "--open", "--rule", "sla.breached", "--json"]) == 0
    return [(alert["subject_id"], alert["is_late"]) for alert in orjson.loads(capsys.readouterr().out)["alerts"]]


def test_an_unanswered_ticket_is_told_once_and_taken_back_when_a_late_reply_shows_up(
    line: Line, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRACKER_CLICKHOUSE_PORT", str(line.clickhouse.port))
    monkeypatch.setenv("TRACKER_CLICKHOUSE_DATABASE", line.database)
    opened = an_hour_nearly_over(line)
    with a_desk() as desk:
        line._start(("deploy", "alerts", "send", "--to", f"http://127.0.0.1:{desk.port}/alerts"), "sender", {"webhook_secret": SECRET})
        until("the promise is broken", lambda: SYSTEM_CLOCK.now() > opened + timedelta(seconds=HOUR_S))
        line.worker(**QUICK)
        line.settle()
        until("the desk hears of it", lambda: desk.heard("sla.breached") == ["open"])
        assert rows(line) == [AT_RISK, BREACHED]
        assert listed(line, capsys) == [("T-1", False)]

        line.send([record_of(told("ticket.replied", 2, opened + timedelta(minutes=5), author="representative", public=True))])
        line.settle()
        until("the desk hears that it was none", lambda: desk.heard("sla.breached") == ["open", "withdrawn"])
        assert desk.heard("sla.at_risk") == ["open", "withdrawn"]
        assert desk.forged == 0
    assert rows(line) == []
    assert line.ask("SELECT is_first_response_met FROM {tables}.tickets FINAL") == [(True,)]
