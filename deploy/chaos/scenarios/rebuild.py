"""Every table built again from the log as another generation: in one go, with kills, with another number of workers."""

from dataclasses import dataclass

from deploy.chaos.events import event_set
from deploy.chaos.line import Line, beside, started
from deploy.chaos.place import Scene, line_apart
from deploy.chaos.programs import until
from deploy.chaos.records import disordered
from deploy.chaos.scenario import Scenario
from deploy.chaos.scenarios.kills import SMALL_STEPS
from deploy.chaos.truth import Truth, truth_of
from deploy.chaos.verdict import Verdict, judge
from schemas.topics import topic_names


@dataclass(frozen=True, slots=True)
class Rebuilds:
    events: int
    kills: int
    workers: int


def run(scene: Scene, form: Rebuilds, verdict: Verdict) -> None:
    truth = truth_of(form.events, scene.truths)
    ways = {"in one go": (1, 0), f"with {form.kills} kills": (1, form.kills), f"with {form.workers} workers": (form.workers, 0)}
    with line_apart(scene.folder) as place:
        place.line.send(disordered(event_set(form.events).records, scene.seed))
        for generation, (way, (workers, kills)) in enumerate(ways.items(), 2):
            with started(beside(place.line, generation, **(SMALL_STEPS if kills else {}))) as line:
                _rebuild(scene, line, workers, kills)
                _compare(line, way, truth, verdict)
            scene.tell(f"rebuilt {way}")
    verdict.counts |= {"rebuilds": len(ways), "tables": len(truth.prints), "kills": form.kills}


def _rebuild(scene: Scene, line: Line, workers: int, kills: int) -> None:
    """Each kill comes after a further share of the ledger was told, worker and sink in turn."""
    rng, running = scene.rng, [line.worker(f"w{n}") for n in range(workers)]
    sink = line.sink()
    for n in range(kills):
        wanted = _told(line) + rng.randint(1, 6)
        until("the rebuild goes on", lambda wanted=wanted: _told(line) >= wanted, 120)  # type: ignore[misc]
        if n % 2:
            line.lose(sink)
            sink = line.sink()
        else:
            line.lose(running[0])
            running[0] = line.worker("w0")
    line.settle(900)


def _told(line: Line) -> int:
    return sum(line.ends(topic_names(line.generation).ledger).values())


def _compare(line: Line, way: str, truth: Truth, verdict: Verdict) -> None:
    before = len(verdict.problems)
    judge(line, truth, verdict)
    verdict.problems[before:] = [f"rebuilt {way}: {problem}" for problem in verdict.problems[before:]]


SCENARIO = Scenario(
    name="rebuild",
    fault="rebuild from the log, in one go, with 10 kills, with another worker count",
    must_show="identical hash of every table",
    run=run,
    full=Rebuilds(events=120_000, kills=10, workers=3),
    short=Rebuilds(events=3_000, kills=2, workers=2),
    minutes=6,
)
