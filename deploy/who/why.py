"""Why two identities are one customer, or are not: from the words of the command line to a document."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from deploy.who.errors import NotNamed
from deploy.who.link_log import LinkLog
from deploy.who.naming import Named, customer_id_in, named
from deploy.who.sight import Sight
from schemas.facts import Customer
from schemas.links import Token, kind_of
from schemas.rules import Rules
from streams.core.identity import kruskal
from streams.core.identity.explain import Explainer, Holding, Mute, Step, Why, beside
from streams.core.identity.graph import NEVER
from streams.core.identity.policy import policy_from, solo

Look = Callable[[set[Token], set[bytes]], Sight]
"""Tokens and events that the answer names -> what is known of them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One end: an identity, or the strongest one of a customer id."""

    token: Token
    identity: Named | None


@dataclass(frozen=True, slots=True)
class Answer:
    """`why` is None where one end is junk: it never reached the log. `holders` are those of shared devices among the ends."""

    a: Asked
    b: Asked
    why: Why | None
    holders: dict[Token, list[Holding]]
    sight: Sight
    rules: Rules
    as_of: datetime | None


def answer(words: tuple[str, str], log: LinkLog, key: bytes, rules: Rules, look: Look, as_of: datetime | None = None) -> Answer:
    """Raises NotNamed, IdentityRefused."""
    a, b = (_asked(word, log, key, rules) for word in words)
    if a.token == b.token:
        raise NotNamed("both are the same identity", remedy="name two, such as email:jo@example.org anonymous:c-77")
    if any(end.identity is not None and end.identity.junk for end in (a, b)):
        return Answer(a, b, None, {}, _with_given(look({a.token, b.token}, set()), a, b), rules, as_of)
    until = None if as_of is None else round(as_of.timestamp() * 1000)
    explainer = Explainer(policy_from(rules.identity), beside(lambda: log.told(until), (a.token, b.token)))
    why = explainer.why(a.token, b.token)
    muted = {mute.token for mute in why.mutes}
    holders = {end.token: explainer.holdings(end.token) for end in (a, b) if end.token in muted}
    tokens = {
        a.token,
        b.token,
        *(t for step in why.steps for t in (step.a, step.b)),
        *(h.account for held in holders.values() for h in held),
    }
    events = {e for step in why.steps for e in (step.evidence, step.cut_by)} | {m.evidence for m in why.mutes}
    events |= {h.evidence for held in holders.values() for h in held}
    return Answer(a, b, why, holders, _with_given(look(tokens, events - {b""}), a, b), rules, as_of)


def _with_given(sight: Sight, a: Asked, b: Asked) -> Sight:
    """Whoever asks knows the values that he gave."""
    given = {end.token.hex(): end.identity.value for end in (a, b) if end.identity is not None}
    return replace(sight, values={**sight.values, **given})


def _asked(words: str, log: LinkLog, key: bytes, rules: Rules) -> Asked:
    customer = customer_id_in(words)
    if customer is None:
        identity = named(words, key, rules)
        return Asked(identity.token, identity)
    for _, entry in log.told():
        for token in (entry.a, entry.b):
            if token and solo(token) == customer:
                return Asked(token, None)
    raise NotNamed(
        "no identity with a link gave a customer this id", remedy="see `tracker customer ID` for its identities, and ask for one"
    )


def document(found: Answer) -> dict[str, Any]:
    """As `--json` prints it."""
    why, sight = found.why, found.sight
    return {
        "a": _identity(found.a.token, sight),
        "b": _identity(found.b.token, sight),
        "verdict": verdict(found),
        "customer_a": _customer(why.customer_a) if why else None,
        "customer_b": _customer(why.customer_b) if why else None,
        "as_of": found.as_of.astimezone(UTC).isoformat() if found.as_of else None,
        "junk": [end.identity.junk for end in (found.a, found.b) if end.identity and end.identity.junk],
        "steps": [_step(step, found) for step in (why.steps if why else ())],
        "mutes": [{**_identity(m.token, sight), "rule": m.rule, "why": mute_text(m)} for m in (why.mutes if why else ())],
        "logins": {sight.label(token): [_holding(h, sight) for h in held] for token, held in found.holders.items()},
    }


def verdict(found: Answer) -> str:
    """one customer, two customers, or nobody's where an end tells no customer."""
    if found.why is None or not (found.why.customer_a and found.why.customer_b):
        return "nobody's"
    return "one customer" if found.why.is_joined else "two customers"


def mute_text(mute: Mute) -> str:
    """Why an identity tells nothing alone."""
    if mute.rule == "marked":
        return "identity.shared says that it belongs to several people"
    if mute.rule == "shared":
        return f"seen with {mute.count} different ones of kind {kind_of(bytes((mute.kind,)))}, shared above {mute.above}"
    return f"seen with {mute.count} other identities, nobody's above {mute.above}"


def step_text(step: Step, found: Answer) -> str:
    """The rule of a link, in words."""
    match step.state:
        case "joined":
            return "stated by identity.linked: joined" if step.is_stated else "seen in one event: joined"
        case "finds":
            return "the number finds the customer"
        case "cut":
            return "taken apart by identity.unlinked; only a later identity.linked would join them again"
        case "shared":
            return "not joined: one of them tells nothing alone"
        case "number":
            return "not joined: a number of a thing finds a customer and never joins two"
    return f"not joined: {limit_text(step.limit, found.rules)}"


def limit_text(limit: int | None, rules: Rules) -> str:
    """Which limit a conflict would break."""
    if limit is None or limit == kruskal.CAP:
        return f"a customer may have {rules.identity.component_cap} identities"
    kinds = {str(kind): rule for kind, rule in rules.identity.kinds.items()}
    kind = kind_of(bytes((limit,)))
    return f"a customer may have {kinds[kind].limit} of kind {kind}"


def _step(step: Step, found: Answer) -> dict[str, Any]:
    sight = found.sight
    return {
        "a": _identity(step.a, sight),
        "b": _identity(step.b, sight),
        "state": step.state,
        "rule": step_text(step, found),
        "first_seen_at": moment_of(step.first_seen),
        "evidence": _event(step.evidence, sight) if step.first_seen != NEVER else None,
        "unlinked_at": None if step.cut_at is None else moment_of(step.cut_at),
        "unlinked_by": _event(step.cut_by, sight) if step.cut_by else None,
    }


def _event(event_id: bytes, sight: Sight) -> dict[str, str]:
    event = sight.event(event_id)
    return {"event_id": event.event_id, "event_type": event.event_type, "source": event.source}


def _holding(held: Holding, sight: Sight) -> dict[str, Any]:
    until = None if held.until == NEVER else moment_of(held.until)
    return {"from": moment_of(held.since), "to": until, "account": _identity(held.account, sight), "customer_id": _customer(held.customer)}


def _identity(token: Token, sight: Sight) -> dict[str, str]:
    return {"kind": kind_of(token), "value": sight.value(token), "token": token.hex()}


def _customer(customer: Customer) -> str | None:
    return str(UUID(bytes=customer)) if customer else None


def moment_of(ms: int) -> str | None:
    """ISO 8601 in UTC; None where nothing was seen."""
    return None if ms >= NEVER else datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
