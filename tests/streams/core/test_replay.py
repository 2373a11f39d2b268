"""Whatever comes late, twice, or is taken back: after every frame rows and stored state are those of the history told in order."""

import random
from itertools import permutations
from typing import Any

import msgspec
import pytest

from schemas.facts import RETRACTED, Fact, Removal, ResolvedFrame, decode_fact, encode_fact, fact_key
from schemas.ledger_tables import TABLES
from streams.core import checkpoints, replay
from streams.core.alerts.desk import decode_held
from streams.core.effects import CONTENT_WIDTH
from streams.core.episodes.machine import decode_episode
from streams.core.history import History
from streams.core.identity.graph import MemoryGraph
from streams.core.identity.who import Who
from streams.core.overlay import MemoryBytes, Overlay
from streams.core.state import decode_state
from streams.core.stitching import Stitcher
from tests.builders import DAY, HOUR, MINUTE, T0, a_fact, a_policy, a_rulebook, a_token, an_event_id
from tests.properties.scenario import EPISODES, PAYLOADS
from tests.streams.core.kept import check_checkpoints

TOKEN = a_token("email", "a")
OTHERS = [a_token("order", n) for n in range(3)]
Rows = dict[tuple[Any, ...], tuple[int, Any]]


def facts_of(rng: random.Random) -> list[Fact]:
    """Of one customer; few numbers and times, so that they meet."""
    found = []
    for n in range(rng.randint(3, 25)):
        event_type = rng.choice(("page.viewed", "page.viewed", *EPISODES))
        numbers = [(EPISODES[event_type], "shop", rng.choice("ab"))] if event_type in EPISODES else []
        at = T0 + rng.choice((0, 10, 20, 45, 90, 500)) * MINUTE + rng.choice((0, 0, 0, 20, 60)) * DAY
        found.append(
            a_fact(
                n, at, [TOKEN, *rng.sample(OTHERS, rng.choice((0, 0, 1, 2)))], event_type=event_type, numbers=numbers,
                payload=PAYLOADS.get(event_type, b"{}"), channel=rng.choice(("web", "email")),
                actor=rng.choice(("customer", "customer", "system")), environment=rng.choice(("production",) * 5 + ("test",)),
                sentiment=rng.choice((None,) * 6 + (-0.8, 0.5, 0.0)), sentiment_by="customer",
            )
        )  # fmt: skip
    return found


def in_order(customer: bytes, facts: list[Fact]) -> History:
    history = History.at_start(customer, a_rulebook(), 0)
    for fact in sorted(facts, key=lambda f: fact_key(f.occurred_at, f.sequence, f.event_id)):
        history.extend(fact)
    history.finish()
    return history


class Partition:
    """One customer's partition, and what ClickHouse shows of it."""

    def __init__(self) -> None:
        self.disk, self.rows, self.offset = MemoryBytes(), Rows(), 0
        self.who = Who(a_policy(), MemoryGraph())
        self.customer = self.who.owner([TOKEN], T0, 0)

    def take(self, *records: Fact | Removal, tick: int = 0) -> None:
        overlay = Overlay(self.disk)
        stitcher = Stitcher(0, 1, self.who, a_rulebook(), overlay, 0)
        facts = [decode_fact(encode_fact(r)) for r in records if isinstance(r, Fact)]
        stitcher.apply(ResolvedFrame(0, facts, [r for r in records if isinstance(r, Removal)], [], [], tick), self.offset)
        self.disk.write(overlay.changes)
        for table, rows in stitcher.effects.tables().items():
            width = len(TABLES[table].keys)
            self.rows |= {(table, row[:width]): (self.offset, row[: CONTENT_WIDTH[table]]) for row in rows.upserts}
            self.rows |= {(table, row[:-1]): (self.offset, None) for row in rows.withdrawals}
        self.offset += 1

    def live(self) -> dict[tuple[Any, ...], Any]:
        return {key: row for key, (_, row) in self.rows.items() if row is not None}

    def stored(self, tag: bytes) -> dict[bytes, bytes]:
        prefix = tag + self.customer
        return {key[len(prefix) :]: value for key, value in self.disk.content.items() if key.startswith(prefix)}

    def check_reasons(self, told: History) -> None:
        """What the desk holds, fired or not."""
        wanted = sorted(msgspec.json.encode(reason) for group in told.reasons.values() for reason in group)
        assert sorted(msgspec.json.encode(held.reason) for raw in self.stored(b"A").values() for held in decode_held(raw)) == wanted

    def check(self, facts: list[Fact]) -> None:
        """Against the history of these facts told in order."""
        told = in_order(self.customer, facts)
        assert self.live() == {(t, k): r[: CONTENT_WIDTH[t]] for t, by_key in told.rows.items() for k, r in by_key.items()}
        self.check_reasons(told)
        assert self.stored(b"I") == told.identities
        assert {key: decode_episode(raw) for key, raw in self.stored(b"E").items()} == {
            "\0".join(ref).encode(): episode for ref, episode in told.episodes.items()
        }
        states = [decode_state(raw) for raw in self.stored(b"S").values()]
        for name in ("session", "journey", "totals", "context", "watch"):
            assert [getattr(state, name) for state in states[:1]] == [getattr(told.state, name)] * len(states)
        check_checkpoints(self.disk, self.customer, facts)


