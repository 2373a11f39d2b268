"""Says by hand that two identities are one customer or two, and waits until who is who shows it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from deploy.who.errors import NotNamed, NotSeen
from deploy.who.link_log import LinkLog, LinkLogReader
from deploy.who.naming import Named
from deploy.who.sight import Ask
from schemas.links import LinkEntry, LinkFrame, encode_links
from streams.clock import Clock
from streams.producer import Producer

POLL_S = 0.2
What = Literal["linked", "unlinked"]
WORDS: dict[str, Literal["linked", "cut"]] = {"linked": "linked", "unlinked": "cut"}


@dataclass(frozen=True, slots=True)
class Statement:
    """identity.linked or identity.unlinked."""

    what: What
    a: Named
    b: Named
    reason: str | None

    def __post_init__(self) -> None:
        for end in (self.a, self.b):
            if end.junk:
                raise NotNamed(f"one of the identities is junk ({end.junk}) and never links", remedy="name another; see rules.yaml")
        if self.a.token == self.b.token:
            raise NotNamed("both are the same identity", remedy="name two, such as email:jo@example.org phone:+4930123456")

    def entry(self, at_ms: int, event_id: bytes) -> LinkEntry:
        """What the log will hold of it."""
        a, b = sorted((self.a.token, self.b.token))
        return LinkEntry(WORDS[self.what], a, b, at_ms, event_id)


def foreseen(log: LinkLog, statement: Statement, now_ms: int) -> LinkLog:
    """The log as it would be with the statement at its end."""
    epoch = log.frames[-1][0] + 1 if log.frames else 0
    frame = encode_links(LinkFrame([statement.entry(now_ms, bytes(16))]))
    return LinkLog([*log.frames, (epoch, now_ms, frame)])


def emit(producer: Producer, statement: Statement, timeout_s: float) -> UUID:
    """Raises NotSeen where Kafka does not acknowledge it in time."""
    payload = {"a": statement.a.as_payload, "b": statement.b.as_payload}
    given = {**payload, "reason": statement.reason} if statement.reason else payload
    event_id = producer.emit(f"identity.{statement.what}", payload=given)
    report = producer.flush(timeout_s)
    if report.delivered != 1:
        remedy = "send it again when Kafka answers: tracker status"
        raise NotSeen(f"the event was not acknowledged: {report.problem or 'no answer in time'}", remedy=remedy)
    return event_id


def wait(reader: LinkLogReader, ask: Ask, event_id: UUID, clock: Clock, timeout_s: float) -> LinkLog:
    """The log with the statement in it, once SQL shows its touchpoint too; raises NotSeen."""
    until = clock.monotonic() + timeout_s
    _until(lambda: reader.read().find(event_id.bytes) is not None, until, clock, f"the worker has not folded {event_id}", "worker")
    sql = f"SELECT count() FROM touchpoints WHERE event_id = '{event_id}'"
    _until(lambda: int(ask(sql)[0][0]) > 0, until, clock, f"SQL does not show {event_id}", "sink")
    return reader.log


def _until(is_done: Callable[[], bool], until: float, clock: Clock, trouble: str, part: str) -> None:
    while not is_done():
        if clock.monotonic() > until:
            raise NotSeen(f"{trouble} in time; the event is in Kafka and will count", remedy=f"tracker status; tracker logs {part}")
        time.sleep(POLL_S)
