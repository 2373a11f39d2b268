"""How the stories of the mixed set are told: short words for identities and times, everything else by default."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.example_payloads import PAYLOADS
from schemas.ids import event_id_for
from schemas.normalise import moment_text

START = datetime(2025, 6, 2, tzinfo=UTC)
SOURCE = "shop-eu"
Document = dict[str, Any]


def identity(text: str) -> dict[str, str]:
    """`kind:value`, of a number also `kind:value@source`."""
    kind, _, value = text.partition(":")
    if kind != "email" and "@" in value:
        value, _, source = value.partition("@")
        return {"kind": kind, "value": value, "source": source}
    return {"kind": kind, "value": value}


@dataclass(slots=True)
class Teller:
    """Tells the stories of one small world, which shares nothing with another of another `tag`; they begin on day `first_day`."""

    tag: str
    first_day: float
    told: list[Document] = field(default_factory=list)

    def mail(self, name: str) -> str:
        return f"email:{name}.{self.tag}@mail.example"

    def one(self, kind: str, name: str) -> str:
        """An identity or number of this world."""
        return f"{kind}:{name}-{self.tag}"

    def phone(self, last: int) -> str:
        return f"phone:+4930{int(self.tag[1:]):06d}{last:02d}"

    def at(self, day: float) -> datetime:
        return START + timedelta(milliseconds=round((self.first_day + day) * 86_400_000))

    def tell(self, event_type: str, day: float, *identities: str, payload: Document | None = None, **envelope: Any) -> Document:
        """Takes one event; `payload` is laid over the example of its type, None in it takes a field away. Returns it to be told again."""
        at = self.at(day)
        merged = {**PAYLOADS[event_type], **(payload or {})}
        document: Document = {
            "event_id": str(event_id_for(SOURCE, event_type, (self.tag, str(len(self.told))))),
            "event_type": event_type,
            "schema_version": 1,
            "source": SOURCE,
            "occurred_at": moment_text(at),
            "sent_at": moment_text(at + timedelta(seconds=2)),
            "identities": [identity(text) for text in identities],
            "payload": {name: value for name, value in merged.items() if value is not None},
            **envelope,
        }
        self.told.append(document)
        return document

    def again(self, document: Document, sent_later_s: float, **changed: Any) -> Document:
        """The same event id with another content, sent so much later than the first."""
        at = datetime.fromisoformat(document["sent_at"]) + timedelta(seconds=sent_later_s)
        self.told.append({**document, "sent_at": moment_text(at), **changed})
        return self.told[-1]

    def view(self, day: float, *identities: str, **envelope: Any) -> Document:
        """The commonest of events."""
        page = f"https://shop.example/{self.tag}/{len(self.told)}"
        return self.tell("page.viewed", day, *identities, payload={"url": page, "referrer": None}, **envelope)

    def state(self, what: str, day: float, a: str, b: str = "") -> Document:
        """identity.linked, identity.unlinked (a, b) or identity.shared (a)."""
        if what == "shared":
            return self.tell("identity.shared", day, payload={"identity": identity(a)})
        return self.tell(f"identity.{what}", day, payload={"a": identity(a), "b": identity(b)})

    def retract(self, document: Document, day: float) -> Document:
        return self.tell("touchpoint.retracted", day, payload={"target_event_id": document["event_id"]})


def minutes(n: float) -> float:
    """In days."""
    return n / 1440


def numbered(told: Iterable[Document]) -> list[Document]:
    """In order of occurred_at; of equal times in the order in which they were told."""
    return sorted(told, key=lambda document: str(document["occurred_at"]))
