"""The load of the benches: the simulated shop, as records of raw."""

from collections.abc import Sequence

import orjson
from kafka import KafkaProducer

from deploy.demo.shop import START, simulate
from schemas.codec import Decoded, validate
from schemas.connections import KafkaConnection
from schemas.record_key import record_key
from schemas.topics import topic_names

EVENTS_A_PERSON = 52
"""What a person of the simulated shop does in 60 days, about."""


def records(events: int, seed: int = 1) -> list[tuple[bytes, bytes]]:
    """(key, value) of about so many events, in the order in which they happened."""
    made: list[tuple[bytes, bytes]] = []
    for event in simulate(max(1, events // EVENTS_A_PERSON), 60, seed, START):
        decoded = validate(event.document)
        assert isinstance(decoded, Decoded), "the simulated shop sends valid events only"
        made.append((record_key(decoded.event), orjson.dumps(event.document)))
    return made[:events]


def send(where: KafkaConnection, made: Sequence[tuple[bytes, bytes]]) -> None:
    """Puts all records on raw and waits until Kafka has them."""
    producer = KafkaProducer(
        acks="all", linger_ms=20, batch_size=262_144, compression_type="lz4", enable_idempotence=True, **where.client_options()
    )
    for key, value in made:
        producer.send(topic_names().raw, key=key, value=value)
    producer.flush()
    producer.close()
