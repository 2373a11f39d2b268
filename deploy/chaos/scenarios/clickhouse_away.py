"""ClickHouse refuses connections, or takes them and never answers, while events keep coming."""

from collections.abc import Callable
from dataclasses import dataclass

from deploy.chaos.events import event_set
from deploy.chaos.place import Load, Scene, line_apart
from deploy.chaos.proxy import Mode
from deploy.chaos.records import disordered
from deploy.chaos.scenario import Scenario
from deploy.chaos.truth import truth_of
from deploy.chaos.verdict import Verdict, judge
from deploy.chaos.watch import Memory, Recovery, rebalances

GROUP = "tracker-sink.g1"
GROWTH_MIB = 512


@dataclass(frozen=True, slots=True)
class Outage:
    """The events come evenly over the whole outage, so that what waits is as much as the form says."""

    events: int
    away_s: float


def run_with(mode: Mode) -> Callable[[Scene, Outage, Verdict], None]:
    def run(scene: Scene, form: Outage, verdict: Verdict) -> None:
        truth, recovery = truth_of(form.events, scene.truths), Recovery()
        sent = disordered(event_set(form.events).records, scene.seed)
        with line_apart(scene.folder) as place:
            line = place.line
            programs = {"worker": line.worker(), "sink": line.sink(**place.by_proxy)}
            first, rest = sent[: len(sent) // 10], sent[len(sent) // 10 :]
            line.send(first)
            line.settle()
            given_out = rebalances(place, GROUP)
            with Memory(programs) as memory:
                place.proxy.mode = mode
                place.proxy.drop_connections()
                with Load(line, rest, form.away_s):
                    scene.tell(f"ClickHouse: {mode} for {form.away_s:.0f} s")
                recovery.fault()
                place.proxy.mode = "pass"
                place.proxy.drop_connections()
                recovery.landed(line, 600)
            given_out = rebalances(place, GROUP) - given_out
            judge(line, truth, verdict)
        grown = {f"{name}_memory_grown_mib": memory.grown(name) for name in programs}
        verdict.counts |= {**grown, "rebalances_of_the_sink": given_out, "landed_after_return_s": recovery.longest_s}
        verdict.expect(max(grown.values()) < GROWTH_MIB, f"memory grew by {max(grown.values())} MiB")
        verdict.expect(given_out == 0, f"the sink lost its partitions {given_out} times while it waited")

    return run


REFUSES = Scenario(
    name="clickhouse_refuses",
    fault="ClickHouse refuses 10 minutes",
    must_show="missing 0, doubled 0, memory growth below 512 MiB",
    run=run_with("refuse"),
    full=Outage(events=120_000, away_s=600),
    short=Outage(events=3_000, away_s=4),
    minutes=14,
    beside=True,
)
HANGS = Scenario(
    name="clickhouse_hangs",
    fault="ClickHouse hangs 10 minutes",
    must_show="missing 0, doubled 0, memory growth below 512 MiB",
    run=run_with("hang"),
    full=Outage(events=120_000, away_s=600),
    short=Outage(events=3_000, away_s=4),
    minutes=14,
    beside=True,
)
