"""Kafka itself killed as by kill -9 under load, several times, or for long."""

from dataclasses import dataclass

from deploy.chaos.events import event_set, slices
from deploy.chaos.place import Load, Scene, line_apart
from deploy.chaos.records import disordered
from deploy.chaos.scenario import Scenario
from deploy.chaos.scenarios.kills import SMALL_STEPS
from deploy.chaos.truth import truth_of
from deploy.chaos.verdict import Verdict, judge
from deploy.chaos.watch import Memory, Recovery
from deploy.local.stages import Stage


@dataclass(frozen=True, slots=True)
class Absence:
    """The broker is away `times` times for `away_s`; the events of each time are sent over `load_s`, before and during the absence."""

    events: int
    times: int
    away_s: float
    load_s: float


def run(scene: Scene, form: Absence, verdict: Verdict) -> None:
    rng, truth, recovery = scene.rng, truth_of(form.events, scene.truths), Recovery()
    sent = disordered(event_set(form.events).records, scene.seed)
    with line_apart(scene.folder, **SMALL_STEPS) as place:
        line = place.line
        programs = {"w0": line.worker("w0"), "w1": line.worker("w1"), "sink": line.sink()}
        line.all_at_work(2)
        with Memory(programs) as memory:
            for n, part in enumerate(slices(sent, form.times)):
                with Load(line, part, form.load_s):
                    scene.wait(rng.uniform(0.1, 0.5) * form.load_s)
                    place.kill(Stage.KAFKA)
                    scene.wait(form.away_s)
                    place.start(Stage.KAFKA)
                    recovery.fault()
                recovery.landed(line, 300)
                scene.tell(f"absence {n + 1} of {form.times}: all landed {recovery.seconds[-1]:.1f} s after its return")
        ended = [name for name, program in programs.items() if program.code is not None]
        judge(line, truth, verdict)
    grown = max(memory.grown(name) for name in programs)
    verdict.counts |= {"absences": form.times, "landed_after_return_s": recovery.longest_s, "memory_grown_mib": grown}
    verdict.counts["programs_restarted"] = len(ended)
    verdict.expect(not ended, f"ended although Kafka came back: {', '.join(ended)}")


KILLED = Scenario(
    name="broker_kills",
    fault="broker kill -9 three times",
    must_show="missing 0, doubled 0, no restart of workers needed",
    run=run,
    full=Absence(events=30_000, times=3, away_s=20, load_s=30),
    short=Absence(events=3_000, times=1, away_s=2, load_s=3),
    minutes=4,
)
AWAY = Scenario(
    name="broker_away",
    fault="broker away 10 minutes",
    must_show="missing 0, doubled 0, no restart of workers needed",
    run=run,
    full=Absence(events=30_000, times=1, away_s=600, load_s=60),
    short=Absence(events=3_000, times=1, away_s=8, load_s=3),
    minutes=13,
    beside=True,
)
