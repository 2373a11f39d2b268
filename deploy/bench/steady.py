"""A steady stream on the real parts: does the lag stay flat, and how long until an event can be asked for by SQL."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import cast

from deploy.bench.landing import watch
from deploy.bench.load import Record
from deploy.bench.peers_python import environment
from deploy.bench.stand import Stand, stand
from deploy.bench.whole_way import LANDED, PARTITIONS, micros
from deploy.drain import drain
from deploy.local.apart import environment_with
from schemas.topics import topic_names

WARM_UP = 2_000
TAIL_S = 120.0
SHARES = (0.01, 0.05, *(n / 10 for n in range(1, 10)), 0.95, 0.99)
_FRESHNESS = """SELECT quantilesExact({shares})(ms) FROM (
    SELECT dateDiff('millisecond', any(received_at), min(ingested_at)) AS ms FROM tracker_g1.touchpoints
    WHERE NOT is_deleted GROUP BY event_id ORDER BY any(received_at) LIMIT {measured} OFFSET {warm_up})"""


@dataclass(frozen=True, slots=True)
class Stream:
    """`wanted` and `rate`: events a second asked for and really sent. `lags`: events sent and not yet queryable, median of each quarter.

    `p50_ms`, `p99_ms`: from Kafka's time of the event to that of its row in ClickHouse; `waits_ms`: the same at SHARES.
    """

    wanted: int
    rate: float
    seconds: float
    lags: tuple[float, ...]
    p50_ms: float
    p99_ms: float
    waits_ms: tuple[float, ...]
    micros: dict[str, float]

    @property
    def is_flat(self) -> bool:
        """The lag of the last quarter is not above that of the second, but for half a second's worth of events."""
        return self.lags[3] <= self.lags[1] + self.rate / 2


def stream(made: Sequence[Record], rate: int) -> Stream:
    """Sends the records evenly at that rate; the first WARM_UP before, so that the programs have started."""
    with stand() as here:
        here.prepare(PARTITIONS)
        here.ask("SYSTEM STOP MERGES tracker_g1.touchpoints")  # a row that is told again must not take the first one's time away
        here.worker()
        here.sink()
        load(here, made[:WARM_UP], 0, "warm-up")
        watch(WARM_UP, lambda: here.number(LANDED), TAIL_S, lambda: here.check_but("loader"))
        before, measured = here.processor_time(), len(made) - WARM_UP
        sent = load(here, made[WARM_UP:], rate, "stream")
        landing = watch(len(made), lambda: here.number(LANDED), measured / rate * 3 + TAIL_S, lambda: here.check_but("loader"))
        drain(TAIL_S, here.kafka)
        seconds = float(sent.read_text().split()[-1])
        shares = ", ".join(map(str, SHARES))
        [(waits,)] = here.ask(_FRESHNESS.format(shares=shares, measured=measured, warm_up=WARM_UP))
        waits_ms = tuple(cast("list[float]", waits))
        p50_ms, p99_ms = (float(waits_ms[SHARES.index(share)]) for share in (0.5, 0.99))
        spent = micros(before, here.processor_time(), measured)
        spent.pop("loader", None)
        lags = _quarters([(at, min(at * measured / seconds, measured) - (landed - WARM_UP)) for at, landed in landing.samples], seconds)
        return Stream(rate, measured / seconds, seconds, lags, p50_ms, p99_ms, waits_ms, spent)


def load(here: Stand, made: Sequence[Record], rate: int, name: str) -> Path:
    """The loader is a program of its own with a fast client; rate 0: as fast as it can. Answers the file that it writes when it is done."""
    records = here.folder / f"{name}.jsonl"
    records.write_text("\n".join(json.dumps([key.decode(), value.decode()]) for key, value in made))
    told = here.folder / f"{name}.sent"
    settings = environment_with({}) | {
        "BENCH_KAFKA": here.settings.kafka_bootstrap,
        "BENCH_TOPIC": topic_names().raw,
        "BENCH_RECORDS": str(records),
        "BENCH_RATE": str(rate),
        "BENCH_TOLD": str(told),
    }
    here.start((str(environment()), "-m", "deploy.bench.peers.loader"), "loader", settings)
    return told


def _quarters(lags: Sequence[tuple[float, float]], seconds: float) -> tuple[float, ...]:
    quarters: list[list[float]] = [[], [], [], []]
    for at, lag in lags:
        if at < seconds:
            quarters[int(4 * at / seconds)].append(max(lag, 0.0))
    return tuple(median(quarter) if quarter else 0.0 for quarter in quarters)
