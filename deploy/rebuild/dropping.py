"""`tracker rebuild drop`: deletes a generation that nobody reads or writes: topics, groups, tables, its stores here and saved copies.

Never `touchpoints.raw` and `touchpoints.dead`: they belong to no generation.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.rebuild.errors import RebuildRefused
from deploy.rebuild.plan import has_tables
from deploy.rebuild.programs import stop_all
from deploy.topics import LASTING
from schemas.connections import ClickHouseConnection, KafkaConnection
from schemas.errors import ServiceUnavailable
from schemas.topics import catalogue
from sinks.clickhouse import ClickHouse, tables_database
from sinks.kafka_log import group_of
from sinks.publish import published_generation
from streams.settings import generation_folder


@dataclass(frozen=True, slots=True)
class Doomed:
    """What is there of a generation."""

    generation: int
    topics: tuple[str, ...]
    groups: tuple[str, ...]
    database: str | None
    folders: tuple[Path, ...]

    @property
    def names(self) -> tuple[str, ...]:
        rest = (*(f"group {name}" for name in self.groups), *([f"database {self.database}"] if self.database else []))
        return (*(f"topic {name}" for name in self.topics), *rest, *(f"folder {folder}" for folder in self.folders))


def doomed(kafka: KafkaConnection, clickhouse: ClickHouseConnection, state_dir: Path, copies_dir: Path | None, generation: int) -> Doomed:
    """Changes nothing. RebuildRefused where the views show the generation, or where somebody still works on it."""
    if published_generation(clickhouse) == generation:
        remedy = "point the views at another one first: tracker rebuild switch --generation N"
        raise RebuildRefused(f"generation {generation} is the one that the views show", remedy)
    database = tables_database(clickhouse, generation)
    folders = [generation_folder(folder.absolute(), generation) for folder in (state_dir, copies_dir) if folder]
    with _admin(kafka) as admin:
        there = set(admin.list_topics())
        topics = tuple(spec.name for spec in catalogue(generation) if spec.name in there and spec.name not in LASTING)
        told = admin.describe_groups([f"tracker-worker.g{generation}", group_of(generation)])
    at_work = [name for name, group in told.items() if group["members"] and not _ours(group)]
    if at_work:
        raise RebuildRefused(f"somebody works on generation {generation}: {', '.join(sorted(at_work))}", "stop its workers and sinks first")
    groups = tuple(sorted(name for name, group in told.items() if group["group_state"] not in ("Dead", "")))
    there_still = tuple(folder for folder in folders if folder.exists())
    return Doomed(generation, topics, groups, database if has_tables(clickhouse, database) else None, there_still)


def drop(kafka: KafkaConnection, clickhouse: ClickHouseConnection, state_dir: Path, plan: Doomed) -> None:
    """May be repeated where it was interrupted."""
    stop_all(state_dir, plan.generation)
    with _admin(kafka) as admin:
        if plan.topics:
            admin.delete_topics(list(plan.topics))
        if plan.groups:
            admin.delete_groups(list(plan.groups))
    if plan.database:
        door = ClickHouse(clickhouse, timeout_s=600)
        try:
            door.command(f"DROP DATABASE IF EXISTS `{plan.database}` SYNC")
        finally:
            door.close()
    for folder in plan.folders:
        shutil.rmtree(folder)


def _ours(group: Any) -> bool:
    """Only members of a rebuild, which `drop` stops itself; a worker's member is named by its TRACKER_WORKER_ID."""
    return all(str(member.get("group_instance_id") or "").startswith("rebuild-") for member in group["members"])


@contextmanager
def _admin(kafka: KafkaConnection) -> Iterator[Any]:
    try:
        admin = KafkaAdminClient(**kafka.client_options(), client_id="tracker-rebuild")
        try:
            yield admin
        finally:
            admin.close()
    except (KafkaError, OSError) as why:
        address, remedy = kafka.bootstrap_servers, "start it (`tracker up`), or correct TRACKER_KAFKA_BOOTSTRAP"
        raise ServiceUnavailable(f"Kafka at {address}: {type(why).__name__}", service="Kafka", address=address, remedy=remedy) from why
