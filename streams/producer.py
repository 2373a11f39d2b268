"""The producers' SDK: emit an event in three lines, be told at once what is wrong with it, and lose none while Kafka is away.

    with Producer(source="shop-eu", bootstrap_servers="127.0.0.1:9092", spool_dir="/var/lib/shop/spool") as producer:
        producer.emit("order.placed", identities={"email": "a@b.example"}, payload={...})

An event is validated, then written to the spool (without `spool_dir`: kept in memory), then sent; it leaves when Kafka acknowledged it.
"""

import atexit
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack
from uuid import UUID

from pydantic import TypeAdapter

from schemas.codec import DEFAULT_LIMITS, Limits
from schemas.connections import KafkaConnection
from schemas.envelope import AnyEvent, Campaign, Context, Envelope, Links
from schemas.errors import ConfigurationError, EventInvalid, Fatal
from schemas.fields import Source
from schemas.topics import topic_names
from streams.backlog import Backlog, MemoryBacklog, SpoolFull
from streams.clock import SYSTEM_CLOCK, Clock
from streams.delivery import Delivery, OnDelivery, Outcome
from streams.kafka_link import Connect, KafkaLink
from streams.outgoing import IdentitiesGiven, Outgoing, document_of, identities_of, outgoing
from streams.spool import Spool

MIB = 1 << 20
_SOURCE: TypeAdapter[str] = TypeAdapter(Source)


class EnvelopeFields(TypedDict, total=False):
    """What an event may carry beside its payload; see docs/events.md."""

    event_id: UUID | str
    sequence: int
    actor: str
    links: Links | Mapping[str, str]
    channel: str
    owner: str
    environment: str
    context: Context | Campaign | Mapping[str, Any]
    sentiment: float
    sentiment_by: str
    effort: int
    cause: str
    outcome: str
    amount: Any
    currency: str


@dataclass(frozen=True, slots=True)
class FlushReport:
    """delivered, failed: since the last report. spooled, waiting: now, on disk and in memory. problem: why, where something waits."""

    delivered: int
    spooled: int
    failed: int
    waiting: int = 0
    problem: str = ""


class ProducerClosed(Fatal):
    """This producer takes no more events."""


