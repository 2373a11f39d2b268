"""The topics as plain facts: what the key is, how many partitions, how long it is kept. `deploy.topics` makes them.

`touchpoints.raw` and `touchpoints.dead` outlive every generation; what is derived from them carries one (`journeys.g2`), so that a
rebuild stands beside the live one. Nothing is ever compacted: the order of all records is what the derived state is a function of.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

DAY_MS = 86_400_000
FOR_EVER = -1
FRAME_BYTES = 8 * 1024 * 1024
"""Largest record. Frames are cut far below, at 512 KiB; one event's rows may go beyond."""

_ARRIVAL: Mapping[str, str] = {"message.timestamp.type": "LogAppendTime"}
_NONE_BESIDE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Topics:
    """The names that one generation reads and writes."""

    raw: str
    dead: str
    ledger: str
    links: str
    resolved: str
    journeys: str
    alerts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSpec:
    """partitions: None where the setting decides (P, fixed per generation); retention_ms: -1 for ever; configs: beside the usual."""

    name: str
    key: str
    holds: str
    partitions: int | None
    retention_ms: int
    configs: Mapping[str, str] = field(default_factory=dict)

    @property
    def all_configs(self) -> dict[str, str]:
        """As the broker wants them."""
        return {
            "cleanup.policy": "delete",
            "compression.type": "producer",
            "max.message.bytes": str(FRAME_BYTES),
            "retention.ms": str(self.retention_ms),
            "retention.bytes": "-1",
            **self.configs,
        }


def topic_names(generation: int = 1) -> Topics:
    """ValueError below 1: generations are counted from one."""
    if generation < 1:
        raise ValueError("generations are counted from 1")
    suffix = f".g{generation}"
    return Topics(
        raw="touchpoints.raw",
        dead="touchpoints.dead",
        ledger=f"touchpoints.ledger{suffix}",
        links=f"identity.links{suffix}",
        resolved=f"touchpoints.resolved{suffix}",
        journeys=f"journeys{suffix}",
        alerts=f"alerts{suffix}",
    )


def catalogue(generation: int = 1) -> tuple[TopicSpec, ...]:
    """Every topic of a generation, in the order of the way of an event."""
    names = topic_names(generation)
    return (
        _spec(names.raw, "event id", "events as sent, one readable JSON message each: the event store", configs=_ARRIVAL),
        _spec(names.dead, "raw coordinates", "what could not be accepted: bytes, reason, field, coordinates, tries", 90 * DAY_MS),
        _spec(names.ledger, "raw partition", "what became of each range of raw offsets, counted"),
        _spec(names.links, "one", "pairs, logins and logouts, unlink, shared, erased: one total order", partitions=1, configs=_ARRIVAL),
        _spec(names.resolved, "customer", "facts in frames, control, superseded and retracted records, ticks", configs=_ARRIVAL),
        _spec(names.journeys, "customer", "frames of rows by table, upserted or withdrawn", 7 * DAY_MS),
        _spec(names.alerts, "customer", "alerts, one readable message each", 30 * DAY_MS),
    )


def _spec(
    name: str,
    key: str,
    holds: str,
    retention_ms: int = FOR_EVER,
    *,
    partitions: int | None = None,
    configs: Mapping[str, str] = _NONE_BESIDE,
) -> TopicSpec:
    return TopicSpec(name=name, key=key, holds=holds, partitions=partitions, retention_ms=retention_ms, configs=configs)