@pytest.fixture(params=[(32, 8), (1, 1), (3, 2)], ids=["wide", "everywhere", "close"])
def _spaced(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    spacing, page = request.param
    monkeypatch.setattr(checkpoints, "SPACING", spacing)
    monkeypatch.setattr(replay, "FIRST_PAGE", page)


@pytest.mark.usefixtures("_spaced")
@pytest.mark.parametrize("seed", range(60))
def test_after_every_frame_all_is_as_if_told_in_order(seed: int) -> None:
    rng = random.Random(seed)
    facts = facts_of(rng)
    coming = [*facts, *rng.sample(facts, len(facts) // 4)]
    if rng.random() < 0.7:
        rng.shuffle(coming)
    else:
        coming.sort(key=lambda f: f.occurred_at + rng.choice((0, 0, 0, 90 * MINUTE)))
    partition, there, gone = Partition(), dict[bytes, Fact](), set[bytes]()
    while coming:
        frame: list[Fact | Removal] = [coming.pop(0) for _ in range(min(len(coming), rng.choice((1, 1, 3))))]
        if rng.random() < 0.25:
            lost = rng.choice(facts)
            frame.append(Removal(lost.occurred_at, lost.sequence, lost.event_id, lost.tokens, RETRACTED))
            gone.add(lost.event_id)
        partition.take(*frame)
        there |= {f.event_id: f for f in frame if isinstance(f, Fact)}
        partition.check([f for f in there.values() if f.event_id not in gone])


def removal(fact: Fact, floor: tuple[int, bytes]) -> Removal:
    return Removal(fact.occurred_at, fact.sequence, fact.event_id, fact.tokens, floor)


def test_a_fact_that_was_removed_before_it_came_never_lives() -> None:
    partition, fact = Partition(), a_fact(1, T0, [TOKEN])
    partition.take(removal(fact, RETRACTED))
    partition.take(fact)
    assert partition.live() == {}


def test_of_two_contents_at_one_time_the_greater_stays_in_every_order() -> None:
    low = a_fact(1, T0, [TOKEN], rank=1, channel="web")
    high = a_fact(1, T0, [TOKEN], rank=2, channel="store", content_hash=an_event_id(9))
    gone = removal(low, (2, high.content_hash))
    records: list[Fact | Removal] = [low, high, gone]
    for order in permutations(records):
        partition = Partition()
        for record in order:
            partition.take(record)
        partition.check([high])


def test_a_repeat_sends_nothing() -> None:
    partition, fact = Partition(), a_fact(1, T0, [TOKEN])
    partition.take(fact)
    before = dict(partition.rows)
    partition.take(fact)
    assert partition.rows == before


def test_a_fact_in_order_sends_only_the_rows_that_it_changes() -> None:
    partition = Partition()
    for n in range(50):
        partition.take(a_fact(n, T0 + n * MINUTE, [TOKEN]))
    changed = {key[0] for key, (offset, _) in partition.rows.items() if offset == 49}
    assert changed == {"touchpoints", "sessions", "journeys", "customers"}
    assert sum(offset == 49 for offset, _ in partition.rows.values()) == 4


def test_a_late_fact_sends_only_what_differs() -> None:
    partition = Partition()
    for n in range(0, 40, 2):
        partition.take(a_fact(n, T0 + n * DAY * 31, [TOKEN]))
    before = partition.offset
    partition.take(a_fact(99, T0 + 20 * DAY * 31 + MINUTE, [TOKEN]))
    sent = [key[0] for key, (offset, _) in partition.rows.items() if offset == before]
    assert sorted(sent) == ["customers", "journeys", "sessions", "touchpoints"]


def test_a_late_fact_has_only_the_facts_around_it_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    partition, told, extend = Partition(), list[Fact](), History.extend
    partition.take(*(a_fact(n, T0 + n * 4 * HOUR, [TOKEN]) for n in range(3_000)))

    def counted(history: History, fact: Fact) -> None:
        told.append(fact)
        extend(history, fact)

    monkeypatch.setattr(History, "extend", counted)
    for n, at in enumerate((0, 10, 1_500, 2_990), start=3_000):
        partition.take(a_fact(n, T0 + at * 4 * HOUR + HOUR, [TOKEN]))
        assert len(told) < 3 * checkpoints.SPACING
        told.clear()


def retracted(fact: Fact) -> Removal:
    return removal(fact, RETRACTED)


def felt(n: int, at: int, score: float) -> Fact:
    return a_fact(n, at, [TOKEN], sentiment=score, sentiment_by="customer")


def test_a_broken_promise_stands_again_when_the_next_one_is_taken_back() -> None:
    facts = [felt(n, T0 + n * DAY, score) for n, score in enumerate((0.5, -0.8, 0.5, -0.8))]
    partition = Partition()
    for fact in facts:
        partition.take(fact)
    partition.take(retracted(facts[3]))
    partition.check(facts[:3])


def test_it_stands_as_it_ended_though_its_end_was_leapt_over() -> None:
    scores = {1: 0.5, 4: -0.8, 30: 0.5, 60: -0.8}
    facts = [felt(n, T0 + n * HOUR, scores[n]) if n in scores else a_fact(n, T0 + n * HOUR, [TOKEN]) for n in range(1, 65)]
    partition, late = Partition(), a_fact(99, T0 + 90 * MINUTE, [TOKEN])
    for fact in facts:
        partition.take(fact)
    partition.take(late, retracted(facts[59]))
    partition.check([*facts[:59], *facts[60:], late])


def test_an_episode_that_was_taken_back_with_the_only_checkpoint_begins_anew() -> None:
    named = {"event_type": "ticket.opened", "numbers": [("ticket", "shop", "t")], "payload": PAYLOADS["ticket.opened"]}
    ticket, again = a_fact(1, T0, [TOKEN], **named), a_fact(200, T0 + 2 * DAY, [TOKEN], **named)
    pages = [a_fact(n, T0 + n * MINUTE, [TOKEN]) for n in range(2, 33)]
    more = [a_fact(n, T0 + DAY + n * MINUTE, [TOKEN]) for n in range(100, 140)]
    late = a_fact(201, T0 + 2 * DAY - MINUTE, [TOKEN])
    partition = Partition()
    partition.take(ticket, *pages)
    for records in ([retracted(ticket)], more, [again], [late]):
        partition.take(*records)
    partition.check([*pages, *more, again, late])


def test_an_alert_goes_with_the_subject_that_it_was_about() -> None:
    def order(n: int, at: int, number: str, rank: int = 0) -> Fact:
        payload = b'{"order_id":"%s","lines":[],"total":"5","currency":"EUR"}' % number.encode()
        given = {"numbers": [("order", "shop", number)], "order_id": number, "payload": payload, "rank": rank}
        return a_fact(n, at, [TOKEN], event_type="order.placed", **given)

    partition, first = Partition(), order(1, T0, "a")
    partition.take(first, order(2, T0 + 10 * DAY, "b"))
    partition.take(tick=T0 + 100 * DAY)
    assert [row[6] for key, row in partition.live().items() if key[0] == "alerts"] == ["b"]
    partition.take(order(2, T0 + 10 * DAY, "c", rank=1))
    partition.take(tick=T0 + 101 * DAY)
    assert [row[6] for key, row in partition.live().items() if key[0] == "alerts"] == ["c"]


def test_checkpoints_follow_the_end_though_nothing_comes_in_order() -> None:
    """One event of a clock that is two days ahead makes all that follow come late; each must not cost the whole history."""
    partition = Partition()
    partition.take(a_fact(9999, T0 + 2 * DAY, [TOKEN]))
    for n in range(300):
        partition.take(a_fact(n, T0 + n * MINUTE, [TOKEN]))
        (state,) = (decode_state(raw) for raw in partition.stored(b"S").values())
        assert state.since_checkpoint <= checkpoints.SPACING
    partition.check([a_fact(9999, T0 + 2 * DAY, [TOKEN]), *(a_fact(n, T0 + n * MINUTE, [TOKEN]) for n in range(300))])
