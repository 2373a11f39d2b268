"""What `tracker why` says: verdict, chain, limit, time, and what it hides."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from deploy.who.errors import NotNamed
from deploy.who.lines import lines
from deploy.who.link_log import LinkLog
from deploy.who.naming import named
from deploy.who.sight import Event, Sight
from deploy.who.statements import Statement, foreseen
from deploy.who.why import Answer, answer, document
from schemas.links import LinkEntry, LinkFrame, Token, encode_links
from schemas.rules import Rules
from streams.core.identity.policy import solo
from streams.rules_file import load_rules

KEY = b"secret"
T0 = 1_772_357_400_000
DAY = 86_400_000
ANN, BOB, COOKIE, TABLET = "email:ann@example.org", "email:bob@example.org", "anonymous:c-77", "device:t-1"


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules()


def token(words: str, rules: Rules) -> Token:
    return named(words, KEY, rules).token


def a_log(rules: Rules, *told: tuple[str, str, str]) -> LinkLog:
    """(what, a, b), an epoch and a day each; the event's id is its number."""
    frames = []
    for n, (what, a, b) in enumerate(told):
        entry = LinkEntry(what, token(a, rules), token(b, rules) if b else b"", T0 + n * DAY, n.to_bytes(16, "big"))  # type: ignore[arg-type]
        frames.append((n, T0 + n * DAY + 1000, encode_links(LinkFrame([entry]))))
    return LinkLog(frames)


def asked(rules: Rules, log: LinkLog, a: str, b: str, show_personal: bool = False, as_of: datetime | None = None) -> Answer:
    def look(tokens: set[Token], events: set[bytes]) -> Sight:
        known = {token(words, rules): words.partition(":")[2] for words in (ANN, BOB, COOKIE, TABLET)}
        seen = {event: Event(str(UUID(bytes=event)), "order.placed", "shop-eu") for event in events}
        return Sight(seen, {t.hex(): known[t] for t in tokens & known.keys()}, show_personal)

    return answer((a, b), log, KEY, rules, look, as_of)


def test_two_that_were_seen_with_one_cookie_are_one_customer_and_the_chain_says_so(rules: Rules) -> None:
    found = asked(rules, a_log(rules, ("pair", ANN, COOKIE), ("pair", BOB, COOKIE)), ANN, BOB)
    told = document(found)
    assert told["verdict"] == "one customer"
    assert told["customer_a"] == told["customer_b"] == str(UUID(bytes=solo(token(ANN, rules))))
    assert [(s["a"]["kind"], s["b"]["kind"], s["state"]) for s in told["steps"]] == [
        ("email", "anonymous", "joined"),
        ("anonymous", "email", "joined"),
    ]
    assert told["steps"][0]["first_seen_at"] == "2026-03-01T09:30:00.000Z"
    assert told["steps"][1]["evidence"] == {"event_id": str(UUID(int=1)), "event_type": "order.placed", "source": "shop-eu"}


def test_values_are_masked_unless_asked_for(rules: Rules) -> None:
    log = a_log(rules, ("pair", ANN, COOKIE))
    hidden, shown = (asked(rules, log, ANN, COOKIE, show_personal) for show_personal in (False, True))
    for found, is_there in ((hidden, False), (shown, True)):
        text = json.dumps(document(found)) + "\n".join(lines(found))
        assert ("ann@example.org" in text, "c-77" in text) == (is_there, is_there)


def test_a_limit_that_keeps_two_apart_is_named(rules: Rules) -> None:
    one, other = "customer_number:1", "customer_number:2"
    found = asked(rules, a_log(rules, ("pair", one, COOKIE), ("pair", other, ANN), ("pair", ANN, COOKIE)), one, other)
    assert document(found)["verdict"] == "two customers"
    assert [s["rule"] for s in document(found)["steps"] if s["state"] == "conflict"] == [
        "not joined: a customer may have 1 of kind customer_number"
    ]


