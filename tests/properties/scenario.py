"""Random sets of records, and the rows that must follow from the set alone."""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.facts import Fact, fact_key
from schemas.links import LinkEntry, Token, kind_of
from streams.core.alerts.rows import alert_row, key_of
from streams.core.effects import CONTENT_WIDTH
from streams.core.history import History
from streams.core.identity.policy import solo
from streams.core.observations import observations
from tests.builders import DAY, MINUTE, T0, a_fact, a_policy, a_rulebook, a_token, an_event_id
from tests.properties.whole_fold import FAR, WholeFold

POOL = (("customer_number", 2), ("account", 4), ("email", 4), ("device", 3), ("anonymous", 4), ("order", 2), ("ticket", 2))
TYPES = ("page.viewed",) * 6 + (
    "ticket.replied",
    "login.succeeded",
    "login.succeeded",
    "logout.done",
    "ticket.opened",
    "order.placed",
    "call.queued",
)
PAYLOADS = {
    "ticket.replied": b'{"ticket_id":"t","author":"representative","message_id":"m"}',
    "ticket.opened": b'{"ticket_id":"t"}',
    "call.queued": b'{"call_id":"c","direction":"inbound","queue":"q"}',
    "order.placed": b'{"order_id":"o","lines":[{"line_id":"1","product_id":"p","quantity":1,"unit_price":"5"}],'
    b'"total":"5.00","currency":"EUR"}',
}
HISTORY = {"identity_history", "identity_logins", "identity_epochs"}
"""They tell what was known when, which depends on the order; tests/properties/remembered.py compares them."""
EPISODES = {"ticket.opened": "ticket", "ticket.replied": "ticket", "order.placed": "order", "call.queued": "call"}


@dataclass(frozen=True)
class Retraction:
    """touchpoint.retracted of that event."""

    event_id: bytes


@dataclass(frozen=True)
class Statement:
    """identity.linked, identity.unlinked or identity.shared."""

    event_id: bytes
    entry: LinkEntry


Record = Fact | Retraction | Statement


def random_records(rng: random.Random) -> list[Record]:
    """2 to 25 records over few identities and times, so that everything happens."""
    tokens = [a_token(kind, n) for kind, count in POOL for n in range(count)]
    records: list[Record] = []
    for n in range(rng.randint(2, 25)):
        dice = rng.random()
        if dice < 0.08:
            a, b = rng.sample(tokens, 2)
            what = rng.choice(("cut", "cut", "linked", "shared"))
            records.append(Statement(an_event_id(n), LinkEntry(what, a, b, _time(rng), an_event_id(n))))  # type: ignore[arg-type]
        else:
            records += _contents(n, rng, tokens)
            if dice < 0.14:
                records.append(Retraction(an_event_id(n)))
    return records


def _time(rng: random.Random) -> int:
    return T0 + rng.choice((0, 1, 2, 3, 20, 40, 60)) * MINUTE * 10 + rng.choice((0, 0, 40)) * DAY


def _contents(n: int, rng: random.Random, tokens: list[Token]) -> Iterable[Fact]:
    first = _time(rng)
    for content in range(rng.choice((1, 1, 1, 1, 1, 2, 3, 4))):
        chosen = sorted(rng.sample(tokens, rng.choice((1, 1, 2, 2, 3))), key=lambda t: (a_policy().strength[t[0]], t))
        event_type = rng.choice(TYPES)
        numbers = [(EPISODES[event_type], "shop", f"{rng.randint(0, 1)}")] if event_type in EPISODES else []
        yield a_fact(
            n, rng.choice((first, first, _time(rng))), chosen, event_type=event_type,
            rank=rng.randint(0, 3), content_hash=an_event_id(100 * n + content),
            numbers=numbers, payload=PAYLOADS.get(event_type, b"{}"), channel=rng.choice(("web", "email", "store")),
            sentiment=rng.choice((None, None, -0.8, 0.5)),
            actor=rng.choice(("customer", "customer", "system")), environment=rng.choice(("production",) * 9 + ("test",)),
        )  # fmt: skip


