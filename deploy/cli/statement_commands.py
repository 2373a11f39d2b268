"""`tracker link`, `tracker unlink`: who is who, put right by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from deploy.cli.output import notice, print_json

if TYPE_CHECKING:
    from deploy.who.link_log import LinkLogReader
    from deploy.who.why import Answer

What = Literal["linked", "unlinked"]
Json = Annotated[bool, Parameter(name="--json", show_default=False, help="One JSON document on stdout.")]
Personal = Annotated[bool, Parameter(name="--show-personal", show_default=False, help="Do not mask what may name a person.")]
Kafka = Annotated[str | None, Parameter(name="--kafka", help="host:port of Kafka; otherwise TRACKER_KAFKA_BOOTSTRAP.")]
Reason = Annotated[str | None, Parameter(name="--reason", help="Why; it is kept with the event.")]
DryRun = Annotated[bool, Parameter(name="--dry-run", show_default=False, help="Show what would come of it and send nothing.")]
Timeout = Annotated[float, Parameter(name="--timeout", help="Longest wait until it is seen, seconds.")]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the words of the command line ask for."""

    what: What
    words: tuple[str, str]
    reason: str | None
    dry_run: bool
    timeout_s: float
    show_personal: bool
    kafka: str | None


def link(
    a: str, b: str, /, *, reason: Reason = None, dry_run: DryRun = False, timeout_s: Timeout = 30.0,
    show_personal: Personal = False, as_json: Json = False, kafka: Kafka = None,
) -> None:  # fmt: skip
    """Say that two identities are one person (identity.linked), and wait until who is who shows it. Limits of rules.yaml still hold.

    For example:

        tracker link email:jo@example.org phone:+4930123456 --reason "told us on the phone"
        tracker link account:a-1 account:a-2 --dry-run
    """
    _state(Wish("linked", (a, b), reason, dry_run, timeout_s, show_personal, kafka), as_json)


def unlink(
    a: str, b: str, /, *, reason: Reason = None, dry_run: DryRun = False, timeout_s: Timeout = 30.0,
    show_personal: Personal = False, as_json: Json = False, kafka: Kafka = None,
) -> None:  # fmt: skip
    """Say that two identities are not one person (identity.unlinked), and wait until who is who shows it.

    It takes the link between these two apart for good; only a later `tracker link` restores it. Other links may still join them: what
    is shown afterwards says so.

    For example:

        tracker unlink email:jo@example.org anonymous:c-77 --reason "a guest's tablet"
        tracker unlink email:jo@example.org anonymous:c-77 --dry-run
    """
    _state(Wish("unlinked", (a, b), reason, dry_run, timeout_s, show_personal, kafka), as_json)


def _state(wish: Wish, as_json: bool) -> None:
    from deploy.cli.who_sources import answered, reader_of
    from deploy.who.lines import lines
    from deploy.who.why import document

    with reader_of(wish.kafka) as reader:
        before = answered(wish.words, reader, wish.show_personal)
        after, event_id = _stated(wish, reader)
    if as_json:
        return print_json({"event_id": event_id, "before": document(before), "after": document(after)})
    for title, found in (("before", before), ("would be" if wish.dry_run else "now", after)):
        print(f"{title}:")
        for line in lines(found):
            print(f"  {line}")
    return None


def _stated(wish: Wish, reader: LinkLogReader) -> tuple[Answer, str | None]:
    from deploy.cli.who_sources import answered, clickhouse, kafka_at, secret_and_rules
    from deploy.who import statements
    from deploy.who.naming import named
    from streams.clock import SYSTEM_CLOCK
    from streams.producer import Producer
    from streams.producer_settings import ProducerSettings

    key, rules = secret_and_rules()
    a, b = (named(words, key, rules) for words in wish.words)
    statement = statements.Statement(wish.what, a, b, wish.reason)
    if wish.dry_run:
        now_ms = round(SYSTEM_CLOCK.now().timestamp() * 1000)
        return answered(wish.words, statements.foreseen(reader.log, statement, now_ms), wish.show_personal), None
    with Producer(source=ProducerSettings().producer_source, connection=kafka_at(wish.kafka)) as producer:
        event_id = statements.emit(producer, statement, wish.timeout_s)
    notice(f"sent {event_id}")
    with clickhouse() as ask:
        statements.wait(reader, ask, event_id, SYSTEM_CLOCK, wish.timeout_s)
    return answered(wish.words, reader, wish.show_personal), str(event_id)
