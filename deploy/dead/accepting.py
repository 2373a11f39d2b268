"""Lets a partition go on that too many rejects stopped: told on the ledger, read by the worker that has the partition."""

from kafka import KafkaProducer
from kafka.errors import KafkaError

from deploy.accounting.log import Log
from schemas.connections import KafkaConnection
from schemas.errors import ConfigurationError, ServiceUnavailable
from schemas.ledger import RejectsAccepted, encode_ledger
from schemas.topics import topic_names


def accept(connection: KafkaConnection, generation: int, partition: int, until: int | None) -> int:
    """The offset below which rejects stop nothing; None: the end of the partition as it is now."""
    topics, log = topic_names(generation), Log(connection)
    try:
        if partition not in log.partitions(topics.raw):
            raise ConfigurationError(
                f"{topics.raw} has no partition {partition}", setting="--partition", remedy="`tracker health` names it"
            )
        offset = log.bounds(topics.raw, partition)[1] if until is None else until
        home = partition % len(log.partitions(topics.ledger))
    finally:
        log.close()
    producer = KafkaProducer(**connection.client_options(), acks="all", metrics_enabled=False)
    try:
        told = encode_ledger(RejectsAccepted(raw_partition=partition, until=offset))
        producer.send(topics.ledger, told, partition=home).get(timeout=30)
    except KafkaError as why:
        address = connection.bootstrap_servers
        message = f"Kafka at {address} did not take it: {type(why).__name__}"
        raise ServiceUnavailable(message, service="Kafka", address=address, remedy="see `tracker status`") from why
    finally:
        producer.close()
    return offset
