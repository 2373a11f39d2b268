"""The simulated world: its size, the events that happen in it, and the diary that collects them. No clock: time is what the seed says."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
import orjson

from schemas.ids import derived, event_id_for
from schemas.normalise import moment, moment_text

Document = dict[str, Any]
Identity = dict[str, str]

SOURCES: Mapping[str, str] = {
    "ad": "ads", "ad_cost": "ads", "email": "mailer", "article": "help-center", "faq": "help-center", "bot": "chat", "message": "chat",
    "lead": "crm", "demo": "crm", "meeting": "crm", "quote": "crm", "opportunity": "crm", "store": "stores", "ticket": "helpdesk",
    "call": "telephony", "comment": "social-inbox", "survey": "survey-tool", "identity": "crm", "erasure": "crm", "touchpoint": "crm",
}  # fmt: skip
"""The sending system by the first word of the event type; everything else comes from the shop itself."""
SHOP = "shop-eu"
NUMBER_SOURCES: Mapping[str, str] = {"ticket": "helpdesk", "call": "telephony"}
"""The system that gave a number, where it is not the shop."""


@dataclass(frozen=True, slots=True)
class SimulatedEvent:
    """`truth` is the person who is behind it, empty where it is nobody's; `difficulty` is that person's kind of identity trouble."""

    document: Document
    truth: str
    difficulty: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """The same values give the same events, byte for byte; another world shares no identity and no event id with it.

    Aided: who shares something has an account, and the service desk tells what it knows of mistyped addresses and shared numbers.
    """

    customers: int
    days: int
    seed: int
    start: datetime
    is_aided: bool = True

    @property
    def ends_at(self) -> datetime:
        return self.start + timedelta(days=self.days)

    @property
    def tag(self) -> str:
        """Six hexadecimal digits that stand in every identity and number of this world."""
        parts = (str(self.customers), str(self.days), str(self.seed), moment_text(self.start))
        return derived("world", *parts, *(() if self.is_aided else ("unaided",))).hex[:6]

    def chance(self, name: str) -> random.Random:
        """A source of chance of its own, so that one life does not depend on how many lives were told before."""
        return random.Random(f"{self.tag}/{name}")


@dataclass(slots=True)
class Diary:
    """Collects events in any order and tells them in order of occurred_at. Kept as bytes: a dictionary takes four times the memory."""

    world: World
    _pages: list[tuple[datetime, int, str, str, bytes]] = field(default_factory=list)
    _counters: dict[str, int] = field(default_factory=dict)

    def number(self, prefix: str) -> str:
        """The next number of a series, such as O-1a2b3c-00017."""
        self._counters[prefix] = self._counters.get(prefix, 0) + 1
        return f"{prefix}-{self.world.tag}-{self._counters[prefix]:05d}"

    def add(self, document: Document, at: datetime, truth: str, difficulty: str) -> None:
        """Takes a finished document; what lies behind the world's end never happened."""
        if self.world.start <= at < self.world.ends_at:
            raw = msgspec.json.encode(document)  # orjson's bytes stay in buffers of 4 KiB
            self._pages.append((moment(at), len(self._pages), truth, difficulty, raw))

    def __len__(self) -> int:
        return len(self._pages)

    def told(self) -> Iterator[SimulatedEvent]:
        """All events, oldest first; of equal times the one written first."""
        for _, _, truth, difficulty, raw in sorted(self._pages, key=lambda page: page[:2]):
            yield SimulatedEvent(orjson.loads(raw), truth, difficulty)


def source_of(event_type: str) -> str:
    return SOURCES.get(event_type.partition(".")[0], SHOP)


def number_identity(kind: str, value: str) -> Identity:
    """The number of a thing, with the system that gave it."""
    return {"kind": kind, "value": value, "source": NUMBER_SOURCES.get(kind, SHOP)}


def identity(kind: str, value: str) -> Identity:
    return {"kind": kind, "value": value}


def written(world: World, event_type: str, at: datetime, sent_at: datetime, key: Sequence[str], payload: Document) -> Document:
    """The frame of a document; `key` names the event for good within this world."""
    source = source_of(event_type)
    return {
        "event_id": str(event_id_for(source, event_type, (world.tag, *key))),
        "event_type": event_type,
        "schema_version": 1,
        "source": source,
        "occurred_at": moment_text(at),
        "sent_at": moment_text(sent_at),
        "payload": payload,
    }
