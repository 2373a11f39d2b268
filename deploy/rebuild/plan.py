"""What a rebuild is to do, and the mark that it leaves so that a later call goes on with the same thing."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.rebuild.errors import RebuildRefused
from deploy.rebuild.programs import folder_of
from schemas.connections import ClickHouseConnection, KafkaConnection
from schemas.rules import Rules
from sinks.clickhouse import ClickHouse
from sinks.publish import published_generation
from sinks.settings import SinkSettings
from streams.rules_file import load_rules
from streams.settings import WorkerSettings

MARK = "rebuild.json"
RULES = "rules.yaml"
"""Beside the mark: the rules of a generation that was begun with others than the settings name, so that no later edit changes them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`live` is the generation that the views show when the rebuild begins; `generation` may be the same once it was switched to."""

    kafka: KafkaConnection
    clickhouse: ClickHouseConnection
    state_dir: Path
    live: int
    generation: int
    workers: int = 1
    partitions: int | None = None
    replication: int | None = None
    accept_differences: bool = False
    switch: bool = True
    keep_running: bool = True
    cut_timeout_s: float = 600.0
    """longest wait for the live generation to pass a cut, seconds"""
    rules_path: Path | None = None
    """of the new generation; None: as the settings say. With other rules the rows differ on purpose, so one look compares them"""


def plan_from(generation: int | None, *, rules_path: Path | None = None, **chosen: Any) -> Plan:
    """From the settings of the environment; the generation: as asked, else the one behind the live one; its rules likewise."""
    worker, sink = WorkerSettings(), SinkSettings()
    live = published_generation(sink.clickhouse)
    if live is None:
        raise RebuildRefused(
            "no generation is live: there is nothing to stand beside", "make the first one: tracker topics; tracker migrate"
        )
    wanted = generation or live + 1
    plan = Plan(worker.kafka, sink.clickhouse, worker.worker_state_dir, live, wanted, rules_path=rules_path, **chosen)
    begin_or_go_on(plan, load_rules(rules_path or worker.rules_path))
    return plan


def begin_or_go_on(plan: Plan, rules: Rules) -> None:
    """A generation is built with one set of rules from the first event to the last; RebuildRefused where it was begun with others."""
    mark = folder_of(plan.state_dir, plan.generation) / MARK
    ours = {"rules_version": rules.version, "rules_digest": rules.digest}
    if not mark.exists():
        if plan.generation == plan.live:
            remedy = "leave --to-generation out for the next one, or name one that is not live"
            raise RebuildRefused(f"generation {plan.generation} is the live one", remedy)
        mark.parent.mkdir(parents=True, exist_ok=True)
        beside = mark.with_suffix(".new")
        beside.write_text(json.dumps(ours), "utf-8")
        beside.replace(mark)
    elif json.loads(mark.read_text("utf-8")) != ours:
        remedy = f"bring rules.yaml back, or begin anew: tracker rebuild drop --generation {plan.generation} --yes"
        raise RebuildRefused(f"generation {plan.generation} was begun with other rules", remedy)


def kept_rules(state_dir: Path, generation: int) -> Path | None:
    """The rules with which a generation was begun, where these were kept on this machine."""
    path = folder_of(state_dir, generation) / RULES
    return path if path.exists() else None


def has_tables(connection: ClickHouseConnection, database: str) -> bool:
    """Whether the database of a generation is there."""
    door = ClickHouse(connection)
    try:
        return bool(door.ask(f"SELECT 1 FROM system.databases WHERE name = '{database}'").rows)
    finally:
        door.close()
