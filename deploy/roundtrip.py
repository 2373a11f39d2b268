"""One real event sent as any producer would, and read back by SQL as any analyst would: the proof that all parts work together.

The same check serves `tracker up`, `tracker doctor --roundtrip`, the demo and container health checks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from deploy.local.clickhouse.wire import NoAnswer, ask
from deploy.local.errors import StackError
from deploy.settings import LocalSettings
from streams.producer import Producer

SOURCE: Final = "tracker-roundtrip"
VISITOR: Final = {"anonymous": "tracker-roundtrip"}
"""Always the same, so that however often it runs there is one such customer."""
POLL_S: Final = 0.05
NEXT: Final = (
    'tracker sql "SELECT event_type, count() FROM tracker.touchpoints GROUP BY event_type"',
    "tracker emit --help      send an event of your own",
    "tracker tail             see events and journeys pass by",
)
"""What to try once it went well."""


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """Seconds from `emit`: until Kafka acknowledged the event, until SQL found it."""

    event_id: UUID
    acknowledged_s: float
    read_back_s: float

    def __str__(self) -> str:
        return f"event {self.event_id} read back in {self.read_back_s:.2f} s"


class RoundTripFailed(StackError):
    """The event was not acknowledged, or did not arrive in time."""


def roundtrip(settings: LocalSettings, trouble: Callable[[], str] = lambda: "") -> RoundTrip:
    """Sends a `page.viewed` of environment `test`, which no metric counts. Raises RoundTripFailed after `roundtrip_timeout_s`.

    `trouble` is asked while we wait: what it says (a part that died) ends the wait at once.
    """
    started = time.monotonic()
    deadline = started + settings.roundtrip_timeout_s
    with Producer(source=SOURCE, bootstrap_servers=settings.kafka_bootstrap) as producer:
        event_id = producer.emit("page.viewed", identities=VISITOR, payload={"url": "https://example.org/roundtrip"}, environment="test")
        report = producer.flush(timeout_s=settings.roundtrip_timeout_s)
    if report.delivered != 1:
        raise RoundTripFailed(
            f"Kafka at {settings.kafka_bootstrap} did not acknowledge the event {event_id}: {report.problem or 'no answer in time'}",
            "tracker status; tracker logs kafka",
        )
    acknowledged = time.monotonic()
    _wait_for(event_id, settings, deadline, trouble)
    return RoundTrip(event_id, acknowledged - started, time.monotonic() - started)


def _wait_for(event_id: UUID, settings: LocalSettings, deadline: float, trouble: Callable[[], str]) -> None:
    sql = f"SELECT count() FROM tracker.touchpoints WHERE event_id = '{event_id}'"
    while (found := _answer(settings.clickhouse_http_port, sql)) != "1":
        died = trouble()
        if died or time.monotonic() > deadline:
            problem = died or f"after {settings.roundtrip_timeout_s:g} s: {'no row' if found == '0' else found}"
            raise RoundTripFailed(
                f"Kafka took the event {event_id}, but SQL does not find it in tracker.touchpoints; {problem}",
                "tracker status shows who is not ready; tracker logs worker sink -n 50 says why",
            )
        time.sleep(POLL_S)


def _answer(port: int, sql: str) -> str:
    try:
        return ask(port, sql)
    except NoAnswer as trouble:
        return str(trouble)
