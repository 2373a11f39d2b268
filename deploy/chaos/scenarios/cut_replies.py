"""ClickHouse stores a block and its answer is lost on the way: the sink must send it again and double nothing."""

from dataclasses import dataclass

from deploy.chaos.events import event_set, slices
from deploy.chaos.place import Place, Scene, line_apart
from deploy.chaos.programs import until
from deploy.chaos.records import disordered
from deploy.chaos.scenario import Scenario
from deploy.chaos.truth import truth_of
from deploy.chaos.verdict import Verdict, judge


@dataclass(frozen=True, slots=True)
class Cuts:
    """The cuts spread evenly over the events, which come in `slices` parts."""

    events: int
    cuts: int
    slices: int


def run(scene: Scene, form: Cuts, verdict: Verdict) -> None:
    truth = truth_of(form.events, scene.truths)
    sent = disordered(event_set(form.events).records, scene.seed)
    with line_apart(scene.folder) as place:
        line = place.line
        line.worker()
        line.sink(sink_max_rows=100, sink_max_age_s=0.05, sink_idle_age_s=0.05, **place.by_proxy)
        for n, part in enumerate(slices(sent, form.slices)):
            line.send(part)
            _cut(place, (n + 1) * form.cuts // form.slices)
            scene.tell(f"{place.proxy.cuts} of {form.cuts} answers cut")
        place.proxy.mode = "pass"
        line.settle(300)
        judge(line, truth, verdict)
        _parts(place, verdict)
    verdict.counts["answers_cut"] = place.proxy.cuts
    verdict.expect(place.proxy.cuts >= form.cuts, f"only {place.proxy.cuts} answers were cut")


def _cut(place: Place, wanted: int) -> None:
    """One answer at a time: between two cuts an insert must come through, else the sink's waits grow."""
    while place.proxy.cuts < wanted:
        before = place.proxy.cuts
        place.proxy.cut_next()
        until("an insert whose answer is cut", lambda before=before: place.proxy.cuts > before, 30)  # type: ignore[misc]


def _parts(place: Place, verdict: Verdict) -> None:
    """Also below FINAL: a block that was sent again under the same token is not stored again."""
    ((stored, distinct),) = place.line.ask("SELECT count(), uniqExact(event_id, customer_id, version) FROM {tables}.touchpoints")
    verdict.counts["rows_stored_twice_below_final"] = int(stored) - int(distinct)


SCENARIO = Scenario(
    name="cut_replies",
    fault="reply of an insert cut 200 times",
    must_show="doubled 0",
    run=run,
    full=Cuts(events=30_000, cuts=200, slices=40),
    short=Cuts(events=3_000, cuts=8, slices=4),
    minutes=4,
)
