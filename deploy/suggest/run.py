"""`tracker suggest` and `tracker review` behind the command line: ask, compare, keep; show, accept, reject."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from deploy.suggest.shelf import Kept, Shelf
from schemas.connections import KafkaConnection
from schemas.errors import Fatal, ServiceUnavailable
from schemas.rules import IdentityRules
from sinks.clickhouse import ClickHouse
from streams.clock import Clock
from streams.producer import Producer

SOURCE: Final = "tracker-review"
FLUSH_TIMEOUT_S: Final = 30.0
Identity = tuple[str, str]


class NothingToLink(Fatal):
    """The identities of a suggestion are shown by no customer any more."""


class AlreadyAccepted(Fatal):
    """Rejecting comes too late."""


@dataclass(frozen=True, slots=True)
class Found:
    """compared: customers who show anything to compare; alike: pairs above the threshold; kept: of these the ones written down."""

    compared: int
    alike: int
    kept: tuple[Kept, ...]


def suggest(door: ClickHouse, shelf: Shelf, rules: IdentityRules, clock: Clock, threshold: float, limit: int) -> Found:
    """Writes at most `limit` open suggestions, best first. Nobody is joined."""
    from deploy.suggest.asking import records
    from deploy.suggest.candidates import suggestions
    from deploy.suggest.matching import find
    from deploy.suggest.records import fields_of

    by_customer = {record.customer_id: record for record in records(lambda sql: door.ask(sql).rows)}
    found = find({customer: fields_of(record) for customer, record in by_customer.items()}, threshold)
    now = clock.now()
    kept = [Kept(one, "open", now) for one in suggestions(found, by_customer, rules, shelf.decided())][:limit]
    if kept:
        shelf.write(kept, now)
    return Found(len(by_customer), len(found), tuple(kept))


def accept(kept: Kept, door: ClickHouse, shelf: Shelf, kafka: KafkaConnection, clock: Clock) -> Kept:
    """Emits `identity.linked` and waits until Kafka has it; then the decision is written. Twice does no harm.

    Raises NothingToLink, or ServiceUnavailable: then nothing is written.
    """
    told = kept.suggestion
    values = clear_values(door, (told.a, told.b))
    if len(values) < 2:
        raise NothingToLink(f"one of the identities of {told.suggestion_id} has no value that could be linked", remedy="tracker suggest")
    payload = {name: {"kind": identity[0], "value": values[identity]} for name, identity in (("a", told.a), ("b", told.b))}
    with Producer(source=SOURCE, connection=kafka) as producer:
        reason = f"suggestion {told.suggestion_id} was accepted"
        producer.emit("identity.linked", payload={**payload, "reason": reason}, business_key=(str(told.suggestion_id),))
        report = producer.flush(timeout_s=FLUSH_TIMEOUT_S)
    if report.delivered != 1:
        address = kafka.bootstrap_servers
        problem = f"Kafka at {address} did not take the link: {report.problem or 'no answer in time'}"
        raise ServiceUnavailable(problem, service="Kafka", address=address, remedy="tracker status; then the same command once more")
    return shelf.decide(kept, "accepted", clock.now())


def clear_values(door: ClickHouse, identities: Iterable[Identity]) -> Mapping[Identity, str]:
    """The identities as they were observed; those that nobody shows are left out."""
    wanted = ", ".join(f"('{kind}', '{token}')" for kind, token in identities)
    shown = f"SELECT kind, token, any(value) FROM identities WHERE (kind, token) IN ({wanted}) AND value != '' GROUP BY 1, 2"
    return {(str(kind), str(token)): str(value) for kind, token, value in door.ask(shown).rows}


def reject(kept: Kept, shelf: Shelf, clock: Clock) -> Kept:
    """Remembers that these two are not to be suggested again; raises AlreadyAccepted."""
    if kept.state == "accepted":
        remedy = "take them apart by identity.unlinked (tracker unlink)"
        raise AlreadyAccepted(f"{kept.suggestion.suggestion_id} was accepted, the two are linked", remedy=remedy)
    return shelf.decide(kept, "rejected", clock.now())