def test_an_unlink_is_named_with_its_event_and_as_of_before_it_they_were_one(rules: Rules) -> None:
    log = a_log(rules, ("pair", ANN, COOKIE), ("cut", ANN, COOKIE))
    (step,) = document(asked(rules, log, ANN, COOKIE))["steps"]
    assert (step["state"], step["unlinked_at"], step["unlinked_by"]["event_id"]) == ("cut", "2026-03-02T09:30:00.000Z", str(UUID(int=1)))
    before = asked(rules, log, ANN, COOKIE, as_of=datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    assert document(before)["verdict"] == "one customer"
    assert "as known at 2026-03-02T09:30:00+00:00" in next(lines(before))


def test_who_was_logged_in_on_a_shared_device_is_listed(rules: Rules) -> None:
    one, other = "account:a-1", "account:a-2"
    log = a_log(
        rules, ("pair", one, TABLET), ("login", TABLET, one), ("pair", other, TABLET), ("login", TABLET, other), ("logout", TABLET, "")
    )
    found = asked(rules, log, TABLET, one)
    assert document(found)["verdict"] == "nobody's"
    assert [(h["from"][:10], h["to"][:10]) for held in document(found)["logins"].values() for h in held] == [
        ("2026-03-02", "2026-03-04"),
        ("2026-03-04", "2026-03-05"),
    ]
    assert any("seen with 2 different ones of kind account, shared above 1" in line for line in lines(found))


def test_a_number_finds_its_customer_and_joins_no_two(rules: Rules) -> None:
    number = "order:1001@shop-eu"
    log = a_log(rules, ("pair", ANN, number), ("pair", BOB, number))
    assert document(asked(rules, log, number, ANN))["verdict"] == "one customer"
    apart = document(asked(rules, log, ANN, BOB))
    assert (apart["verdict"], {s["state"] for s in apart["steps"]}) == ("two customers", {"number"})


def test_junk_never_links_and_what_was_never_seen_is_said(rules: Rules) -> None:
    junk = asked(rules, a_log(rules), "anonymous:null", ANN)
    assert (document(junk)["verdict"], document(junk)["steps"]) == ("nobody's", [])
    assert any("junk" in line for line in lines(junk))
    assert any("nothing was ever seen" in line for line in lines(asked(rules, a_log(rules), COOKIE, ANN)))


def test_a_customer_id_stands_for_the_identity_that_gave_it(rules: Rules) -> None:
    log = a_log(rules, ("pair", ANN, COOKIE))
    customer = str(UUID(bytes=solo(token(ANN, rules))))
    assert document(asked(rules, log, customer, COOKIE))["verdict"] == "one customer"
    with pytest.raises(NotNamed, match="no identity"):
        asked(rules, log, str(UUID(int=5)), COOKIE)


@pytest.mark.parametrize(("words", "why"), [("nobody", "neither"), ("mail:x", "neither"), ("order:1001", "without its source")])
def test_what_names_nobody_is_refused_with_a_remedy(rules: Rules, words: str, why: str) -> None:
    with pytest.raises(NotNamed, match=why) as refused:
        named(words, KEY, rules)
    assert "KIND:VALUE" in refused.value.remedy


def test_a_dry_run_shows_what_would_come_of_it(rules: Rules) -> None:
    log = a_log(rules, ("pair", ANN, COOKIE), ("pair", BOB, COOKIE))
    a, b = named(BOB, KEY, rules), named(COOKIE, KEY, rules)
    after = foreseen(log, Statement("unlinked", a, b, None), T0 + 9 * DAY)
    assert [document(asked(rules, some, ANN, BOB))["verdict"] for some in (log, after)] == ["one customer", "two customers"]
    again = foreseen(after, Statement("linked", a, b, None), T0 + 10 * DAY)
    assert document(asked(rules, again, ANN, BOB))["verdict"] == "one customer"


def test_a_statement_about_junk_or_one_identity_is_refused(rules: Rules) -> None:
    ann = named(ANN, KEY, rules)
    with pytest.raises(NotNamed, match="junk"):
        Statement("linked", ann, named("anonymous:null", KEY, rules), None)
    with pytest.raises(NotNamed, match="same identity"):
        Statement("linked", ann, ann, None)


def test_a_number_in_a_statement_carries_its_source(rules: Rules) -> None:
    assert named("order:1001@shop-eu", KEY, rules).as_payload == {"kind": "order", "value": "1001", "source": "shop-eu"}
    assert named("email:Ann@Example.org", KEY, rules).as_payload == {"kind": "email", "value": "ann@example.org"}
