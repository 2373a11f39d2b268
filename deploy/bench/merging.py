"""How soon a merge is seen by SQL in a large base at load, and what chains, stars and large components do to everybody else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from statistics import median
from time import sleep
from typing import Any
from uuid import UUID, uuid5

from deploy.bench.landing import watch
from deploy.bench.load import Record, as_record, new_producer, visits
from deploy.bench.stand import Stand, stand
from deploy.bench.steady import TAIL_S, load
from deploy.bench.whole_way import LANDED, PARTITIONS
from schemas.links import token_for
from schemas.topics import topic_names
from streams.clock import SYSTEM_CLOCK
from streams.core.identity.policy import solo
from streams.settings import WorkerSettings

_NAMESPACE = UUID("5e8f0f7e-3f0e-4d4c-9d3c-6b1f7a0c9f51")
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)
POLL_S, LONGEST_S = 0.1, 120.0
SETTLE_S = 5.0
_OTHERS = """SELECT quantileExact(0.5)(ms), quantileExact(0.99)(ms) FROM (
    SELECT dateDiff('millisecond', any(received_at), min(ingested_at)) AS ms FROM tracker_g1.touchpoints
    WHERE source = 'bench' AND received_at BETWEEN {since} AND {until} GROUP BY event_id)"""


@dataclass(frozen=True, slots=True)
class Merges:
    """Seconds from sending the event that joins two known customers to one customer with all four touchpoints in SQL."""

    customers: int
    rate: int
    merges: int
    median_s: float
    worst_s: float
    others_ms: dict[str, tuple[float, float]]
    """p50 and p99 of everybody else's freshness, by what went on meanwhile"""


def merging(customers: int, rate: int, merges: int, chain: int, star: int, over_cap: int) -> Merges:
    """`rate` events a second of other customers go on all the time, and as many that make chains and stars: together about half load."""
    with stand() as here:
        here.prepare(PARTITIONS)
        here.worker()
        here.sink()
        load(here, [_seen(n, f"cookie-{n}") for n in range(customers)], 0, "base")
        watch(customers, lambda: here.number(LANDED), 3_600.0, lambda: here.check_but("loader"))
        others: dict[str, tuple[float, float]] = {}
        seconds = _with_others(here, rate, "merges", lambda: _merges(here, customers, merges), others)
        shapes = {"chain": _chain(chain, "chain"), "star": _star(star), "over the cap": _chain(over_cap, "over")}
        for name, made in shapes.items():
            _with_others(here, rate, name, partial(_sent, here, made, rate, name.split()[0]), others)
        return Merges(customers, rate, merges, median(seconds), max(seconds), others)


def _with_others(here: Stand, rate: int, name: str, act: Any, told: dict[str, tuple[float, float]]) -> Any:
    """Does it while visits of others stream in; keeps how fresh those were from its begin to its end."""
    stream = visits(rate * int(LONGEST_S), seed=len(told) + 2)
    made = [_renamed(record, name) for record in stream]
    load(here, made, rate, f"others-{name.split()[0]}")
    sleep(SETTLE_S)
    since = SYSTEM_CLOCK.now()
    found = act()
    until = max(SYSTEM_CLOCK.now(), since + timedelta(seconds=10))
    sleep(max(0.0, (until - SYSTEM_CLOCK.now()).total_seconds()) + SETTLE_S)
    window = {k: f"toDateTime64('{at:%Y-%m-%d %H:%M:%S.%f}', 3, 'UTC')" for k, at in (("since", since), ("until", until))}
    p50, p99 = here.ask(_OTHERS.format(**window))[0]
    told[name] = float(str(p50)), float(str(p99))
    here.end("loader")
    return found


def _merges(here: Stand, customers: int, merges: int) -> list[float]:
    dice, key = Random(3), WorkerSettings().identity_key.get_secret_value().encode()
    seconds = []
    producer = new_producer(here.kafka)
    for n in range(merges):
        account = f"merged-{n}"
        pair = dice.sample(range(customers), 2)
        began = SYSTEM_CLOCK.monotonic()
        for cookie in pair:
            name, value = _seen(customers + 2 * n + pair.index(cookie), f"cookie-{cookie}", ("account", account))
            producer.send(topic_names().raw, key=name, value=value)
        producer.flush()
        owner = UUID(bytes=solo(token_for("account", account, key)))
        asked = f"SELECT count() FROM tracker_g1.touchpoints FINAL WHERE customer_id = '{owner}'"
        while here.number(asked) < 4:
            if SYSTEM_CLOCK.monotonic() - began > LONGEST_S:
                raise TimeoutError(f"merge {n} was not seen within {LONGEST_S:.0f} s")
            sleep(POLL_S)
        seconds.append(SYSTEM_CLOCK.monotonic() - began)
    producer.close()
    return seconds


def _sent(here: Stand, made: Sequence[Record], rate: int, name: str) -> None:
    """As many a second as of the others; all of it is stitched and landed."""
    before = here.number(_OF_SHAPES)
    load(here, made, rate, name)
    watch(before + len(made), lambda: here.number(_OF_SHAPES), 10 * TAIL_S, lambda: here.check_but("loader"))


_OF_SHAPES = "SELECT uniqExact(event_id) FROM tracker_g1.touchpoints WHERE source = 'shapes'"


def _chain(length: int, name: str) -> list[Record]:
    """Each event shows two cookies that follow on each other."""
    return [_seen(n, f"{name}-{n}", ("anonymous", f"{name}-{n + 1}"), source="shapes", salt=name) for n in range(length)]


def _star(points: int) -> list[Record]:
    """Each event shows the same cookie with another."""
    return [_seen(n, "hub", ("anonymous", f"point-{n}"), source="shapes", salt="star") for n in range(points)]


def _seen(n: int, cookie: str, *more: tuple[str, str], source: str = "base", salt: str = "") -> Record:
    document = {
        "event_id": str(uuid5(_NAMESPACE, f"{salt}{n}")),
        "event_type": "page.viewed",
        "source": source,
        "occurred_at": (_FIRST + timedelta(seconds=n % 6_000_000)).isoformat(timespec="milliseconds"),
        "identities": [{"kind": "anonymous", "value": cookie}, *({"kind": kind, "value": value} for kind, value in more)],
        "payload": {"url": "https://shop.example/"},
    }
    return as_record(document)


def _renamed(record: Record, name: str) -> Record:
    """The same visit as an event of its own, of a customer of its own."""
    event_id = str(uuid5(_NAMESPACE, name + record[0].decode())).encode()
    value = record[1].replace(record[0], event_id).replace(b'"value":"c-', f'"value":"{name}-'.encode())
    return event_id, value
