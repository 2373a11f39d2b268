"""Admission: the records of one chunk of raw, one after the other, each to exactly one outcome.

Everything is judged on the record alone and on what its partition of raw saw before (the overlay), never on a clock, so a replay admits
the same set.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b

import msgspec

from schemas.codec import Decoded, read
from schemas.dead_letters import LetterState, Rejection, RejectReason, Retry
from schemas.envelope import AnyEvent
from schemas.facts import Fact, Removal
from schemas.links import LinkEntry
from schemas.record_key import RETRACTED, record_key
from schemas.rules import Rules
from schemas.rulesets.admission import DropRule
from schemas.rulesets.patterns import any_matches
from schemas.touchpoints.defaults import unknown_fields
from streams.core.costs import cost_row
from streams.core.dedupe import RETRACTED_VERSION, Seen, again, content_version, first_sight, gone, retract, take
from streams.core.effects import Effects
from streams.core.fact_building import Coordinates, FactBuilder, milliseconds
from streams.core.identity.policy import Policy, policy_from
from streams.core.letters import CODE_VERSION, dead_row, settled_row
from streams.core.observations import observations, statement
from streams.core.overlay import Overlay

__all__ = ["CODE_VERSION", "Admission", "Counts", "Gate", "RawRecord", "event_hash"]
HOUR_MS = 3_600_000
_SEEN = msgspec.msgpack.Decoder(Seen)
_PACK = msgspec.msgpack.Encoder()


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record of raw; `received_at` in ms: Kafka's time, or the header's where the record was restored or sent on.

    `retry`: what it says of an earlier dead letter, and when Kafka got this record (ms UTC).
    """

    key: bytes | None
    value: bytes
    at: Coordinates
    retry: tuple[Retry, int] | None = None


