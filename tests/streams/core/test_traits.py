"""Segments: which touchpoint decides what a session or journey can be cut by."""

import pytest

from schemas.codec import Decoded, validate
from streams.core.device_class import device_class
from streams.core.fact_building import Coordinates, FactBuilder
from streams.core.state import Traits
from streams.core.traits import LONGEST_WORD, MOST_CATEGORIES, categories_of, columns_of, learn, words_of
from streams.rules_file import load_rules
from tests.builders import KEY, a_fact

PIXEL = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"
GALAXY_TAB = "Mozilla/5.0 (Linux; Android 13; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0 Safari/537.36"
IPAD = "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/604.1"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15"
TIZEN = "Mozilla/5.0 (SMART-TV; Linux; Tizen 5.0) AppleWebKit/538.1 (KHTML, like Gecko) Version/5.0 TV Safari/538.1"


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (PIXEL, "mobile"), (IPHONE, "mobile"), (IPAD, "tablet"), (GALAXY_TAB, "tablet"), (FIREFOX, "desktop"), (WINDOWS, "desktop"),
        (MAC, "desktop"), (TIZEN, "tv"), ("curl/8.1", ""),
    ],
)  # fmt: skip
def test_a_user_agent_tells_the_device_where_nobody_says_it(agent: str, expected: str) -> None:
    assert device_class(None, agent) == expected


def test_the_source_knows_the_device_better_than_the_user_agent() -> None:
    assert device_class("Tablet", PIXEL) == "tablet"
    assert device_class("phone", FIREFOX) == "mobile"
    assert device_class("fridge", None) == "fridge"
    assert device_class(None, None) == ""


def test_source_and_medium_come_from_one_touchpoint() -> None:
    traits = Traits()
    learn(traits, a_fact(1), True)
    learn(traits, a_fact(2, utm_medium="cpc"), False)
    learn(traits, a_fact(3, utm_source="google", utm_medium="organic"), True)
    assert (traits.utm_source, traits.utm_medium) == ("", "cpc")


def test_the_machines_of_others_say_nothing_about_the_customer() -> None:
    traits = Traits()
    learn(traits, a_fact(1, device_class="desktop", country="IE", locale="en", click_kinds=["gclid"], categories=["mugs"]), False)
    assert columns_of(traits) == ("", "", [], "", [], "", "", ["mugs"])
    learn(traits, a_fact(2, device_class="mobile", country="DE", locale="de", click_kinds=["fbclid"]), True)
    learn(traits, a_fact(3, device_class="desktop", country="FR", locale="fr", click_kinds=["fbclid", "gclid"]), True)
    assert columns_of(traits) == ("", "", ["fbclid", "gclid"], "mobile", ["mobile", "desktop"], "de", "DE", ["mugs"])


def test_lists_end_at_their_limit_so_that_a_long_history_stays_cheap() -> None:
    traits = Traits()
    for n in range(MOST_CATEGORIES + 5):
        learn(traits, a_fact(n, categories=[f"category {n}"], device_class=f"device {n}"), True)
    assert traits.categories == [f"category {n}" for n in range(MOST_CATEGORIES)]
    assert traits.devices == [f"device {n}" for n in range(10)]


def test_categories_are_those_of_the_product_or_of_the_lines() -> None:
    lines = [{"category": "mugs"}, {"product_id": "x"}, {"category": "hats"}, {"category": "mugs"}]
    assert categories_of("product.viewed", {"category": "mugs", "lines": lines}) == ["mugs"]
    assert categories_of("order.placed", {"category": "not a product's", "lines": lines}) == ["mugs", "hats"]
    assert categories_of("ticket.opened", {"category": "complaint"}) == []
    assert categories_of("cart.changed", {"lines": "no list"}) == []


def test_what_is_no_text_is_no_word_and_a_long_one_is_cut() -> None:
    assert words_of([None, "", 3, "a", "a", "b" * 200]) == ["a", "b" * LONGEST_WORD]


def test_a_fact_carries_what_its_event_says() -> None:
    document = {
        "event_id": "0b6f2d0e-8b7a-8f5e-9d0b-1c7a54a5f0aa",
        "event_type": "order.placed",
        "source": "shop",
        "occurred_at": "2026-03-01T10:00:00Z",
        "identities": [{"kind": "anonymous", "value": "c-1"}],
        "context": {"click_ids": {"gclid": "g-1", "fbclid": "f-1"}, "user_agent": PIXEL, "locale": "de-DE", "ip_country": "DE"},
        "payload": {
            "order_id": "O-1",
            "lines": [
                {"line_id": "1", "product_id": "m", "category": "mugs", "quantity": 1, "unit_price": "1"},
                {"line_id": "2", "product_id": "h", "category": "hats", "quantity": 1, "unit_price": "2"},
            ],
            "total": "3",
            "currency": "EUR",
        },
    }
    decoded = validate(document)
    assert isinstance(decoded, Decoded)
    fact = FactBuilder(load_rules(), KEY).build(decoded, Coordinates(0, 0, 0))
    assert (fact.click_kinds, fact.categories, fact.device_class) == (["fbclid", "gclid"], ["mugs", "hats"], "mobile")
    assert (fact.locale, fact.country) == ("de-DE", "DE")
    assert b"g-1" not in fact.context
    assert b"g-1" in fact.personal
