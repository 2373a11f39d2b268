"""`tracker tail`: events and journeys as they pass by."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from deploy.cli.output import notice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.tail import Passing
    from schemas.connections import KafkaConnection

TopicName = Literal["raw", "resolved", "journeys", "dead", "links", "alerts"]
WIDEST = 60


def tail(
    *,
    topic: Annotated[TopicName, Parameter(name=["--topic", "-t"])] = "raw",
    customer: str | None = None,
    event_type: Annotated[str, Parameter(name=["--type"])] = "*",
    count: Annotated[int | None, Parameter(name=["-n", "--count"])] = None,
    from_beginning: Annotated[bool, Parameter(show_default=False)] = False,
    show_personal: Annotated[bool, Parameter(show_default=False)] = False,
    as_json: Annotated[bool, Parameter(name="--json", show_default=False)] = False,
    generation: int = 1,
    kafka: Annotated[str | None, Parameter(name="--kafka")] = None,
) -> None:
    """See events, journeys and dead letters as they pass, one a line, until Ctrl-C. Nothing is taken away from anybody.

    For example:

        tracker tail
        tracker tail --type 'order.*' --json
        tracker tail -t journeys --customer 0b6f2d0e-8b7a-8f5e-9d0b-1c7a54a5f0aa
        tracker tail -t dead --from-beginning -n 10

    Parameters
    ----------
    topic
        Where to look: events as sent, judged, as rows for ClickHouse; dead letters; observed links; alerts.
    customer
        Only this one: the value of an identity (raw, resolved), or a customer id (journeys).
    event_type
        Only these, with * and ?: event types, or names of tables with journeys.
    count
        End after so many lines.
    from_beginning
        Not from now on, but all that is kept.
    show_personal
        Do not mask what may name a person.
    as_json
        One JSON object a line.
    generation
        Whose topics.
    kafka
        host:port of Kafka; otherwise TRACKER_KAFKA_BOOTSTRAP, then the local stack.
    """
    from itertools import islice

    from schemas.topics import topic_names
    from streams.producer_settings import ProducerSettings

    settings = ProducerSettings()
    connection = settings.kafka if kafka is None else settings.kafka.model_copy(update={"bootstrap_servers": kafka})
    name = getattr(topic_names(generation), topic)
    notice(f"{name} at {connection.bootstrap_servers}, {'all that is kept' if from_beginning else 'from now on'}; Ctrl-C ends")
    passed = _passed(connection, topic, name, from_beginning, show_personal)
    wanted = (line for line in passed if _is_wanted(line, event_type, customer))
    try:
        for line in islice(wanted, count):
            print(_json(line) if as_json else _text(line), flush=True)
    except KeyboardInterrupt:
        notice("ended")


def _passed(connection: KafkaConnection, topic: TopicName, name: str, from_beginning: bool, show_personal: bool) -> Iterator[Passing]:
    from deploy.tail import passing
    from deploy.tail.following import records

    for record in records(connection, name, from_beginning):
        yield from passing(topic, record.value, show_personal)


def _is_wanted(line: Passing, event_type: str, customer: str | None) -> bool:
    return fnmatchcase(line.kind, event_type) and (customer is None or _is(customer, line.who))


def _is(customer: str, who: tuple[str, ...]) -> bool:
    return customer.strip().lower() in (name.lower() for name in who)


def _json(line: Passing) -> str:
    import orjson

    return orjson.dumps({"at": line.at, "kind": line.kind, **line.document}, default=str).decode()


def _text(line: Passing) -> str:
    """Time, kind, then what there is to say, short."""
    hidden = ("event_type", "occurred_at", "sent_at", "schema_version", "event_id", "payload", "identities")
    document = line.document
    identities = " ".join(_identity(entry) for entry in document.get("identities") or ())
    fields = {name: value for name, value in document.items() if name not in hidden} | dict(document.get("payload") or {})
    said = " ".join(f"{name}={_short(value)}" for name, value in fields.items())
    return f"{line.at:<24}  {line.kind:<22}  {identities}{'  ' if identities else ''}{said}"


def _identity(entry: Any) -> str:
    return f"{entry['kind']}={entry['value']}" if isinstance(entry, dict) else str(entry)


def _short(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return f"[{len(value)}]"
    text = str(value)
    return text if len(text) <= WIDEST else f"{text[:WIDEST]}..."