def winners(records: list[Record]) -> list[Fact]:
    """Of each id the content with the greatest (rank, hash), unless it was retracted."""
    gone = {r.event_id for r in records if isinstance(r, Retraction)}
    best: dict[bytes, Fact] = {}
    for r in records:
        if isinstance(r, Fact) and r.event_id not in gone:
            held = best.get(r.event_id)
            if held is None or (r.rank, r.content_hash) > (held.rank, held.content_hash):
                best[r.event_id] = r
    return list(best.values())


def entries_of(records: list[Record]) -> list[LinkEntry]:
    found = [e for r in records if isinstance(r, Fact) for e in observations(r, a_policy())]
    return found + [r.entry for r in records if isinstance(r, Statement)]


def expected_rows(records: list[Record]) -> dict[tuple[object, ...], object]:
    """Content of every live row, from the set of records."""
    whole = WholeFold(entries_of(records), a_policy())
    facts: dict[bytes, list[Fact]] = defaultdict(list)
    for fact in winners(records):
        facts[whole.of(fact.tokens, fact.occurred_at)].append(fact)
    rows: dict[tuple[object, ...], object] = {}
    for customer, mine in facts.items():
        history = History.at_start(customer, a_rulebook(), 0)
        for fact in sorted(mine, key=lambda f: fact_key(f.occurred_at, f.sequence, f.event_id)):
            history.extend(fact)
        history.finish()
        for table, by_key in history.rows.items():
            rows |= {(table, key): row[: CONTENT_WIDTH[table]] for key, row in by_key.items()}
        for reason in (r for group in history.reasons.values() for r in group):
            row = alert_row(customer, reason, a_rulebook().version, 0, False, 0)
            rows[("alerts", key_of(customer, reason))] = row[: CONTENT_WIDTH["alerts"]]
    return rows | _identity_rows(whole)


def _identity_rows(whole: WholeFold) -> dict[tuple[object, ...], object]:
    rows: dict[tuple[object, ...], object] = {}
    for token, owner in whole.owner.items():
        if token[0] not in a_policy().numbers and owner not in (b"", solo(token)):
            rows[("customer_redirects", (solo(token),))] = (solo(token), owner)
    for pair in whole.seen:
        a, b = sorted(pair, key=lambda t: (a_policy().strength[t[0]], t))
        if a_policy().strength[a[0]] != a_policy().strength[b[0]] or b[0] not in a_policy().numbers:
            rows |= _pair_rows(whole, a, b)
    return rows


def _pair_rows(whole: WholeFold, a: Token, b: Token) -> dict[tuple[object, ...], object]:
    homes = [(whole.found_by(t) if t[0] in a_policy().numbers else whole.owner_of(t)) or solo(t) for t in (a, b)]
    words = (kind_of(a), a.hex(), kind_of(b), b.hex())
    state = _state(whole, a, b)
    link = (homes[0], *words, whole.seen[frozenset((a, b))], state)
    rows: dict[tuple[object, ...], object] = {("identity_links", link[:5]): link}
    if state == "conflict":
        for home, other in (homes, homes[::-1]):
            key = (home, *words)
            rows[("identity_conflicts", key)] = (*key, other, whole.seen[frozenset((a, b))])
    return rows


def _state(whole: WholeFold, a: Token, b: Token) -> str:
    if frozenset((a, b)) in whole.cut:
        return "cut"
    if b[0] in a_policy().numbers:
        return "finds"
    if b"" in (whole.owner_of(a), whole.owner_of(b)):
        return "shared"
    return "joined" if whole.owner_of(a) == whole.owner_of(b) else "conflict"


def live_rows(rows: dict[tuple[object, ...], tuple[int, object]]) -> dict[tuple[object, ...], object]:
    """Content of what ClickHouse would show; evidence and pairs that were only cut are left out of the comparison."""
    found: dict[tuple[object, ...], object] = {}
    for (table, key), (_, row) in rows.items():
        if row is None or table in HISTORY:
            continue
        content = tuple(row[: CONTENT_WIDTH[table]])  # type: ignore[index]
        if table in ("identity_links", "identity_conflicts"):
            content = content[:-1]
            if content[-1] == "cut" and row[-2] != FAR and row[-3] == b"\xff" * 16:  # type: ignore[index]
                continue
        found[(table, key)] = content
    return found
