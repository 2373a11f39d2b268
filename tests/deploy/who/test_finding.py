"""Whom an identity on the command line means: its owner, else whoever shows it."""

from datetime import UTC, datetime

import pytest

from deploy.looking.errors import NobodyFound
from deploy.looking.finding import Ask, Rows
from deploy.who.finding import ids_of
from streams.rules_file import load_rules

JO, SAM = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
SEEN = datetime(2026, 3, 1, tzinfo=UTC)


def views(owners: Rows, shown_by: Rows) -> Ask:
    """What the views answer about one identity; every customer has touchpoints."""

    def ask(sql: str) -> Rows:
        if "customer_at" in sql:
            return owners
        return shown_by if "FROM identities" in sql else [(1,)]

    return ask


def test_the_owner_comes_before_whoever_shows_it() -> None:
    ask = views([(JO, "linked")], [(SAM, SEEN), (JO, SEEN)])
    assert ids_of(ask, "email:jo@example.org", b"k", load_rules()) == (JO,)


@pytest.mark.parametrize("rule", ["shared", "nobody"])
def test_of_what_has_no_owner_those_who_show_it_are_listed(rule: str) -> None:
    ask = views([(JO, rule)], [(JO, SEEN), (SAM, SEEN)])
    with pytest.raises(NobodyFound, match="2 customers show this device") as caught:
        ids_of(ask, "device:tablet", b"k", load_rules())
    assert JO in caught.value.remedy
    assert SAM in caught.value.remedy


def test_what_nobody_shows_is_nobody() -> None:
    with pytest.raises(NobodyFound, match="no customer shows this email"):
        ids_of(views([], []), "email:jo@example.org", b"k", load_rules())
