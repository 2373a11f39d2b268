"""Events as a bad network delivers them: repeated, shuffled, some two days late."""

from dataclasses import dataclass

from deploy.chaos.events import event_set, late_and_repeated, slices
from deploy.chaos.place import Scene, line_apart
from deploy.chaos.scenario import Scenario
from deploy.chaos.truth import truth_of
from deploy.chaos.verdict import Verdict, judge


@dataclass(frozen=True, slots=True)
class Disorder:
    """Shares of all events."""

    events: int
    repeated: float = 0.3
    late: float = 0.01


def run(scene: Scene, form: Disorder, verdict: Verdict) -> None:
    truth, known = truth_of(form.events, scene.truths), event_set(form.events)
    coming = late_and_repeated(known, scene.rng, form.repeated, form.late)
    with line_apart(scene.folder) as place:
        line = place.line
        line.worker("w0")
        line.worker("w1")
        line.sink()
        for part in slices(coming, 5):
            line.send(part)
        line.settle(600)
        judge(line, truth, verdict)
        ((duplicates,),) = line.ask("SELECT sum(duplicate) FROM {tables}.ledger FINAL")
    verdict.counts |= {"sent_again": len(coming) - len(known.records), "told_as_duplicate": int(duplicates)}


SCENARIO = Scenario(
    name="disorder",
    fault="30 % repeated, shuffled, 1 % two days late",
    must_show="tables equal the sorted run",
    run=run,
    full=Disorder(events=120_000),
    short=Disorder(events=3_000),
    minutes=2,
)