class Producer:
    """Safe to use from several threads; make it after a fork, not before.

    spool_mib bounds what waits on disk, buffer_mib what waits in memory where there is no spool_dir. block_s: how long `emit` waits for
    room before it raises SpoolFull (by default 0 with a spool, 60 without). connection: instead of bootstrap_servers, with TLS or SASL.
    """

    def __init__(
        self,
        *,
        source: str,
        bootstrap_servers: str = "127.0.0.1:9092",
        connection: KafkaConnection | None = None,
        spool_dir: str | Path | None = None,
        spool_mib: int = 256,
        buffer_mib: int = 32,
        block_s: float | None = None,
        on_delivery: OnDelivery | None = None,
        topic: str = topic_names().raw,
        limits: Limits = DEFAULT_LIMITS,
        clock: Clock = SYSTEM_CLOCK,
        connect: Connect | None = None,
    ) -> None:
        self._source = _checked_source(source)
        self._limits, self._clock, self._pid = limits, clock, os.getpid()
        self._block_s = block_s if block_s is not None else 0.0 if spool_dir else 60.0
        self._backlog: Backlog = Spool(Path(spool_dir), spool_mib * MIB) if spool_dir else MemoryBacklog(buffer_mib * MIB)
        settings = (connection or KafkaConnection(bootstrap_servers=bootstrap_servers)).client_options()
        self._delivery = Delivery(self._backlog, connect or (lambda tell: KafkaLink(settings, topic, tell)), clock, on_delivery)
        self._reported = (0, 0)
        self._closed = False
        self._delivery.start()
        atexit.register(self.close)

    def emit(
        self,
        event: str | AnyEvent,
        *,
        identities: IdentitiesGiven = (),
        payload: Mapping[str, Any] | None = None,
        occurred_at: datetime | str | None = None,
        business_key: Iterable[str] = (),
        **fields: Unpack[EnvelopeFields],
    ) -> UUID:
        """Takes an event type with its fields, or a ready `Event`; returns the event's id.

        Raises EventInvalid (field, kind, remedy) before anything is sent, SpoolFull where there is no room. occurred_at: by default now.
        """
        if not isinstance(event, str):
            return self.emit_document(document_of(event), business_key=business_key)
        unknown = next((name for name in fields if name not in Envelope.model_fields), None)
        if unknown is not None:
            raise EventInvalid(unknown, "no field of an event", "put what belongs to the event type into payload=")
        given: dict[str, Any] = {
            "event_type": event,
            "occurred_at": occurred_at,
            "identities": identities_of(identities),
            "payload": dict(payload or {}),
            **fields,
        }
        return self.emit_document(given, business_key=business_key)

    def emit_document(self, document: Mapping[str, Any], *, business_key: Iterable[str] = ()) -> UUID:
        """The same for an event as JSON has it. What it leaves out (ids, times, source) is filled in; the document is not changed."""
        ready = outgoing(document, source=self._source, now=self._clock.now(), business_key=business_key, limits=self._limits)
        return self.emit_outgoing(ready)

    def emit_outgoing(self, ready: Outgoing) -> UUID:
        """An event that `streams.outgoing.outgoing` has checked."""
        self._refuse_where_unusable()
        until = self._clock.monotonic() + self._block_s
        while True:
            try:
                self._backlog.append(ready.event_id.bytes, ready.key, ready.value)
            except SpoolFull as full:
                self._delivery.nudge()
                if (left := until - self._clock.monotonic()) <= 0 or self._delivery.broken is not None:
                    raise self._explained(full) from None
                self._delivery.wait_for_progress(min(left, 1.0))
            else:
                self._delivery.nudge()
                return ready.event_id

    def flush(self, timeout_s: float = 30.0) -> FlushReport:
        """Returns when all that was emitted before is answered, or after `timeout_s`; with a spool, what waits is then safe on disk."""
        if not self._closed:
            self._delivery.nudge()
            if not self._delivery.wait_until_done(self._backlog.end, timeout_s):
                self._backlog.sync()
        return self._report()

    def close(self, timeout_s: float = 10.0) -> FlushReport:
        """Delivers what it can, then ends; a second call only reports. While Kafka does not answer it may take some seconds more."""
        if not self._closed and os.getpid() == self._pid:
            self._closed = True
            atexit.unregister(self.close)
            self._delivery.stop(timeout_s)
            left = self._backlog.end - self._backlog.first
            if not self._backlog.survives:
                self._delivery.counts.failed += left
                self._backlog.acknowledge(self._backlog.end)
            self._backlog.close()
        return self._report()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _report(self) -> FlushReport:
        counts, (delivered, failed) = self._delivery.counts, self._reported
        self._reported = (counts.delivered, counts.failed)
        left = self._backlog.end - self._backlog.first
        spooled, waiting = (left, 0) if self._backlog.survives else (0, left)
        return FlushReport(counts.delivered - delivered, spooled, counts.failed - failed, waiting, self._delivery.problem if left else "")

    def _refuse_where_unusable(self) -> None:
        if self._closed:
            raise ProducerClosed("this producer is closed", remedy="make a new one, or emit inside its with block")
        if os.getpid() != self._pid:
            raise ProducerClosed("this producer belongs to the process that forked this one", remedy="make the Producer after the fork")
        if self._delivery.broken is not None:
            raise ProducerClosed(self._delivery.problem, remedy="close this producer and make a new one; a spool keeps what was emitted")

    def _explained(self, full: SpoolFull) -> SpoolFull:
        why = f"; {self._delivery.problem}" if self._delivery.problem else ""
        return SpoolFull(f"{full.message}{why}", pending=full.pending, limit_bytes=full.limit_bytes, remedy=full.remedy)


def _checked_source(source: str) -> str:
    try:
        return _SOURCE.validate_python(source)
    except ValueError as why:
        remedy = "name the sending system in letters, digits and ._:/-, such as shop-eu"
        raise ConfigurationError("the source has no usable name", setting="source", remedy=remedy) from why


__all__ = ["FlushReport", "Outcome", "Producer", "ProducerClosed", "SpoolFull"]
