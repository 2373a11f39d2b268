"""What becomes of an event that cannot be accepted: a closed reason, the field, kinds and a remedy, and the bytes as they came."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.errors import EventInvalid
from schemas.fields import Count, Moment
from schemas.vocabulary import Word

KEPT_BYTES = 5 * 1024 * 1024 + 512 * 1024
"""A letter must fit into Kafka's largest record of 8 MiB as base64. A record that compresses well may be far larger: what is cut off lies
in raw, at the letter's coordinates."""


class RejectReason(Word):
    """Why; also the metric label."""

    EMPTY = "empty", "the record has no bytes"
    TOO_LARGE = "too_large", "more bytes than limits.event_bytes of rules.yaml"
    NOT_UTF8 = "not_utf8", "broken UTF-8"
    NOT_JSON = "not_json", "no JSON"
    TOO_DEEP = "too_deep", "nested deeper than limits.json_depth of rules.yaml"
    NOT_AN_OBJECT = "not_an_object", "JSON, but no object"
    UNKNOWN_EVENT_TYPE = "unknown_event_type", "not in the catalogue"
    VERSION_FROM_THE_FUTURE = "version_from_the_future", "a schema version that is newer than the code"
    MISSING_FIELD = "missing_field", "a required field is not there"
    INVALID_FIELD = "invalid_field", "a field has another kind or lies outside its bounds"
    BAD_IDENTITY = "bad_identity", "an identity that has no normal form"
    NO_IDENTITY = "no_identity", "nothing says who it was"
    ABSURD_DATE = "absurd_date", "happened before limits.earliest or later than it was received"
    UNREADABLE = "unreadable", "passed every check and broke the code: a defect of ours, kept to be read again"


class LetterState(Word):
    """What became of a dead letter; by its tries and its state the rows and messages about one letter are ordered."""

    DEAD = "dead", "waits for somebody to look at it"
    DISCARDED = "discarded", "somebody decided that it is not needed"
    REPLAYED = "replayed", "sent again, and then accepted, a duplicate, or dropped by a rule"


@dataclass(frozen=True, slots=True)
class Rejection:
    """`field` is a path (`identities[0].value`, empty for the whole event); `detail` has kinds and remedies, never values."""

    reason: RejectReason
    field: str
    detail: str

    def error(self) -> EventInvalid:
        """The same for a producer, who is told at once."""
        return EventInvalid(self.field, f"{self.reason.value}, {self.detail}", self.reason.meaning)


class DeadLetter(BaseModel):
    """One readable JSON message on `touchpoints.dead` and one row. Raw bytes as base64, for they need not be text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    raw_base64: str
    reason: RejectReason
    field: str
    detail: str
    topic: str
    partition: Count
    offset: Count
    event_id: str | None = None
    event_type: str | None = None
    source: str | None = None
    received_at: Moment
    code_version: str
    rules_version: Count
    tries: Count = 1
    first_try_at: Moment
    last_try_at: Moment
    state: LetterState = LetterState.DEAD

    @property
    def raw(self) -> bytes:
        """The bytes as they came, the first KEPT_BYTES of them."""
        return b64decode(self.raw_base64)


def raw_text(raw: bytes) -> str:
    """The form of the bytes in a dead letter and its row; of more than KEPT_BYTES the first."""
    return b64encode(raw[:KEPT_BYTES]).decode()


def letter_version(tries: int, state: LetterState) -> int:
    """The order of what is told of one letter. Its tries lie in several partitions of raw, so their offsets do not compare."""
    return tries * len(LetterState) + list(LetterState).index(state)


RETRY_HEADER = "tracker_letter"
SIGNATURE = 32
LONGEST_RETRY = 4_096
"""Bytes of the header; whoever writes more is not us."""


class Retry(BaseModel):
    """The header of a record of raw that is about an earlier dead letter: it is sent again, or given up (then it has no bytes).

    It carries the letter without its bytes, so that what becomes of the letter is a function of this record alone. `partition` and
    `offset` are those of the letter, `tries` counts this try too (a discard is none), `received_at` is the letter's, ms UTC.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    partition: int = Field(ge=0, lt=2**16)
    offset: Count
    tries: int = Field(ge=1, le=1_000_000)
    is_discarded: bool = False
    reason: RejectReason
    field: str
    detail: str
    event_id: str
    event_type: str
    source: str
    raw_hash: int = Field(ge=0, lt=2**64)
    received_at: Count


def retry_header(retry: Retry, value: bytes | None, secret: bytes) -> tuple[str, bytes]:
    """The header for a record of these bytes: signed, for whoever could write it would decide over the letters of others."""
    told = retry.model_dump_json().encode()
    return RETRY_HEADER, _signature(told, value, secret) + told


def retry_of(headers: Iterable[tuple[str, bytes | None]], value: bytes | None, secret: bytes) -> Retry | None:
    """What the record of these bytes says of an earlier letter; None where nothing that we signed."""
    for name, header in headers:
        if name == RETRY_HEADER and header is not None and len(header) <= LONGEST_RETRY:
            signature, told = header[:SIGNATURE], header[SIGNATURE:]
            if hmac.compare_digest(signature, _signature(told, value, secret)):
                return _read(told)
    return None


def _read(told: bytes) -> Retry | None:
    try:
        return Retry.model_validate_json(told)
    except ValidationError:
        return None


def _signature(told: bytes, value: bytes | None, secret: bytes) -> bytes:
    return hmac.new(secret, b"letter:" + told + b":" + (value or b""), sha256).hexdigest()[:SIGNATURE].encode("ascii")
