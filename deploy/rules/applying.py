"""`tracker rules apply`: a generation under the new rules beside the live one, compared by its figures, then the views are switched."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from deploy.rebuild.errors import RebuildRefused
from deploy.rebuild.plan import RULES, Plan, plan_from
from deploy.rebuild.programs import folder_of
from deploy.rebuild.run import Report, run_alone
from deploy.rules.changes import changes
from deploy.rules.figures import Figures, figures_in
from deploy.rules.force import InForce, in_force
from schemas.connections import ClickHouseConnection
from schemas.rules import Rules
from sinks.clickhouse import ClickHouse, tables_database
from sinks.settings import SinkSettings
from streams.rules_file import load_rules
from streams.settings import WorkerSettings

Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Applied:
    """`figures`: of the generation that was live, and of the new one, both beyond the same events of raw."""

    rules_version: int
    rules_digest: str
    rebuild: Report
    figures: tuple[Figures, Figures]

    @property
    def is_switched(self) -> bool:
        return self.rebuild.published == self.rebuild.generation


def apply(path: Path, switch: bool, accept: bool, workers: int, notify: Notify) -> Applied:
    """Interrupted anywhere, the same call goes on. RebuildRefused where the rules do not carry a new version, or nothing is to change.

    `accept`: switch although rows differ; without it the views stay where they are, unless nothing differs.
    """
    worker, sink = WorkerSettings(), SinkSettings()
    new, force = load_rules(path), in_force(worker, sink)
    must_be_new(new, force)
    plan = plan_from(None, rules_path=path, workers=workers, accept_differences=accept, switch=switch, keep_running=switch)
    _keep(worker.worker_state_dir, plan.live, force.path)
    plan = replace(plan, rules_path=_keep(worker.worker_state_dir, plan.generation, path))
    notify(f"building generation {plan.generation} under rules {new.version} beside generation {plan.live}, which stays live")
    report = run_alone(plan, notify)
    return Applied(new.version, new.digest, report, _figures(sink.clickhouse, plan))


def must_be_new(new: Rules, force: InForce) -> None:
    """A row tells by its version which rules shaped it, so no two contents may have one version."""
    if new.version == force.rules.version and not changes(force.rules, new):
        raise RebuildRefused(f"these are the rules in force, version {new.version}", "nothing is to be done; `tracker rules show`")
    if new.version <= force.latest:
        remedy = f"raise version in the file to {force.latest + 1}"
        raise RebuildRefused(f"version: the new rules have {new.version}, and rows of version {force.latest} are there already", remedy)


def _keep(state_dir: Path, generation: int, path: Path | None) -> Path:
    """A copy that no later edit changes; one that is there stays."""
    kept = folder_of(state_dir, generation) / RULES
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        beside = kept.with_suffix(".new")
        beside.write_text((path or files("schemas") / "rules.yaml").read_text(encoding="utf-8"), "utf-8")
        beside.replace(kept)
    return kept


def _figures(connection: ClickHouseConnection, plan: Plan) -> tuple[Figures, Figures]:
    door = ClickHouse(connection, timeout_s=600)
    try:
        before, after = (
            figures_in(lambda sql: door.ask(sql).rows, tables_database(connection, generation))
            for generation in (plan.live, plan.generation)
        )
        return before, after
    finally:
        door.close()
