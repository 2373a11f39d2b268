"""The worker's stores on disk deleted, or bits in them turned: found, built again from the log."""

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

from deploy.chaos.events import event_set, slices
from deploy.chaos.place import Load, Scene, line_apart
from deploy.chaos.programs import until
from deploy.chaos.records import disordered
from deploy.chaos.scenario import Scenario
from deploy.chaos.scenarios.kills import SMALL_STEPS
from deploy.chaos.supervised import Supervised
from deploy.chaos.truth import truth_of
from deploy.chaos.verdict import Verdict, judge
from deploy.chaos.watch import Recovery

BITS = 40
"""Turned in one file: the smallest have some hundred bytes."""


@dataclass(frozen=True, slots=True)
class Losses:
    """Deleted, and bits turned, in turn, while the worker is down; `times` of both together."""

    events: int
    times: int
    load_s: float


def run(scene: Scene, form: Losses, verdict: Verdict) -> None:
    rng, truth, recovery = scene.rng, truth_of(form.events, scene.truths), Recovery()
    sent = disordered(event_set(form.events).records, scene.seed)
    with line_apart(scene.folder, **SMALL_STEPS) as place, Supervised(place.line, place.line.worker) as worker:
        line, stores = place.line, scene.folder / "stores" / "g1" / "w1"
        line.sink()
        until("the worker has its stores", lambda: worker.has_said("worker_ready"))
        for n, part in enumerate(slices(sent, form.times)):
            with Load(line, part, form.load_s):
                scene.wait(rng.uniform(0.2, 0.9) * form.load_s)
                recovery.fault()
                if n % 2:
                    worker.down_while(lambda: turn_bits(stores, rng))
                else:
                    worker.down_while(lambda: shutil.rmtree(stores))
            recovery.landed(line, 300)
            scene.tell(f"{'bits turned' if n % 2 else 'stores deleted'}: all landed after {recovery.seconds[-1]:.1f} s")
        judge(line, truth, verdict)
        found = worker.program.said().count("store_thrown_away")
    verdict.counts |= {"losses": form.times, "landed_after_s": recovery.longest_s, "stores_found_damaged": found}
    verdict.counts["worker_ended"] = worker.ends
    verdict.expect(found > 0 or form.times < 2, "no damaged store was noticed")


def turn_bits(stores: Path, rng: random.Random) -> None:
    """In one file of each store: those that hold rows or say which files do."""
    for store in sorted(path for path in stores.iterdir() if path.is_dir() and path.name != "faust"):
        kinds = [path for pattern in ("*.sst", "*.log", "MANIFEST-*", "CURRENT") for path in store.glob(pattern)]
        files = sorted(path for path in kinds if path.stat().st_size)
        if files:
            _turn(rng.choice(files), rng)


def _turn(file: Path, rng: random.Random) -> None:
    content = bytearray(file.read_bytes())
    for _ in range(BITS):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    file.write_bytes(content)


SCENARIO = Scenario(
    name="state_loss",
    fault="local state deleted or bit-flipped",
    must_show="found, rebuilt, missing 0",
    run=run,
    full=Losses(events=60_000, times=8, load_s=6),
    short=Losses(events=3_000, times=2, load_s=1),
    minutes=4,
)
