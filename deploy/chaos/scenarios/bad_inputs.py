"""Mutated and random inputs: each ends as exactly one outcome, nobody dies of it, memory stays flat."""

from dataclasses import dataclass
from itertools import islice

from deploy.chaos.events import event_set
from deploy.chaos.line import Line
from deploy.chaos.mutants import mutants
from deploy.chaos.place import Scene, line_apart
from deploy.chaos.scenario import Scenario
from deploy.chaos.verdict import Verdict, no_row_refused
from deploy.chaos.watch import resident_mib
from schemas.topics import topic_names

OUTCOMES = ("accepted", "duplicate", "dead", "dropped")
UNSTOPPED = {"worker_reject_run": 0, "worker_reject_share": 0}
"""Most are rejects on purpose: the alarm that stops a partition then is another matter."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """`events`: how many valid ones are mutated. Memory is taken after half and at the end of `rounds`."""

    events: int
    inputs: int
    rounds: int
    growth_mib: int = 96


def run(scene: Scene, form: Inputs, verdict: Verdict) -> None:
    valid = event_set(form.events).records
    made, memory = mutants(valid, form.inputs, scene.seed), []
    with line_apart(scene.folder, **UNSTOPPED) as place:
        line = place.line
        worker, sink = line.worker(), line.sink()
        for n in range(form.rounds):
            line.send(list(islice(made, form.inputs // form.rounds)))
            line.settle(900)
            memory.append((resident_mib(worker), resident_mib(sink)))
            scene.tell(f"{(n + 1) * (form.inputs // form.rounds):,} inputs landed; worker, sink take {memory[-1]} MiB")
        verdict.expect((worker.code, sink.code) == (None, None), f"worker, sink ended with {worker.code}, {sink.code}")
        _count(line, verdict)
    half = memory[(form.rounds - 1) // 2]
    grown = max(memory[-1][0] - half[0], memory[-1][1] - half[1])
    verdict.counts["memory_grown_in_second_half_mib"] = grown
    verdict.expect(grown < form.growth_mib, f"memory grew by {grown} MiB in the second half")


def _count(line: Line, verdict: Verdict) -> None:
    """What raw holds against the ledger's outcomes and the rows of dead letters, all as ClickHouse and Kafka have it."""
    no_row_refused(line, verdict)
    in_raw = sum(line.ends(topic_names().raw).values())
    sums = ", ".join(f"sum({name})" for name in OUTCOMES)
    (told,) = line.ask(f"SELECT {sums} FROM {{tables}}.ledger FINAL")
    outcomes = dict(zip(OUTCOMES, map(int, told), strict=True))
    ((dead,),) = line.ask("SELECT count() FROM {tables}.dead_letters FINAL")
    verdict.counts |= {"inputs": in_raw, **outcomes, "dead_letter_rows": int(dead), "unaccounted": in_raw - sum(outcomes.values())}
    verdict.expect(in_raw == sum(outcomes.values()), f"raw holds {in_raw} records, the ledger tells of {outcomes}")
    verdict.expect(int(dead) == outcomes["dead"], f"{dead} rows of dead letters, the ledger tells of {outcomes['dead']}")
    verdict.expect(outcomes["dead"] > in_raw // 4, "hardly anything was rejected: the mutations are too mild to prove a thing")


SCENARIO = Scenario(
    name="bad_inputs",
    fault="1,000,000 mutated and random inputs",
    must_show="each accounted for; process alive; memory flat",
    run=run,
    full=Inputs(events=30_000, inputs=1_000_000, rounds=10),
    short=Inputs(events=3_000, inputs=8_000, rounds=2),
    minutes=8,
)
