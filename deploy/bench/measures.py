"""What is measured: each measure makes its own load on its own test stand and answers figures that JSON can hold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from deploy.bench.growth import Case, cost
from deploy.bench.landing import flow
from deploy.bench.load import Record, records, visits
from deploy.bench.merging import merging
from deploy.bench.peers_python import environment
from deploy.bench.recovery import recovery
from deploy.bench.scaling import workers
from deploy.bench.side_by_side import ENGINE, OURS, PEERS, PRODUCER, engine, equal, ours, peer, producer
from deploy.bench.steady import SHARES, WARM_UP, Stream, stream
from deploy.bench.steps import by_step
from deploy.bench.whole_way import Round, catch_up

Notice = Callable[[str], None]
Figures = dict[str, Any]
LONGEST_S = 900.0
HALF_S = 60
"""How long half of the rate that holds is kept up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything. `bases`: customers among whom two become one; `saved`: visits more in the stores that come from copies."""

    events: int
    few: int
    """events of a backlog that is nearly all start, to leave it out of the others' full flow; 0: a short run has no time for them"""
    saved: int
    visits: int
    rounds: int
    stream_s: int
    shares: tuple[float, ...]
    """of the rate of a backlog, tried one after the other until one can be kept up; none: `rate_at_most` alone"""
    rate_at_most: int
    """events a second of a stream, for its records are made before"""
    histories: tuple[int, ...]
    customers: tuple[int, ...]
    bases: tuple[int, ...]
    chunks: tuple[int, ...]
    partitions: tuple[int, ...]
    workers: tuple[int, ...]
    merges: tuple[int, int, int, int, int, int]
    """customers, events a second of others, merges, links of the chain, points of the star, links of the component over the cap"""


FULL = Size(
    events=100_000,
    few=100,
    saved=300_000,
    visits=120_000,
    rounds=2,
    stream_s=300,
    shares=(0.45, 0.35),
    rate_at_most=2_400,
    histories=(10, 1_000, 100_000),
    customers=(10_000, 100_000, 1_000_000),
    bases=(1_000, 20_000),
    chunks=(500, 2_000),
    partitions=(3, 12),
    workers=(1, 2),
    merges=(1_000_000, 1_000, 50, 10_000, 100_000, 12_000),
)
SHORT = Size(
    events=4_000,
    few=0,
    saved=2_000,
    visits=3_000,
    rounds=1,
    stream_s=6,
    shares=(),
    rate_at_most=800,
    histories=(10, 1_000),
    customers=(1_000, 10_000),
    bases=(1_000,),
    chunks=(),
    partitions=(),
    workers=(2,),
    merges=(500, 50, 3, 50, 100, 50),
)


