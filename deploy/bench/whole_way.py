"""The whole way on the real Kafka and ClickHouse: a backlog worked off, and a steady stream."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from deploy.bench.landing import watch
from deploy.bench.load import Record, send
from deploy.bench.stand import Stand, stand
from deploy.drain import drain

LANDED = "SELECT uniqExact(event_id) FROM tracker_g1.touchpoints"
PARTITIONS = 6


@dataclass(frozen=True, slots=True)
class Round:
    """A backlog worked off: seconds from the start of the programs to the last row, µs of processor time per event."""

    events: int
    seconds: float
    micros: dict[str, float]
    resident_mib: dict[str, float]
    stored: dict[str, float] = field(default_factory=dict)
    """bytes per event by topic, and in ClickHouse"""

    @property
    def rate(self) -> float:
        """Events a second, the start and the tail included."""
        return self.events / self.seconds


def catch_up(made: Sequence[Record], timeout_s: float, *, partitions: int = PARTITIONS, **settings: int) -> Round:
    """All events lie in raw before the worker and the sink start."""
    with stand() as here:
        here.prepare(partitions)
        send(here.kafka, made)
        return worked_off(here, len(made), timeout_s, **settings)


def worked_off(here: Stand, events: int, timeout_s: float, **settings: int) -> Round:
    """Starts a worker and a sink, and waits until all events are queryable and nothing is on its way."""
    before = here.processor_time()
    here.worker("worker", **settings)
    here.sink()
    landing = watch(events, lambda: here.number(LANDED), timeout_s, here.check)
    report = drain(timeout_s, here.kafka)
    assert report.is_drained, str(report)
    spent = micros(before, here.processor_time(), events)
    stored = {name: size / events for name, size in here.bytes_stored().items()}
    return Round(events, landing.seconds, spent, {p.name: p.resident_mib for p in here.programs}, stored)


def micros(before: dict[str, float], after: dict[str, float], events: int) -> dict[str, float]:
    """Microseconds of processor time per event, by process."""
    return {name: (seconds - before.get(name, 0.0)) / events * 1e6 for name, seconds in after.items()}
