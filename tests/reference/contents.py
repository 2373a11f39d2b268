"""From the valid documents to one content for each event id, less what was retracted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import orjson

from schemas.envelope import AnyEvent

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_TOUCHPOINTS = ("touchpoint.retracted", "ad_cost.reported")
"""They have no row. Statements and whatever has no channel have one, outside of sessions and journeys."""


def ms(moment: datetime) -> int:
    """Milliseconds since 1970, UTC."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


@dataclass(frozen=True)
class Content:
    """One valid document, decoded; two contents may share an event id."""

    event: AnyEvent
    document: dict[str, Any]

    @property
    def at(self) -> int:
        return ms(self.event.occurred_at)

    @property
    def rank(self) -> tuple[int, bytes]:
        """Of two contents with one id the greater rank wins: the later sent_at (0 where unknown), then the greater hash."""
        sent_at = self.event.sent_at
        return (ms(sent_at) if sent_at else 0), content_hash(self.document)

    @property
    def order(self) -> tuple[int, int, bytes]:
        """occurred_at, then the source's own order (0 where it gives none), then the event id."""
        return self.at, self.event.sequence or 0, self.event.event_id.bytes


def content_hash(document: dict[str, Any]) -> bytes:
    """16 bytes of BLAKE2b over the document in canonical JSON without sent_at, so that a resend is the same content."""
    unsent = {name: value for name, value in document.items() if name != "sent_at"}
    return blake2b(orjson.dumps(unsent, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()


def winners(contents: Iterable[Content]) -> list[Content]:
    """The content that stands for each event id."""
    best: dict[bytes, tuple[tuple[int, bytes], Content]] = {}
    for content in contents:
        event_id, rank = content.event.event_id.bytes, content.rank
        if event_id not in best or rank > best[event_id][0]:
            best[event_id] = rank, content
    return [content for _, content in best.values()]


def retracted(contents: Iterable[Content]) -> set[bytes]:
    """The event ids that some valid content of touchpoint.retracted names; whether it came before or after does not matter."""
    return {c.event.payload.target_event_id.bytes for c in contents if c.event.event_type == "touchpoint.retracted"}


def touchpoints(contents: list[Content]) -> list[Content]:
    """What has a row in `touchpoints`, in the order of all histories."""
    gone = retracted(contents)
    kept = (c for c in winners(contents) if c.event.event_type not in NO_TOUCHPOINTS and c.event.event_id.bytes not in gone)
    return sorted(kept, key=lambda c: c.order)