def side_by_side(size: Size, notice: Notice) -> Figures:
    """The same visits through the tracker and through others; `equal` says whether sessions and journeys are the same."""
    made, python = visits(size.visits), environment()
    done: dict[str, list[Round]] = {name: [] for name in (OURS, *PEERS, ENGINE, PRODUCER)}
    same: dict[str, bool] = {}
    few: dict[str, Round] = {}
    if size.few:
        few = {OURS: ours(made[: size.few], LONGEST_S)[0], **{name: peer(name, python, made[: size.few], LONGEST_S)[0] for name in PEERS}}
    for n in range(size.rounds):
        mine, wanted = ours(made, LONGEST_S)
        done[OURS].append(mine)
        for name in PEERS:
            theirs, found = peer(name, python, made, LONGEST_S)
            done[name].append(theirs)
            same[name] = same.get(name, True) and equal(wanted, found)
        done[ENGINE].append(engine(made, LONGEST_S))
        done[PRODUCER].append(producer(made[: len(made) // 4], LONGEST_S))
        flows = {name: flow(rounds[-1], few.get(name)) for name, rounds in done.items()}
        notice(f"side by side, round {n + 1}: " + ", ".join(f"{name} {rate:,.0f}/s" for name, rate in flows.items()))
    return {"events": len(made), "equal": same, "systems": {name: together(rounds, few.get(name)) for name, rounds in done.items()}}


def catching_up(size: Size, notice: Notice) -> Figures:
    """A backlog of the simulated shop, with merges and episodes; and the worker's steps in one process."""
    made = records(size.events)
    few = catch_up(made[: size.few], LONGEST_S) if size.few else None
    found = together([catch_up(made, LONGEST_S) for _ in range(size.rounds)], few)
    notice(f"catching up: {found['flow']:,.0f}/s in full flow, {found['rate']:,.0f}/s with start and tail")
    return {"events": len(made), **found, "steps": by_step(made)}


def steady(size: Size, notice: Notice) -> Figures:
    """The greatest of some rates whose lag stays flat, and the time to visible at half of it.

    Rates are shares of a catch-up in full flow, the greatest first.
    """
    made = records(WARM_UP + int(size.stream_s * size.rate_at_most))
    tried: list[Figures] = []
    if not size.shares:
        return {"tried": tried, "half": asdict(_streamed(made, size.rate_at_most, size.stream_s, tried, notice)), "shares": SHARES}
    first = flow(catch_up(made[: size.events // 2], LONGEST_S), catch_up(made[: size.few], LONGEST_S))
    for rate in dict.fromkeys(int(min(first * share, size.rate_at_most)) for share in size.shares):
        if _streamed(made, rate, size.stream_s, tried, notice).is_flat:
            break
    half = tried[-1]["wanted"] // 2
    calm = stream(made[: WARM_UP + half * HALF_S], half)
    notice(f"half of it, {half:,}/s: p50 {calm.p50_ms:.0f} ms, p99 {calm.p99_ms:.0f} ms")
    return {"tried": tried, "half": asdict(calm), "shares": SHARES}


def _streamed(made: Sequence[Record], rate: int, seconds: int, tried: list[Figures], notice: Notice) -> Stream:
    found = stream(made[: WARM_UP + rate * seconds], rate)
    tried.append({**asdict(found), "is_flat": found.is_flat})
    notice(f"steady at {rate:,}/s: lag {'flat' if found.is_flat else 'grows'} over {seconds} s, p99 {found.p99_ms / 1000:.1f} s")
    return found


def growing(size: Size, notice: Notice) -> Figures:
    """An event in order, one before the whole history, a merge: by the length of the history, by the number of customers."""
    found: dict[str, list[Figures]] = {"histories": [], "late": [], "customers": [], "merges": []}
    for history in size.histories:
        found["histories"].append(asdict(cost(Case(2, history))))
        found["late"].append(asdict(cost(Case(2, history, "late"))))
        notice(
            f"history of {history:,}: {found['histories'][-1]['micros']:.0f} µs an event, {found['late'][-1]['micros']:,.0f} µs a late one"
        )
    for customers in size.customers:
        found["customers"].append(asdict(cost(Case(customers, 1))))
        last = found["customers"][-1]
        notice(f"{customers:,} customers: {last['micros']:.0f} µs an event, {last['resident_mib']:.0f} MiB")
    for customers in size.bases:
        found["merges"].append(asdict(cost(Case(customers, 10, "merge"))))
        notice(f"a merge of two with 10 touchpoints among {customers:,}: {found['merges'][-1]['micros']:,.0f} µs")
    return found


def sizing(size: Size, notice: Notice) -> Figures:
    """A backlog by records admitted at once, by partitions, and by workers pinned to a core each."""
    made = records(size.events // 2)
    few = catch_up(made[: size.few], LONGEST_S) if size.few else None
    chunks = {n: flow(catch_up(made, LONGEST_S, worker_raw_chunk=n), few) for n in size.chunks}
    partitions = {n: flow(catch_up(made, LONGEST_S, partitions=n), few) for n in size.partitions}
    pinned = {n: flow(workers(made, n, LONGEST_S), workers(made[: size.few], n, LONGEST_S) if size.few else None) for n in size.workers}
    notice("workers, a core each: " + ", ".join(f"{n}: {rate:,.0f}/s" for n, rate in pinned.items()))
    return {"events": len(made), "chunks": chunks, "partitions": partitions, "workers": pinned}


def recovering(size: Size, notice: Notice) -> Figures:
    """A worker without its disk, from the log and from saved copies."""
    found = recovery(records(size.events), visits(size.saved), LONGEST_S)
    copies = found.from_copies
    notice(f"recovery: {found.rate:,.0f} facts/s; with its stores in place ready after {found.restart_seconds:.1f} s")
    notice(f"from copies: {copies.rate:,.0f} facts/s, {copies.events:,} in {copies.seconds:.1f} s")
    return {**asdict(found), "rate": found.rate, "from_copies": {**asdict(copies), "rate": copies.rate}}


def merges(size: Size, notice: Notice) -> Figures:
    """Merges in a large base, and links of evil shapes; a quarter of an hour, so only where it is asked for."""
    found = merging(*size.merges)
    notice(f"a merge is seen within {found.median_s:.1f} s, the slowest of {found.merges} within {found.worst_s:.1f} s")
    return asdict(found)


MEASURES: Mapping[str, Callable[[Size, Notice], Figures]] = {
    "side_by_side": side_by_side,
    "catching_up": catching_up,
    "steady": steady,
    "growing": growing,
    "sizing": sizing,
    "recovering": recovering,
    "merges": merges,
}
USUAL = tuple(name for name in MEASURES if name != "merges")
"""What a run without --only does."""


def together(rounds: list[Round], few: Round | None) -> Figures:
    """Medians over the rounds, and the rates from the least to the greatest. `few`: the same with a few events, to leave the start out.

    The flow is that of the slowest round: a start that happens to be short makes that of a quick program as large as you like.
    """
    rates, flows = sorted(r.rate for r in rounds), sorted(flow(r, few) for r in rounds)
    names = rounds[0].micros
    return {
        "rate": median(rates),
        "rates": rates,
        "flow": flows[0],
        "flows": flows,
        "micros": {name: median(r.micros[name] for r in rounds) for name in names},
        "resident_mib": {name: max(r.resident_mib[name] for r in rounds) for name in rounds[0].resident_mib},
        "stored": {name: median(r.stored[name] for r in rounds) for name in rounds[0].stored},
    }
