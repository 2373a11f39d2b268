"""The rules in force: those with which the generation that the views show was begun."""

from dataclasses import dataclass
from pathlib import Path

from deploy.rebuild.plan import kept_rules
from schemas.errors import ServiceUnavailable
from schemas.rules import Rules
from sinks.clickhouse import ClickHouse
from sinks.errors import QueryRefused
from sinks.publish import published_generation
from sinks.settings import SinkSettings
from streams.rules_file import load_rules
from streams.settings import WorkerSettings


@dataclass(frozen=True, slots=True)
class InForce:
    """`path` None: the shipped rules. `generation` None: no views yet, or ClickHouse is away. `stamped`: versions on customers."""

    rules: Rules
    path: Path | None
    generation: int | None
    stamped: tuple[int, ...]

    @property
    def doubt(self) -> str:
        """What does not fit; empty where all does."""
        if self.stamped and self.stamped != (self.rules.version,):
            versions = ", ".join(map(str, self.stamped))
            return (
                f"rows carry version {versions}, these rules have {self.rules.version}: set TRACKER_RULES_PATH to the rules of the workers"
            )
        return ""

    @property
    def latest(self) -> int:
        """New rules need a greater version."""
        return max(self.rules.version, *self.stamped) if self.stamped else self.rules.version


def in_force(worker: WorkerSettings, sink: SinkSettings) -> InForce:
    """Kept beside the live generation where `tracker rules apply` made it, else as the settings say."""
    try:
        generation, stamped = _published(sink)
    except ServiceUnavailable:
        generation, stamped = None, ()
    kept = kept_rules(worker.worker_state_dir, generation) if generation else None
    path = kept or worker.rules_path
    return InForce(load_rules(path), path, generation, stamped)


def _published(sink: SinkSettings) -> tuple[int | None, tuple[int, ...]]:
    generation = published_generation(sink.clickhouse)
    if generation is None:
        return None, ()
    door = ClickHouse(sink.clickhouse)
    try:
        rows = door.ask(f"SELECT DISTINCT rules_version FROM `{sink.clickhouse.database}`.customers ORDER BY rules_version").rows
    except QueryRefused:  # views of an older release without the table
        return generation, ()
    finally:
        door.close()
    return generation, tuple(int(version) for (version,) in rows)