@dataclass(slots=True)
class Counts:
    """What became of the records of a chunk; the sum of the four is the number of records."""

    accepted: int = 0
    duplicate: int = 0
    dead: int = 0
    dropped: int = 0
    ids_xor: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(outcome, reason) for metrics"""


class Gate:
    """What admission knows beside the records: rules and key, compiled once."""

    def __init__(self, rules: Rules, key: bytes) -> None:
        self.rules, self.limits = rules, rules.decode_limits
        self.secret, self.builder = key, FactBuilder(rules, key)
        self.policy: Policy = policy_from(rules.identity)
        self.earliest = milliseconds(rules.limits.earliest)
        self.ahead_ms = rules.limits.after_received_h * HOUR_MS

    def drop_rule(self, event: AnyEvent) -> DropRule | None:
        """The first rule that drops the event."""
        return next((rule for rule in self.rules.drop if _meets(rule, event)), None)


class Admission:
    """One chunk. The caller sends links, facts, rows, dead letters and what is to be keyed anew, waits, then writes `overlay`.

    `says_again`: a repeat says what it said before, for whoever missed it; it is still counted as a repeat.
    """

    def __init__(self, gate: Gate, overlay: Overlay, is_known: Callable[[LinkEntry], bool], says_again: bool = False) -> None:
        self.gate, self.overlay, self._is_known, self._says_again = gate, overlay, is_known, says_again
        self.records: list[Fact | Removal] = []
        self.entries: dict[LinkEntry, None] = {}
        self.letters: list[tuple[RawRecord, Rejection]] = []
        self.settled: list[tuple[Retry, LetterState, int]] = []
        self.rekeyed: list[tuple[bytes, RawRecord]] = []
        self.effects, self.counts = Effects(), Counts()

    def admit(self, record: RawRecord) -> None:
        """Takes the next record of the partition."""
        if record.retry is None:
            self._admit(record)
            return
        retry, at = record.retry
        open_ends = len(self.letters) + len(self.rekeyed)
        if retry.is_discarded:
            self._drop("discarded")
            self._settle(retry, LetterState.DISCARDED, at)
            return
        self._admit(record)
        if len(self.letters) + len(self.rekeyed) == open_ends:
            self._settle(retry, LetterState.REPLAYED, at)

    def _admit(self, record: RawRecord) -> None:
        decoded = read(record.value, self.gate.limits)
        if isinstance(decoded, Rejection):
            self._reject(record, decoded)
            return
        at = milliseconds(decoded.event.occurred_at)
        if not self.gate.earliest <= at <= record.at.received_at + self.gate.ahead_ms:
            self._reject(record, _absurd(at < self.gate.earliest))
            return
        key = record_key(decoded.event)
        if record.key != key:
            self.rekeyed.append((key, record))
            self._drop("rekeyed")
            return
        rule = self.gate.drop_rule(decoded.event) if self.gate.rules.drop else None
        if rule is not None:
            self._drop(rule.name)
            return
        self._accept(record, decoded)

    def _accept(self, record: RawRecord, decoded: Decoded) -> None:
        event = decoded.event
        try:
            fact = self.gate.builder.build(decoded, record.at)
            told = (*observations(fact, self.gate.policy), *statement(event, fact, self.gate.builder))
        except Exception as why:  # a defect of ours must not take the good neighbours along: the bytes are kept to be read again
            self._reject(record, Rejection(RejectReason.UNREADABLE, "", f"{type(why).__name__} in the code that reads it: report it"))
            return
        for name in unknown_fields(event.event_type, decoded.document["payload"]):
            self._quality("unknown_field", event.source, f"{event.event_type}.{name}", record.at)
        for entry in told:
            if entry not in self.entries and not self._is_known(entry):
                self.entries[entry] = None
        self._judge(event, fact)

    def _judge(self, event: AnyEvent, fact: Fact) -> None:
        """Against what was seen of its id before."""
        seen = self._seen(fact.event_id)
        out: list[Fact | Removal] = [fact]
        known = first_sight(fact)
        if seen is not None:
            known, out = take(seen, fact)
        self._remember(fact.event_id, known)
        if event.event_type == RETRACTED:  # whatever becomes of the statement's own id, for that depends on what came first
            self._retract(event.payload.target_event_id.bytes)
        if out:
            self._count("accepted", event.event_type)
            self.counts.ids_xor ^= event_hash(fact.event_id)
        else:
            self._count("duplicate", "retracted" if known.is_retracted else "repeat")
            out = again(known, fact) if self._says_again else []
        self._tell(event, fact, out, seen is not None)

    def _tell(self, event: AnyEvent, fact: Fact, out: list[Fact | Removal], was_seen: bool) -> None:
        if event.event_type == "ad_cost.reported" and fact in out:
            self.effects.upsert("ad_costs", (fact.event_id,), cost_row(event, fact, content_version(fact)))
        elif fact in out and was_seen:
            self.effects.withdraw("ad_costs", (fact.event_id,), content_version(fact))
        is_touchpoint = event.event_type not in ("ad_cost.reported", RETRACTED)
        self.records += [record for record in out if is_touchpoint or isinstance(record, Removal)]

    def _retract(self, target: bytes) -> None:
        held = self._seen(target)
        known, out = retract(held, target)
        self._remember(target, known)
        self.records += out or (gone(held, target) if self._says_again else [])
        self.effects.withdraw("ad_costs", (target,), RETRACTED_VERSION)

    def _seen(self, event_id: bytes) -> Seen | None:
        raw = self.overlay.get(b"D" + event_id)
        return None if raw is None else _SEEN.decode(raw)

    def _remember(self, event_id: bytes, seen: Seen) -> None:
        self.overlay.put(b"D" + event_id, _PACK.encode(seen))

    def _reject(self, record: RawRecord, rejection: Rejection) -> None:
        self.letters.append((record, rejection))
        self._count("dead", rejection.reason.value)
        key, times, tries = (record.at.partition, record.at.offset), (record.at.received_at, record.at.received_at), 1
        if record.retry is not None:
            retry, at = record.retry
            key, times, tries = (retry.partition, retry.offset), (retry.received_at, at), retry.tries
        self._letter(key, dead_row(key, record.value, rejection, times, self.gate.rules.version, tries))

    def _settle(self, retry: Retry, state: LetterState, at: int) -> None:
        self.settled.append((retry, state, at))
        self._letter((retry.partition, retry.offset), settled_row(retry, state, at, self.gate.rules.version))

    def _letter(self, key: tuple[int, int], row: tuple[object, ...]) -> None:
        """Of two tries of one letter in a chunk the later one."""
        held = self.effects.upserts.get("dead_letters", {}).get(key)
        if held is None or held[-1] <= row[-1]:
            self.effects.upsert("dead_letters", key, row)

    def _drop(self, rule: str) -> None:
        self._count("dropped", rule)

    def _count(self, outcome: str, reason: str) -> None:
        setattr(self.counts, outcome, getattr(self.counts, outcome) + 1)
        self.counts.reasons[outcome, reason] += 1

    def _quality(self, kind: str, source: str, subject: str, at: Coordinates) -> None:
        key = (kind, source, subject, at.partition)
        held = self.effects.upserts.get("quality", {}).get(key)
        self.effects.upsert("quality", key, (*key, (held[4] if held else 0) + 1, at.offset))


def event_hash(event_id: bytes) -> int:
    """64 bits of an event id, for the xor by which two sets of ids are compared."""
    return int.from_bytes(blake2b(event_id, digest_size=8).digest(), "big")


def _absurd(early: bool) -> Rejection:
    detail = "before limits.earliest of rules.yaml" if early else "later than it was received by more than limits.after_received_h"
    return Rejection(RejectReason.ABSURD_DATE, "occurred_at", f"a time {detail}: correct the source's clock and send it again")


def _meets(rule: DropRule, event: AnyEvent) -> bool:
    return (
        (not rule.types or any_matches(rule.types, event.event_type))
        and (not rule.sources or event.source in rule.sources)
        and (not rule.channels or event.channel in rule.channels)
        and (not rule.environments or event.environment in rule.environments)
    )
