"""A worker frozen for longer than its session and woken again, with its chunk still in hand."""

import signal
from dataclasses import dataclass

from deploy.chaos.events import event_set, slices
from deploy.chaos.place import Load, Scene, line_apart
from deploy.chaos.records import disordered
from deploy.chaos.scenario import Scenario
from deploy.chaos.scenarios.kills import SMALL_STEPS
from deploy.chaos.truth import truth_of
from deploy.chaos.verdict import Verdict, judge


@dataclass(frozen=True, slots=True)
class Sleep:
    events: int
    times: int
    asleep_s: float
    load_s: float
    session_timeout_s: float = 10.0


def run(scene: Scene, form: Sleep, verdict: Verdict) -> None:
    rng, truth = scene.rng, truth_of(form.events, scene.truths)
    sent = disordered(event_set(form.events).records, scene.seed)
    with line_apart(scene.folder, **SMALL_STEPS, worker_session_timeout_s=form.session_timeout_s) as place:
        line = place.line
        workers = [line.worker("w0"), line.worker("w1")]
        line.sink()
        line.all_at_work(2)
        for n, part in enumerate(slices(sent, form.times)):
            sleeper = workers[n % 2]
            with Load(line, part, form.load_s):
                scene.wait(rng.uniform(0.2, 0.8) * form.load_s)
                sleeper.signal(signal.SIGSTOP)
            scene.wait(form.asleep_s)
            line.all_at_work(1)
            line.settle()
            before = line.prints()
            sleeper.signal(signal.SIGCONT)
            line.all_at_work(2)
            line.settle()
            changed = sorted(name for name, stood in before.items() if line.prints()[name] != stood)
            verdict.add("tables_changed_by_late_writes", len(changed))
            verdict.expect(not changed, f"the sleeper changed {', '.join(changed)}")
            scene.tell(f"sleep {n + 1} of {form.times}: woke up, changed {len(changed)} tables")
        judge(line, truth, verdict)
    verdict.counts |= {"sleeps": form.times, "asleep_s": form.asleep_s}


SCENARIO = Scenario(
    name="worker_asleep",
    fault="worker stopped 90 s and woken",
    must_show="its late writes change nothing",
    run=run,
    full=Sleep(events=12_000, times=2, asleep_s=90, load_s=4),
    short=Sleep(events=3_000, times=1, asleep_s=7, load_s=1, session_timeout_s=6),
    minutes=5,
    beside=True,
)
