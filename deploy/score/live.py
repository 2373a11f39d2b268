"""The same world through the running line: emitted as by any producer, waited for, read back by SQL."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Final

from deploy.demo.questions import stitched
from deploy.demo.world import SHOP, SimulatedEvent
from deploy.drain import drain
from schemas.connections import ClickHouseConnection, KafkaConnection
from schemas.errors import ServiceUnavailable
from sinks.clickhouse import ClickHouse
from streams.producer import Producer

FLUSH_TIMEOUT_S: Final = 120.0


def live_customers(
    events: Sequence[SimulatedEvent],
    kafka: KafkaConnection,
    clickhouse: ClickHouseConnection,
    generation: int,
    timeout_s: float,
    notify: Callable[[str], None],
) -> Mapping[str, str]:
    """By event id the customer in `touchpoints`. The set may have been sent before: ids are derived, nothing doubles.

    Raises ServiceUnavailable where a part does not answer, or where not all has landed in time.
    """
    notify(f"emitting {len(events):,} events ...")
    with Producer(source=SHOP, connection=kafka) as producer:
        for event in events:
            producer.emit_document(event.document)
        report = producer.flush(timeout_s=FLUSH_TIMEOUT_S)
    if report.delivered != len(events):
        raise _stuck("Kafka", kafka.bootstrap_servers, f"took {report.delivered} of {len(events)} events: {report.problem}")
    drained = drain(timeout_s, kafka, generation, notify=notify)
    if not drained.is_drained:
        raise _stuck("the line", kafka.bootstrap_servers, f"after {drained.seconds:.0f} s {drained}")
    door = ClickHouse(clickhouse, timeout_s=600)
    try:
        found = stitched(lambda sql: door.ask(sql).rows, {str(event.document["source"]) for event in events})
    finally:
        door.close()
    ids = {str(event.document["event_id"]) for event in events}
    return {event: customer for event, customer in found.items() if event in ids}


def differing(one: Mapping[str, Hashable], other: Mapping[str, Hashable]) -> int:
    """Events that are at another customer, or at none, in the other mapping. Customers are compared by the events that they hold."""
    mates: list[dict[Hashable, set[str]]] = [{}, {}]
    for held, mapping in zip(mates, (one, other), strict=True):
        for event, customer in mapping.items():
            held.setdefault(customer, set()).add(event)
    both = one.keys() & other.keys()
    apart = sum(mates[0][one[event]] != mates[1][other[event]] for event in both)
    return apart + len(one.keys() ^ other.keys())


def _stuck(service: str, address: str, what: str) -> ServiceUnavailable:
    remedy = "tracker status; tracker logs worker sink; where they are only slow, the same command once more"
    return ServiceUnavailable(f"{service} at {address} {what}", service=service, address=address, remedy=remedy)
