"""Carries out `tracker import`: settings, cluster, producer, one file after the other."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.importer.mapping import Mapping, load_mapping
from deploy.importer.run import ImportOptions, Sending, import_file
from deploy.importer.tally import Tally
from schemas.connections import KafkaConnection
from schemas.errors import ServiceUnavailable
from schemas.topics import topic_names
from streams.producer import Producer
from streams.producer_settings import ProducerSettings

CLUSTER_TIMEOUT_MS = 5_000


@dataclass(frozen=True, slots=True)
class Target:
    """As on the command line; None: as the settings say."""

    kafka: str | None
    state_dir: Path | None


def import_all(files: Sequence[Path], mapping_file: Path | None, options: ImportOptions, target: Target | None) -> dict[str, Tally]:
    """By file what came of it; `target` None is a dry run."""
    mapping = load_mapping(mapping_file) if mapping_file else None
    if target is None:
        return {str(path): import_file(path, mapping, options, None) for path in files}
    settings = ProducerSettings()
    logging.getLogger("streams.producer").setLevel(logging.CRITICAL)  # errors and the tally say the same
    connection = settings.kafka if target.kafka is None else settings.kafka.model_copy(update={"bootstrap_servers": target.kafka})
    cluster = cluster_id(connection)
    with Producer(source=_source(mapping, options, settings), connection=connection) as producer:
        sending = Sending(producer, target.state_dir or settings.import_state_dir, f"{cluster}/{topic_names().raw}")
        return {str(path): import_file(path, mapping, options, sending) for path in files}


def cluster_id(connection: KafkaConnection) -> str:
    """Kafka's own name of the cluster: where it is another one, what was sent to the last one says nothing."""
    from kafka.admin import KafkaAdminClient
    from kafka.errors import KafkaError

    try:
        admin = KafkaAdminClient(
            **connection.client_options(), bootstrap_timeout_ms=CLUSTER_TIMEOUT_MS, request_timeout_ms=CLUSTER_TIMEOUT_MS
        )
        try:
            return str(admin.describe_cluster()["cluster_id"])
        finally:
            admin.close()
    except (KafkaError, OSError, ValueError) as why:
        raise ServiceUnavailable(
            f"Kafka at {connection.bootstrap_servers} does not answer: {type(why).__name__}",
            service="Kafka",
            address=connection.bootstrap_servers,
            remedy="start it with `tracker up`, or name it with --kafka or TRACKER_KAFKA_BOOTSTRAP; --dry-run needs none",
        ) from why


def _source(mapping: Mapping | None, options: ImportOptions, settings: ProducerSettings) -> str:
    return options.source or (mapping.source if mapping else settings.producer_source)
