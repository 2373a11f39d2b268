"""The one place where bytes become events and events bytes. `decode` returns, it never raises, whatever the bytes.

The checks in order: empty, size, UTF-8, JSON, depth, object, event type, version, upcast, fields, identity. The first that fails is the
reason. Dates are judged in admission, which knows when the record was received.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import msgspec
import orjson
from pydantic import ValidationError

from schemas.dead_letters import Rejection, RejectReason
from schemas.envelope import AnyEvent
from schemas.mirrors import mirror_of
from schemas.refusals import refusal
from schemas.touchpoints import EVENT_TYPES, EventSpec, validator_for
from schemas.upcasters import UPCASTERS, Document, Upcasters, upcast
from schemas.vocabulary import IdentityKind

CONFLUENT_PREFIX = 5
"""A zero byte and a schema id of four: tolerated and stripped, JSON never begins so."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`limits` of rules.yaml, as far as decoding needs them; `junk_form` lets junk through, to be marked and not refused."""

    event_bytes: int = 65_536
    json_depth: int = 32
    junk_form: Callable[[IdentityKind, str], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Decoded:
    """`document`: the JSON object in the newest version's form, with every unknown field; do not change it."""

    event: AnyEvent
    document: Document


DEFAULT_LIMITS = Limits()


def decode(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Decoded | Rejection:
    """About 20 µs for an event of 600 bytes."""
    if raw[:1] == b"\0":
        raw = raw[CONFLUENT_PREFIX:]
    document = parse(raw, limits)
    return document if isinstance(document, Rejection) else validate(document, limits)


def read(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Decoded | Rejection:
    """As `decode`, sooner: `event` may be a mirror of the model (schemas/mirrors.py), with the same values under the same names."""
    if raw[:1] == b"\0":
        raw = raw[CONFLUENT_PREFIX:]
    document = parse(raw, limits)
    if isinstance(document, Rejection):
        return document
    event = _mirrored(document)
    return validate(document, limits) if event is None else Decoded(event, document)


def _mirrored(document: Document) -> AnyEvent | None:
    """None where the model has to judge: another version, a type without a mirror, anything that the mirror does not take."""
    event_type = document.get("event_type")
    spec = EVENT_TYPES.get(event_type) if type(event_type) is str else None
    version = document.get("schema_version", 1)
    if spec is None or version != spec.version or type(version) is not int:
        return None
    mirror = mirror_of(spec.event_type)
    if mirror is None:
        return None
    try:
        event = cast("AnyEvent", msgspec.convert(document, mirror))
    except (ValueError, TypeError, OverflowError):  # msgspec's own and every refusal of ours are ValueErrors
        return None
    return None if spec.needs_identity and not event.identities else event


def parse(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Document | Rejection:
    """Bytes to a JSON object of bounded size and depth."""
    if not raw:
        return Rejection(RejectReason.EMPTY, "", "send one JSON object per record")
    if len(raw) > limits.event_bytes:
        return Rejection(RejectReason.TOO_LARGE, "", f"{len(raw)} bytes, at most {limits.event_bytes}: send large content by reference")
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as why:
        return _unparsed(raw, why, limits)
    if raw.count(b"{") + raw.count(b"[") > limits.json_depth and type(document) in (dict, list) and _deeper(document, limits.json_depth):
        return _too_deep(limits)
    if type(document) is not dict:
        return Rejection(RejectReason.NOT_AN_OBJECT, "", "send one JSON object per record")
    return document


def validate(document: Document, limits: Limits = DEFAULT_LIMITS, table: Upcasters = UPCASTERS) -> Decoded | Rejection:
    """A JSON object to an event of the newest version."""
    event_type = document.get("event_type")
    spec = EVENT_TYPES.get(event_type) if type(event_type) is str else None
    if spec is None:
        return _unknown_type(document)
    lifted = _lifted(document, spec, table)
    if isinstance(lifted, Rejection):
        return lifted
    try:
        event = validator_for(spec.event_type).validate_python(lifted, context=limits.junk_form)
    except ValidationError as why:
        return refusal(why)
    if spec.needs_identity and not event.identities:
        return Rejection(RejectReason.NO_IDENTITY, "identities", "none there: name at least one identity of the customer")
    return Decoded(event, lifted)


def encode(event: AnyEvent) -> bytes:
    """Canonical JSON: keys sorted, times in UTC with milliseconds, money as text; null fields are left out, for that means the same."""
    return orjson.dumps(event.model_dump(mode="json", by_alias=True, exclude_none=True), option=orjson.OPT_SORT_KEYS)


def _lifted(document: Document, spec: EventSpec, table: Upcasters) -> Document | Rejection:
    version = document.get("schema_version", 1)
    if type(version) is not int or version < 1:
        return Rejection(RejectReason.INVALID_FIELD, "schema_version", "expected an integer from 1 on")
    if version > spec.version:
        detail = f"the code knows {spec.event_type} up to version {spec.version}: upgrade the tracker, then read the dead letter again"
        return Rejection(RejectReason.VERSION_FROM_THE_FUTURE, "schema_version", detail)
    if version == spec.version:
        return document
    try:
        return upcast(document, spec.event_type, version, spec.version, table)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError):
        detail = f"does not have the form of version {version}, so that it cannot be lifted to version {spec.version}"
        return Rejection(RejectReason.INVALID_FIELD, "payload", detail)


def _unknown_type(document: Document) -> Rejection:
    if "event_type" not in document:
        return Rejection(RejectReason.MISSING_FIELD, "event_type", "nothing: name one of the catalogue, docs/events.md")
    if not isinstance(document["event_type"], str):
        return Rejection(RejectReason.INVALID_FIELD, "event_type", "expected a string: name one of the catalogue, docs/events.md")
    return Rejection(RejectReason.UNKNOWN_EVENT_TYPE, "event_type", "not in the catalogue, docs/events.md; `tracker schema list` shows it")


def _unparsed(raw: bytes, why: orjson.JSONDecodeError, limits: Limits) -> Rejection:
    try:
        raw.decode()
    except UnicodeDecodeError as broken:
        return Rejection(RejectReason.NOT_UTF8, "", f"broken UTF-8 at byte {broken.start}: encode the JSON as UTF-8")
    if "depth" in why.msg or "ecursion" in why.msg:
        return _too_deep(limits)
    return Rejection(RejectReason.NOT_JSON, "", f"no JSON from line {why.lineno}, column {why.colno} on: send one JSON object per record")


def _too_deep(limits: Limits) -> Rejection:
    return Rejection(RejectReason.TOO_DEEP, "", f"nested deeper than {limits.json_depth} levels: send a flatter event")


def _deeper(document: Any, most: int) -> bool:
    """Level by level, without recursion: depth is what a poison message has plenty of."""
    level = [document]
    for _ in range(most):
        inside = [inner for outer in level for inner in (outer.values() if type(outer) is dict else outer)]
        level = [inner for inner in inside if type(inner) in (dict, list)]
    return bool(level)
