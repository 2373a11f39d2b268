"""Workers killed as by kill -9 under load, at random moments."""

from dataclasses import dataclass

from deploy.chaos.events import event_set, slices
from deploy.chaos.place import Load, Scene, line_apart
from deploy.chaos.records import disordered
from deploy.chaos.scenario import Scenario
from deploy.chaos.truth import truth_of
from deploy.chaos.verdict import Verdict, judge
from deploy.chaos.watch import Recovery

SMALL_STEPS = {"worker_raw_chunk": 200, "worker_resolved_chunk": 4, "sink_max_rows": 2_000, "sink_max_age_s": 0.2}
"""So that a kill finds much in the middle of its way."""


@dataclass(frozen=True, slots=True)
class Kills:
    """`load_s`: how long the events of one kill are sent; the kill comes at a random moment of it."""

    events: int
    kills: int
    load_s: float
    flat_within_s: float = 30.0


def run(scene: Scene, form: Kills, verdict: Verdict) -> None:
    rng, truth, recovery = scene.rng, truth_of(form.events, scene.truths), Recovery()
    sent = disordered(event_set(form.events).records, scene.seed)
    with line_apart(scene.folder, **SMALL_STEPS) as place:
        line = place.line
        running = {name: line.worker(name) for name in ("w0", "w1")}
        line.sink()
        line.all_at_work(len(running))
        for n, part in enumerate(slices(sent, form.kills)):
            with Load(line, part, form.load_s):
                scene.wait(rng.uniform(0.1, 0.9) * form.load_s)
                victim = rng.choice(sorted(running))
                recovery.fault()
                line.lose(running[victim])
                running[victim] = line.worker(victim)
            recovery.landed(line, 120)
            scene.tell(f"kill {n + 1} of {form.kills}: {victim}, flat again after {recovery.seconds[-1]:.1f} s")
        judge(line, truth, verdict)
    verdict.counts |= {"kills": form.kills, "flat_again_after_s": recovery.longest_s}
    verdict.expect(recovery.longest_s <= form.flat_within_s, f"lag was flat only after {recovery.longest_s} s")


SCENARIO = Scenario(
    name="worker_kills",
    fault="20 kill -9 of a worker under load",
    must_show="missing 0, doubled 0, wrong journeys 0, lag flat again within 30 s each",
    run=run,
    full=Kills(events=120_000, kills=20, load_s=6.0),
    short=Kills(events=3_000, kills=2, load_s=1.0),
    minutes=6,
)
