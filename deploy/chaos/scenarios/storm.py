"""A storm of rebalances: workers die, stop and come back all the time, some under their name and some as new ones without any state."""

import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from deploy.chaos.events import event_set
from deploy.chaos.line import Line
from deploy.chaos.place import Load, Place, Scene, line_apart
from deploy.chaos.programs import Program
from deploy.chaos.records import disordered
from deploy.chaos.scenario import Scenario
from deploy.chaos.scenarios.kills import SMALL_STEPS
from deploy.chaos.truth import truth_of
from deploy.chaos.verdict import Verdict, judge
from deploy.chaos.watch import Recovery, rebalances

GROUP = "tracker-worker.g1"
AWAY_S = (0.0, 12.0)
"""How long a worker stays away, at most somewhat longer than its session: some are missed by the group, some are not."""


@dataclass(frozen=True, slots=True)
class Storm:
    events: int
    workers: int
    hits: int
    seconds: float
    storms: int
    session_timeout_s: float = 6.0


@dataclass
class Crew:
    """Workers by name; `absent`: names that come back, with the second of the storm at which they do."""

    line: Line
    rng: random.Random
    there: dict[str, Program] = field(default_factory=dict)
    absent: list[tuple[float, str]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def come(self, name: str | None = None) -> None:
        name = name or f"w{next(self.numbers)}"
        self.there[name] = self.line.worker(name)

    def hit(self, at: float) -> str:
        """Half are killed and half are told to stop; half come back as themselves."""
        name = self.rng.choice(sorted(self.there))
        program = self.there.pop(name)
        how = self.rng.choice((signal.SIGKILL, signal.SIGTERM))
        program.signal(how)
        program.ended(60)
        self.line.programs.remove(program)
        comes_as = name if self.rng.random() < 0.5 else f"w{next(self.numbers)}"
        self.absent.append((at + self.rng.uniform(*AWAY_S), comes_as))
        return f"{how.name} for {name}, comes back as {comes_as}"

    def back(self, at: float) -> None:
        """Those whose time has come."""
        for back_at, name in list(self.absent):
            if back_at <= at or len(self.there) < 2:
                self.absent.remove((back_at, name))
                self.come(name)


def run(scene: Scene, form: Storm, verdict: Verdict) -> None:
    truth = truth_of(form.events, scene.truths)
    for n in range(form.storms):
        seed = scene.seed + n
        steps: dict[str, Any] = {**SMALL_STEPS, "worker_session_timeout_s": form.session_timeout_s}
        with line_apart(scene.folder / f"seed{seed}", **steps) as place:
            recovery = _storm(scene, place, form, seed)
            judge(place.line, truth, verdict)
            given_out = rebalances(place, GROUP)
        verdict.add("rebalances", given_out)
        verdict.counts["flat_again_after_s"] = max(recovery.longest_s, float(verdict.counts.get("flat_again_after_s", 0.0)))
        verdict.expect(given_out > form.hits // 2, f"seed {seed}: only {given_out} rebalances, that was no storm")
        scene.tell(f"storm {n + 1} of {form.storms} (seed {seed}): {given_out} rebalances, flat after {recovery.longest_s} s")
    verdict.counts |= {"storms": form.storms, "hits": form.hits * form.storms, "first_seed": scene.seed}


def _storm(scene: Scene, place: Place, form: Storm, seed: int) -> Recovery:
    rng, recovery = random.Random(seed), Recovery()
    crew = Crew(place.line, rng)
    for _ in range(form.workers):
        crew.come()
    place.line.sink()
    place.line.all_at_work(form.workers)
    moments = sorted(rng.uniform(0, form.seconds) for _ in range(form.hits))
    with Load(place.line, disordered(event_set(form.events).records, seed), form.seconds):
        passed = 0.0
        for at in moments:
            scene.wait(max(0.0, at - passed))
            passed = at
            crew.back(at)
            scene.tell(f"{at:.0f} s: {crew.hit(at)}")
        recovery.fault()
    crew.back(float("inf"))
    recovery.landed(place.line, 300)
    return recovery


SCENARIO = Scenario(
    name="rebalance_storm",
    fault="rebalance storm: 4 workers, 16 kills or stops in 2 minutes, 10 seeds",
    must_show="missing 0, doubled 0",
    run=run,
    full=Storm(events=30_000, workers=4, hits=16, seconds=120, storms=10),
    short=Storm(events=3_000, workers=3, hits=3, seconds=14, storms=1),
    minutes=30,
    beside=True,
)
