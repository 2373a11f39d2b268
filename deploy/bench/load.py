"""The loads of the benches, in the order in which things happened: the simulated shop, and plain visits of known customers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID, uuid5

import msgspec
import orjson
from kafka import KafkaProducer

from deploy.demo.shop import START, simulate
from schemas.codec import Decoded, validate
from schemas.connections import KafkaConnection
from schemas.record_key import record_key
from schemas.topics import topic_names

EVENTS_A_PERSON = 52
"""What a person of the simulated shop does in 60 days, about."""
Record = tuple[bytes, bytes]
"""(key, value)"""
_NO_ROW = frozenset({"ad_cost.reported", "touchpoint.retracted"})
_NAMESPACE = UUID("9f2b6c52-6a41-4c9e-9a55-6f6f0d6f1c11")
_VISITS_A_CUSTOMER, _ACTS_A_VISIT = (1, 6), (2, 9)
_SPAN_S = 75 * 86_400
_TYPES = ("page.viewed", "page.viewed", "product.viewed", "search.performed")


def records(events: int, seed: int = 1) -> list[Record]:
    """About so many events of the simulated shop, each of which becomes one row of `touchpoints`.

    Several identities a person, merges, orders, tickets, calls, returns; without repeats, retractions and costs of ads.
    """
    made: dict[bytes, bytes] = {}
    for event in simulate(max(1, events // EVENTS_A_PERSON), 60, seed, START):
        if event.document["event_type"] in _NO_ROW:
            continue
        decoded = validate(event.document)
        assert isinstance(decoded, Decoded), "the simulated shop sends valid events only"
        made.setdefault(record_key(decoded.event), msgspec.json.encode(event.document))
    return list(made.items())[:events]


def visits(events: int, seed: int = 1) -> list[Record]:
    """So many acts of customers whom one number names, without merges or episodes: what every peer can do too. About 22 a customer."""
    dice = Random(seed)
    acts: list[tuple[float, str, str]] = []
    customer = 0
    while len(acts) < events:
        customer += 1
        acts += _acts(f"c-{customer}", dice)
    first = datetime(2026, 1, 5, tzinfo=UTC)
    return [_record(first, n, *act) for n, act in enumerate(sorted(acts)[:events])]


def _acts(customer: str, dice: Random) -> Iterable[tuple[float, str, str]]:
    for _ in range(dice.randint(*_VISITS_A_CUSTOMER)):
        at = dice.random() * _SPAN_S
        for _ in range(dice.randint(*_ACTS_A_VISIT)):
            at += dice.uniform(2, 240)
            yield at, customer, dice.choice(_TYPES)


_PAYLOADS = {
    "page.viewed": {"url": "https://shop.example/garden/benches", "title": "Benches"},
    "product.viewed": {"product_id": "bench-3", "category": "garden"},
    "search.performed": {"query": "bench", "result_count": 12},
}


def _record(first: datetime, n: int, at: float, customer: str, event_type: str) -> Record:
    moment = (first + timedelta(seconds=at)).isoformat(timespec="milliseconds")
    document = {
        "event_id": str(uuid5(_NAMESPACE, str(n))),
        "event_type": event_type,
        "schema_version": 1,
        "source": "bench",
        "occurred_at": moment,
        "sent_at": moment,
        "identities": [{"kind": "customer_number", "value": customer}],
        "context": {"device": "desktop", "locale": "en-GB", "referrer": "https://search.example/", "campaign": {"utm_campaign": "spring"}},
        "payload": _PAYLOADS[event_type],
    }
    return as_record(document)


def as_record(document: Mapping[str, Any]) -> Record:
    """Of a document that names its event. By msgspec, for orjson's bytes stay in buffers of 4 KiB, and a bench keeps a million of them."""
    return document["event_id"].encode(), msgspec.json.encode(document)


def customer_of(value: bytes) -> bytes:
    """The number of the customer of a visit: the key by which a peer's topic is cut."""
    return str(orjson.loads(value)["identities"][0]["value"]).encode()


def new_producer(where: KafkaConnection) -> KafkaProducer:
    """As a busy source would set it: batches, lz4, idempotent."""
    return KafkaProducer(
        acks="all", linger_ms=20, batch_size=262_144, compression_type="lz4", enable_idempotence=True, **where.client_options()
    )


def send(where: KafkaConnection, made: Sequence[Record], topic: str = topic_names().raw) -> None:
    """Puts all records on a topic and waits until Kafka has them."""
    producer = new_producer(where)
    try:
        for key, value in made:
            producer.send(topic, key=key, value=value)
        producer.flush()
    finally:
        producer.close()


def in_batches(made: Iterable[Record], size: int) -> Iterable[list[Record]]:
    """The records in lists of at most so many."""
    rest = iter(made)
    while batch := list(islice(rest, size)):
        yield batch
