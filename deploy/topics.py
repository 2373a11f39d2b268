"""Makes the topics of `schemas.topics` on a broker, and refuses a topic that exists with another shape. May be repeated at any time.

Topics must be there before a worker starts: Faust does not consume what is created after its assignment.

`raw` and `dead` outlive every generation and keep the partition count with which they were made, for ever: repeats of an event meet in one
partition of raw. The count of a generation is that of its derived topics; it may be another (docs/decisions/0006).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from schemas.connections import KafkaConnection
from schemas.errors import ServiceUnavailable, TopicInvalid
from schemas.topics import FOR_EVER, TopicSpec, catalogue, topic_names

PARTITIONS: Final = 6
"""Twice as many as the three workers that one small installation runs."""

LASTING: Final = (topic_names().raw, topic_names().dead)
"""Topics without a generation."""

_AT_LEAST: Final = frozenset({"retention.ms", "retention.bytes", "max.message.bytes"})
"""Configurations of which the broker may have more than we ask."""


@dataclass(frozen=True, slots=True)
class TopicReport:
    """Names of topics: made now, and there before in the right shape; the partitions of raw and dead, which may differ from those asked."""

    created: tuple[str, ...]
    present: tuple[str, ...]
    raw_partitions: int

    def __str__(self) -> str:
        return f"{len(self.created)} created, {len(self.present)} already there"


def create_topics(
    where: KafkaConnection | str,
    *,
    partitions: int | None = None,
    generation: int = 1,
    replication: int | None = None,
    timeout_s: float = 30.0,
) -> TopicReport:
    """Creates what is missing, then checks all. ServiceUnavailable after `timeout_s` without a broker, TopicInvalid for a wrong shape.

    `partitions` is the count of the generation's own topics, and of raw and dead where these are not there yet; None: what is there
    stays, what is new gets the count of raw, else PARTITIONS. `replication` of what is new; None: that of raw, else 1.
    """
    connection = KafkaConnection(bootstrap_servers=where) if isinstance(where, str) else where
    specs = catalogue(generation)
    admin = _admin(connection, timeout_s)
    try:
        there = _partition_counts(admin, [spec.name for spec in specs])
        lasting = _lasting_partitions(there) or partitions or PARTITIONS
        own = partitions or there.get(topic_names(generation).resolved, lasting)
        wanted = {spec.name: spec.partitions or (lasting if spec.name in LASTING else own) for spec in specs}
        created = _create_missing(admin, specs, wanted, replication or _replication(admin))
        _check(admin, specs, wanted)
    except TopicInvalid:
        raise
    except (KafkaError, TimeoutError) as why:
        raise _unavailable(connection, why) from why
    finally:
        admin.close()
    return TopicReport(created, tuple(spec.name for spec in specs if spec.name not in created), lasting)


def _admin(connection: KafkaConnection, timeout_s: float) -> Any:
    wait_ms = int(timeout_s * 1000)
    try:
        return KafkaAdminClient(**connection.client_options(), client_id="tracker-topics", bootstrap_timeout_ms=wait_ms)
    except (KafkaError, TimeoutError, OSError) as why:
        raise _unavailable(connection, why) from why


def _unavailable(connection: KafkaConnection, why: Exception) -> ServiceUnavailable:
    address = connection.bootstrap_servers
    remedy = "start it with `tracker up --only kafka`, or correct TRACKER_KAFKA_BOOTSTRAP"
    return ServiceUnavailable(f"Kafka does not answer at {address}: {type(why).__name__}", service="Kafka", address=address, remedy=remedy)


def _partition_counts(admin: Any, names: Sequence[str]) -> dict[str, int]:
    """Of those that are there."""
    there = sorted(set(names) & set(admin.list_topics()))
    return {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics(there)} if there else {}


def _replication(admin: Any) -> int:
    """Copies of each partition of raw, 1 where it is not there."""
    raw = topic_names().raw
    if raw not in admin.list_topics():
        return 1
    return min(len(partition["replica_nodes"]) for partition in admin.describe_topics([raw])[0]["partitions"])


def _lasting_partitions(there: Mapping[str, int]) -> int | None:
    """The count with which raw was made; dead, made with it, is the witness. None where there is no raw yet."""
    counts = {name: there[name] for name in LASTING if name in there}
    if len(set(counts.values())) > 1:
        raise TopicInvalid(
            f"topics that are made with one partition count, for ever, differ: {counts}",
            topic=LASTING[0],
            field="partitions",
            remedy="raw was altered: archive it, make both topics anew with one count and restore the archive",
        )
    return next(iter(counts.values()), None)


def _create_missing(admin: Any, specs: Sequence[TopicSpec], wanted: Mapping[str, int], replication: int) -> tuple[str, ...]:
    there = set(admin.list_topics())
    created = tuple(spec.name for spec in specs if spec.name not in there and _create(admin, spec, wanted[spec.name], replication))
    if created:
        admin.wait_for_topics(list(created))
    return created


def _create(admin: Any, spec: TopicSpec, partitions: int, replication: int) -> bool:
    options = {
        "num_partitions": partitions,
        "replication_factor": replication,
        "configs": spec.all_configs | ({"min.insync.replicas": "2"} if replication > 2 else {}),
    }
    try:
        admin.create_topics({spec.name: options})
    except TopicAlreadyExistsError:
        return False  # somebody else was quicker; the check looks at what they made
    return True


def _check(admin: Any, specs: Sequence[TopicSpec], wanted: Mapping[str, int]) -> None:
    counts = _partition_counts(admin, [spec.name for spec in specs])
    resources = [ConfigResource(ConfigResourceType.TOPIC, spec.name) for spec in specs]
    found = admin.describe_configs(resources, config_filter="all")["topic"]
    for spec in specs:
        _check_partitions(spec, counts[spec.name], wanted[spec.name])
        _check_configs(spec, {name: str(config["value"]) for name, config in found[spec.name].items()})


def _check_partitions(spec: TopicSpec, found: int, wanted: int) -> None:
    if found != wanted:
        raise TopicInvalid(
            f"the topic {spec.name} has {found} partitions, not {wanted}",
            topic=spec.name,
            field="partitions",
            remedy=f"run with {found} partitions, or build a new generation with {wanted}: a count never changes inside one",
        )


def _check_configs(spec: TopicSpec, found: Mapping[str, str]) -> None:
    for name, wanted in spec.all_configs.items():
        if found.get(name) != wanted and not (name in _AT_LEAST and _is_more(found.get(name, ""), wanted)):
            raise TopicInvalid(
                f"the topic {spec.name} has {name}={found.get(name)}, not {wanted}",
                topic=spec.name,
                field=name,
                remedy=f"set it on the broker: kafka-configs.sh --alter --topic {spec.name} --add-config {name}={wanted}",
            )


def _is_more(found: str, wanted: str) -> bool:
    """-1 is without end."""
    if int(found) == FOR_EVER:
        return True
    return int(wanted) != FOR_EVER and int(found) >= int(wanted)
