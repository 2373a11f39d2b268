"""What an event says about identities: entries for `identity.links`, a function of the event alone."""

from itertools import combinations
from typing import Literal

from schemas.envelope import AnyEvent, Identity
from schemas.facts import Fact
from schemas.links import LinkEntry, Token
from schemas.vocabulary import NUMBER_KINDS
from streams.core.fact_building import FactBuilder
from streams.core.identity.graph import GraphStore
from streams.core.identity.policy import Policy

LOGINS: dict[str, Literal["login", "logout"]] = {"login.succeeded": "login", "logout.done": "logout"}


def pairs_of(tokens: list[Token], policy: Policy) -> list[tuple[Token, Token]]:
    """All pairs of the joining identities; each number with the strongest of them, and with each other.

    Numbers may lead to different customers: where one begins to lead somewhere, the others say where the event may lie until now.
    """
    joining = [t for t in tokens if t[0] not in policy.numbers]
    numbers = [t for t in tokens if t[0] in policy.numbers]
    return [*combinations(joining, 2), *((t, number) for t in joining[:1] for number in numbers), *combinations(numbers, 2)]


def observations(fact: Fact, policy: Policy) -> list[LinkEntry]:
    """Pairs, and who took or gave back which device. Tokens come strongest first."""
    entries = [LinkEntry("pair", a, b, fact.occurred_at, fact.event_id) for a, b in pairs_of(fact.tokens, policy)]
    what = LOGINS.get(fact.event_type)
    if what is not None:
        strongest = fact.tokens[0]
        named = strongest[0] not in policy.ownable and strongest[0] not in policy.numbers
        if named or what == "logout":
            account = strongest if what == "login" else b""
            entries += [LinkEntry(what, t, account, fact.occurred_at, fact.event_id) for t in fact.tokens if t[0] in policy.ownable]
    return entries


STATEMENTS: dict[str, Literal["linked", "cut"]] = {"identity.linked": "linked", "identity.unlinked": "cut"}


def statement(event: AnyEvent, fact: Fact, builder: FactBuilder) -> list[LinkEntry]:
    """What identity.linked, identity.unlinked and identity.shared say; of what stands for nobody they say nothing."""
    what = STATEMENTS.get(event.event_type)
    if what is not None:
        if any(builder.is_junk(i.kind, i.value) for i in (event.payload.a, event.payload.b)):
            return []
        a, b = (_token(i, event.source, builder) for i in (event.payload.a, event.payload.b))
        return [LinkEntry(what, min(a, b), max(a, b), fact.occurred_at, fact.event_id)]
    if event.event_type == "identity.shared" and event.payload.identity.kind not in NUMBER_KINDS:
        token = _token(event.payload.identity, event.source, builder)
        return [LinkEntry("shared", token, token, fact.occurred_at, fact.event_id)]
    return []


def _token(identity: Identity, source: str, builder: FactBuilder) -> Token:
    value = f"{identity.source or source}:{identity.value}" if identity.kind in NUMBER_KINDS else identity.value
    return builder.token(identity.kind.value, value)


def is_known(entry: LinkEntry, store: GraphStore, policy: Policy) -> bool:
    """Whether a replica that folded so far would learn nothing from it: then it need not be sent again."""
    joining = () if entry.what in ("login", "logout") else (entry.b, entry.a)
    number = next((t for t in joining if t[0] in policy.numbers), None)
    node = store.node(number if number is not None else entry.a)
    if node is None:
        return False
    if entry.what in ("login", "logout"):
        told = (entry.at, entry.event_id, entry.b if entry.what == "login" else b"")
        return any((login.at, login.event_id, login.account) == told for login in node.logins)
    if entry.what == "shared":
        return node.is_marked_shared
    pair = node.links.get(entry.a if number is not None and number != entry.a else entry.b)
    if pair is None:
        return False
    if entry.what == "cut":
        return entry.at <= pair.cut_at
    if entry.what == "linked" and entry.at > pair.linked_at:
        return False
    return (entry.at, entry.event_id) >= (pair.first_seen, pair.evidence)
