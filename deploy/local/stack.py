"""Up, down, status and reset over all parts of the local stack."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local.lock import alone
from deploy.local.parts import Notify, Part, PartStatus, bring_up, status_of
from deploy.local.prerequisites import require_disk
from deploy.local.stages import STEPS, Stage, parts_of
from deploy.settings import HOST, LocalSettings

MADE: Final = ("clickhouse", "kafka", "logs", "run", "sink", "worker")
"""The folders inside data_dir that are ours to delete."""


@dataclass(frozen=True, slots=True)
class StageResult:
    """What came of one stage; `outcome` is for people. `seconds` is 0 where `already`."""

    stage: Stage
    already: bool
    seconds: float
    outcome: str


def up(
    settings: LocalSettings,
    only: Collection[Stage] = tuple(Stage),
    notify: Notify = lambda line: None,
    done: Callable[[StageResult], None] = lambda result: None,
) -> list[StageResult]:
    """Runs the stages in order and tells `done` of each. Raises at the first that fails; what is up stays up."""
    require_disk(settings.folder, settings.least_free_disk_mib)
    results: list[StageResult] = []
    with alone(settings.folder):
        parts = parts_of(settings)
        was_complete = _is_complete(settings, parts, only)
        for stage in (stage for stage in Stage if stage in only):
            results.append(_run(stage, parts.get(stage), settings, was_complete, notify))
            done(results[-1])
        _note_complete(settings, parts, only)
    return results


def down(settings: LocalSettings, only: Collection[Stage] = tuple(Stage), notify: Notify = lambda line: None) -> list[str]:
    """Stops the parts in reverse order; the names of those that ran."""
    if not settings.folder.exists():
        return []
    stopped = []
    with alone(settings.folder):
        for stage, part in reversed(parts_of(settings).items()):
            if stage in only:
                if part.daemon.running():
                    notify(f"{part.name}: stopping")
                if part.daemon.stop(settings.stop_timeout_s):
                    stopped.append(part.name)
    return stopped


def status(settings: LocalSettings, now_s: float) -> list[PartStatus]:
    return [status_of(part, now_s) for part in parts_of(settings).values()]


def doomed(settings: LocalSettings, with_jars: bool) -> list[Path]:
    """What `reset` would delete: only what the stack made, and of that only what is there."""
    kept = settings.folder / "kafka" / "libs"
    folders = [settings.folder / name for name in MADE if (settings.folder / name).exists()]
    if with_jars or not kept.exists():
        return folders
    kafka = [path for path in sorted(kept.parent.iterdir()) if path != kept]
    return [path for path in folders if path != kept.parent] + kafka


def reset(settings: LocalSettings, with_jars: bool = False, notify: Notify = lambda line: None) -> list[Path]:
    """Stops everything and deletes its files; Kafka's jars stay unless `with_jars`, since they hold no state."""
    down(settings, notify=notify)
    paths = doomed(settings, with_jars)
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return paths


def _run(stage: Stage, part: Part | None, settings: LocalSettings, was_complete: bool, notify: Notify) -> StageResult:
    if part is not None:
        brought = bring_up(part, settings.start_timeout_s, notify)
        address = f"{HOST}:{part.ports[0].number}" if part.ports else "in the background"
        return StageResult(stage, brought.already, brought.seconds, address)
    if was_complete:
        return StageResult(stage, already=True, seconds=0.0, outcome="done before")
    started = time.monotonic()
    outcome = STEPS[stage](settings, notify)
    return StageResult(stage, already=False, seconds=time.monotonic() - started, outcome=outcome)


def _is_complete(settings: LocalSettings, parts: dict[Stage, Part], only: Collection[Stage]) -> bool:
    """True where an earlier `up` ran these stages to their end and the very programs that it left are still there."""
    try:
        noted = json.loads((settings.pids_folder / "complete.json").read_text())
        return set(only) <= set(noted["stages"]) and noted["pids"] == _pids(parts)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _note_complete(settings: LocalSettings, parts: dict[Stage, Part], only: Collection[Stage]) -> None:
    settings.pids_folder.mkdir(parents=True, exist_ok=True)
    noted = {"stages": sorted(only), "pids": _pids(parts)}
    if not _is_complete(settings, parts, only):
        (settings.pids_folder / "complete.json").write_text(json.dumps(noted))


def _pids(parts: dict[Stage, Part]) -> dict[str, int]:
    running = {stage: part.daemon.running() for stage, part in parts.items()}
    return {stage.value: program.pid for stage, program in running.items() if program}
