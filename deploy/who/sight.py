"""What ClickHouse knows beside the log: which event a link comes from, and an identity in clear. Nobody is stopped where it is away."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from deploy.tail.masking import masked_identity
from schemas.links import Token, kind_of

Ask = Callable[[str], Sequence[Sequence[Any]]]
SHOWN = 8
"""Hex digits of a token that is shown for want of a value."""


@dataclass(frozen=True, slots=True)
class Event:
    """Empty where ClickHouse does not have it, or was not asked."""

    event_id: str
    event_type: str = ""
    source: str = ""
    occurred_at: str = ""


@dataclass(frozen=True, slots=True)
class Sight:
    """Events by id, values by token in hex."""

    events: Mapping[bytes, Event]
    values: Mapping[str, str]
    show_personal: bool = False

    def event(self, event_id: bytes) -> Event:
        return self.events.get(event_id, Event(str(UUID(bytes=event_id)) if event_id else ""))

    def value(self, token: Token) -> str:
        """As it may be shown; empty where it is not known."""
        value = self.values.get(token.hex(), "")
        return value if self.show_personal or not value else masked_identity(kind_of(token), value)

    def label(self, token: Token) -> str:
        """For people."""
        return f"{kind_of(token)} {self.value(token) or '#' + token.hex()[2 : 2 + SHOWN]}"


def look(ask: Ask, tokens: Iterable[Token], events: Iterable[bytes], show_personal: bool) -> Sight:
    """Two questions to the views of `tracker`."""
    hexes = ", ".join(f"'{token.hex()}'" for token in tokens) or "''"
    ids = ", ".join(f"'{UUID(bytes=event)}'" for event in events if event) or "'00000000-0000-0000-0000-000000000000'"
    values = {
        str(token): str(value) for token, value in ask(f"SELECT token, max(value) FROM identities WHERE token IN ({hexes}) GROUP BY token")
    }
    found = ask(
        "SELECT event_id, any(event_type), any(source), toString(min(occurred_at)) FROM touchpoints"
        f" WHERE event_id IN ({ids}) GROUP BY event_id"
    )
    return Sight({row[0].bytes: Event(str(row[0]), str(row[1]), str(row[2]), f"{row[3]} UTC") for row in found}, values, show_personal)
