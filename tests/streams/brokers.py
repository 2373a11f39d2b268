"""A twin of Kafka for the producer's tests: a list of records that can be told to be away, to fall silent, or to refuse."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from schemas.errors import ServiceUnavailable
from streams.kafka_link import Fate, Link, Tell


@dataclass
class Broker:
    """away: connects nobody; silent: takes records and answers none; breaks_after: a link takes so many records and then breaks."""

    away: bool = False
    silent: bool = False
    breaks_after: int | None = None
    refuses: Callable[[bytes], bool] = lambda value: False
    records: list[tuple[bytes, bytes]] = field(default_factory=list)
    links: int = 0
    connected: threading.Event = field(default_factory=threading.Event)
    tried: threading.Event = field(default_factory=threading.Event)

    def connect(self, tell: Tell) -> Link:
        self.tried.set()
        if self.away:
            raise ServiceUnavailable("Kafka at nowhere does not answer", service="Kafka", address="nowhere", remedy="start it")
        self.links += 1
        self.connected.set()
        return _Link(self, tell, self.breaks_after)

    @property
    def values(self) -> list[bytes]:
        return [value for _, value in self.records]


class _Link:
    def __init__(self, broker: Broker, tell: Tell, left: int | None) -> None:
        self._broker, self._tell, self._left = broker, tell, left
        self._unanswered: list[int] = []

    def send(self, number: int, key: bytes, value: bytes) -> None:
        broker = self._broker
        if self._left == 0:
            broker.breaks_after = None
            self._tell(number, Fate.LOST, "broken")
            return
        if self._left is not None:
            self._left -= 1
        if broker.refuses(value):
            self._tell(number, Fate.REFUSED, "too large")
        elif broker.silent:
            self._unanswered.append(number)
        else:
            broker.records.append((key, value))
            self._tell(number, Fate.ACKNOWLEDGED, "")

    def close(self, timeout_s: float) -> None:
        for number in self._unanswered:
            self._tell(number, Fate.LOST, "closed")
        self._unanswered.clear()
