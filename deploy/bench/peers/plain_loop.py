"""A plain loop over confluent-kafka, state in memory: the floor of what Python can do here. A restart loses its state."""

import os

from confluent_kafka import Consumer

from deploy.bench.peers.job import State, read, take
from deploy.bench.peers.rows import BATCH, Sink


def main() -> None:
    """Runs until it is ended."""
    consumer = Consumer(
        {
            "bootstrap.servers": os.environ["BENCH_KAFKA"],
            "group.id": "plain-loop",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([os.environ["BENCH_TOPIC"]])
    states: dict[str, State] = {}
    sink = Sink()
    while True:
        messages = consumer.consume(BATCH, timeout=0.5)
        for message in messages:
            event = read(message.value())
            customer = event.identities[0].value
            states[customer], rows = take(states.get(customer), event)
            sink.add(rows)
        if messages:
            sink.write()
            consumer.commit(asynchronous=False)


if __name__ == "__main__":
    main()
