"""`tracker topics`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from deploy.cli.output import notice, print_json, print_table

AtLeastOne = Number(gte=1)


def topics(
    *,
    partitions: Annotated[int | None, Parameter(validator=AtLeastOne, show_default=False)] = None,
    replication: Annotated[int | None, Parameter(validator=AtLeastOne, show_default=False)] = None,
    generation: Annotated[int, Parameter(validator=AtLeastOne)] = 1,
    timeout: Annotated[float, Parameter(validator=Number(gt=0))] = 30.0,
    kafka: Annotated[str | None, Parameter(name="--kafka")] = None,
    as_json: Annotated[bool, Parameter(name="--json", show_default=False)] = False,
) -> None:
    """Make the topics that are missing and check the shape of those that are there. May be repeated at any time; never deletes one.

    For example:

        tracker topics
        tracker topics --partitions 24 --replication 3 --kafka broker-1:9092,broker-2:9092

    Parameters
    ----------
    partitions
        Of the generation's topics but identity.links, which has one, and of raw and dead where they are not there yet. Fixed for a
        generation; at least twice as many as workers. Default: what is there, else 6.
    replication
        Copies of each partition that is made; from 3 on two must have a record before it counts as written. Default: as raw, else 1.
    generation
        Whose derived topics.
    timeout
        Longest wait for a broker, seconds.
    kafka
        host:port of Kafka; otherwise TRACKER_KAFKA_BOOTSTRAP, then the local stack.
    as_json
        One JSON document on stdout.
    """
    from deploy.topics import create_topics
    from streams.producer_settings import ProducerSettings

    connection = ProducerSettings().kafka
    where = connection if kafka is None else connection.model_copy(update={"bootstrap_servers": kafka})
    report = create_topics(where, partitions=partitions, generation=generation, replication=replication, timeout_s=timeout)
    if as_json:
        print_json(report)
        return
    if partitions not in (None, report.raw_partitions):
        notice(f"touchpoints.raw and touchpoints.dead keep their {report.raw_partitions} partitions: that count never changes")
    print_table(
        ("topic", "state"), [*((name, "created") for name in report.created), *((name, "already there") for name in report.present)]
    )
