"""Carries out `tracker emit`: words of the command line and lines of a file become events, which are checked, then sent."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import orjson
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from deploy.cli.output import notice
from schemas.envelope import Envelope
from schemas.errors import ConfigurationError, EventInvalid
from schemas.examples import example
from schemas.touchpoints import EVENT_TYPES
from streams.clock import SYSTEM_CLOCK
from streams.outgoing import Outgoing, outgoing
from streams.producer import FlushReport, Producer
from streams.producer_settings import ProducerSettings

USAGE = 2
Document = dict[str, Any]
Line = tuple[int, Document | EventInvalid]


@dataclass(frozen=True, slots=True)
class Where:
    """As on the command line; None: as the settings say."""

    kafka: str | None
    source: str | None
    spool_dir: Path | None
    dry_run: bool
    timeout_s: float = 15.0


def print_example(event_type: str | None) -> int:
    """One line, ready to be piped into `tracker emit`; it has no id, for that is derived."""
    if event_type is None or event_type not in EVENT_TYPES:
        notice(f"error: there is no event type {event_type}\nremedy: tracker schema list")
        return USAGE
    document = example(event_type)
    print(orjson.dumps({name: value for name, value in document.items() if name not in ("event_id", "sent_at")}).decode())
    return 0


def one_document(event_type: str, words: Sequence[str], identities: Sequence[str]) -> list[Line]:
    """`name=value` words and `kind=value` identities as one event."""
    document: Document = {"event_type": event_type, "payload": {}}
    document["identities"] = [dict(zip(("kind", "value"), _split(word, "--identity"), strict=True)) for word in identities]
    spec = EVENT_TYPES.get(event_type)
    payload_fields = spec.payload.model_fields if spec else {}
    for word in words:
        path, text = _split(word, "a field")
        name, *inner = path.split(".")
        if name in payload_fields or name not in Envelope.model_fields:
            target, fields = document["payload"], payload_fields
        else:
            target, fields = document, Envelope.model_fields
        value = _value(fields.get(name), text) if not inner else text
        for part in (name, *inner)[:-1]:
            target = target.setdefault(part, {})
        target[inner[-1] if inner else name] = value
    return [(1, document)]


def documents_of(file: Path | None) -> Iterator[Line]:
    """Line numbers with events; stdin for None and -."""
    with ExitStack() as opened:
        if file is None or str(file) == "-":
            lines = sys.stdin.buffer
        else:
            try:
                lines = opened.enter_context(file.open("rb"))
            except OSError as why:
                raise ConfigurationError(f"{file} cannot be read: {why.strerror}", setting="--file", remedy="give another file") from why
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number, _parsed(line)


def emit_all(lines: Iterable[Line], where: Where) -> int:
    """0 where all went out or waits in the spool, 1 otherwise. Prints an id per event; refusals go to stderr with their line."""
    settings = ProducerSettings()
    source = where.source or settings.producer_source
    if where.dry_run:
        results = [_checked(number, document, source) for number, document in lines]
        for ready in results:
            if ready is not None:
                print(ready.event_id)
        return 0 if all(ready is not None for ready in results) else 1
    connection = settings.kafka if where.kafka is None else settings.kafka.model_copy(update={"bootstrap_servers": where.kafka})
    spool_dir = where.spool_dir or settings.producer_spool_dir
    refused = False
    logging.getLogger("streams.producer").setLevel(logging.CRITICAL)  # the report below says the same
    with Producer(source=source, connection=connection, spool_dir=spool_dir, spool_mib=settings.producer_spool_mib) as producer:
        for number, document in lines:
            ready = _checked(number, document, source)
            refused = refused or ready is None
            if ready is not None:
                print(producer.emit_outgoing(ready))
        sys.stdout.flush()
        report = producer.flush(where.timeout_s)
        lost = _told(report, spool_dir)
        if lost:
            producer.close(0)
    return 1 if refused or lost else 0


def _told(report: FlushReport, spool_dir: Path | None) -> bool:
    """Says on stderr what has not arrived; True where it will not by itself."""
    if report.spooled:
        notice(f"{report.spooled} events wait in {spool_dir} and go out with the next producer there: {report.problem}")
    if report.waiting or report.failed:
        notice(f"error: {report.waiting + report.failed} events were not delivered: {report.problem or 'Kafka refused them'}")
        notice("remedy: send the same again when Kafka answers (ids that are derived double nothing), or give --spool-dir")
    return bool(report.waiting or report.failed)


def _checked(number: int, document: Document | EventInvalid, source: str) -> Outgoing | None:
    if not isinstance(document, EventInvalid):
        try:
            return outgoing(document, source=source, now=SYSTEM_CLOCK.now())
        except EventInvalid as why:
            document = why
    notice(f"line {number}: {document.message}\nremedy: {document.remedy}")
    return None


def _parsed(line: bytes) -> Document | EventInvalid:
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError:
        return EventInvalid("", "no JSON", "write one JSON object a line, in UTF-8")
    return document if isinstance(document, dict) else EventInvalid("", "JSON, but no object", "write one JSON object a line")


def _split(word: str, what: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not equals or not name:
        raise ConfigurationError(
            f"{what} has no name=value form", setting=what, remedy="write it such as order_id=1001 or email=jo@example.org"
        )
    return name, value


def _value(field: FieldInfo | None, text: str) -> Any:
    """The text itself where the field takes it, else what it says as JSON."""
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    if field is None:
        return text if isinstance(parsed, (int, float, bool)) else parsed
    shape: Any = Annotated[(field.annotation, *field.metadata, None)]  # Annotated wants at least one annotation
    try:
        TypeAdapter(shape).validate_python(text)
    except ValidationError:
        return parsed
    return text
