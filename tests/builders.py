"""Builders: defaults for all but what the test is about."""

from functools import cache
from typing import Any

from schemas.facts import Fact
from schemas.links import LinkEntry, Token, token_for
from streams.core.identity.policy import Policy, policy_from
from streams.core.rulebook import Rulebook, rulebook_from
from streams.rules_file import load_rules

KEY = b"a key for tests"
T0 = 1_700_000_000_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@cache
def a_policy() -> Policy:
    return policy_from(load_rules().identity)


@cache
def a_rulebook() -> Rulebook:
    return rulebook_from(load_rules())


@cache
def a_token(kind: str, value: str | int) -> Token:
    return token_for(kind, str(value), KEY)


def an_event_id(n: int) -> bytes:
    return n.to_bytes(16, "big")


def a_fact(n: int = 1, at: int = T0, tokens: list[Token] | None = None, **given: Any) -> Fact:
    values: dict[str, Any] = {
        "occurred_at": at,
        "sequence": 0,
        "event_id": an_event_id(n),
        "rank": 0,
        "content_hash": an_event_id(n),
        "event_type": "page.viewed",
        "schema_version": 1,
        "source": "shop",
        "tokens": tokens or [a_token("anonymous", "c1")],
        "actor": "customer",
        "channel": "web",
        "owner": "",
        "environment": "production",
        "is_bot": False,
        "received_at": at,
        "raw_partition": 0,
        "raw_offset": n,
        "sentiment": None,
        "sentiment_by": "",
        "effort": None,
        "cause": "",
        "outcome": "",
        "amount": None,
        "currency": "",
        "payload": b"{}",
        "context": b"",
        "personal": b"",
        "numbers": [],
        "click_kinds": [],
        "categories": [],
    }
    texts = [f for f in Fact.__struct_fields__ if f not in values]
    return Fact(**{**values, **dict.fromkeys(texts, ""), **given})


def a_pair(a: Token, b: Token, at: int = T0, what: str = "pair", event: int = 1) -> LinkEntry:
    return LinkEntry(what, a, b, at, an_event_id(event))  # type: ignore[arg-type]
