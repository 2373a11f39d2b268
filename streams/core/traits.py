"""By what a session or journey can be segmented beside its channels: campaign medium, click ids, devices, locale, country, categories.

One rule for each, stated in the comments of the columns (`schemas.tables`): what the customer's own machine says comes from acts of the
customer; utm_source and utm_medium come from one touchpoint, so that they never mix two campaigns; lists keep the order of first
appearance and end at a limit, so that the state of a long history stays small.
"""

from collections.abc import Iterable

from schemas.facts import Fact
from streams.core.state import Traits

MOST_CATEGORIES, MOST_CLICK_KINDS, MOST_DEVICES = 50, 20, 10
LONGEST_WORD = 100
"""characters of a category or of a click id's name that are kept"""


def learn(traits: Traits, fact: Fact, act: bool) -> None:
    """Takes in what the touchpoint says; who wants acts alone calls it for acts alone."""
    if not (traits.utm_source or traits.utm_medium):
        traits.utm_source, traits.utm_medium = fact.utm_source, fact.utm_medium
    if fact.categories:
        _gather(traits.categories, fact.categories, MOST_CATEGORIES)
    if not act:
        return
    if fact.click_kinds:
        _gather(traits.click_kinds, fact.click_kinds, MOST_CLICK_KINDS)
    device = fact.device_class
    if device and device not in traits.devices and len(traits.devices) < MOST_DEVICES:
        traits.devices.append(device)
    traits.locale = traits.locale or fact.locale
    traits.country = traits.country or fact.country


def _gather(words: list[str], more: Iterable[str], most: int) -> None:
    for word in more:
        if word not in words and len(words) < most:
            words.append(word)


def columns_of(t: Traits) -> tuple[str, str, list[str], str, list[str], str, str, list[str]]:
    """utm_source, utm_medium, click_kinds, device_class, device_classes, locale, country, categories: as `TRAITS` lists them."""
    return (
        t.utm_source, t.utm_medium, t.click_kinds.copy(), t.devices[0] if t.devices else "", t.devices.copy(), t.locale, t.country,
        t.categories.copy(),
    )  # fmt: skip


def categories_of(event_type: str, payload: dict[str, object]) -> list[str]:
    """Product categories that a payload names, each once, in its order: of the product viewed, else of the lines."""
    if event_type == "product.viewed":
        return words_of([payload.get("category")])
    lines = payload.get("lines")
    return words_of([line.get("category") for line in lines if isinstance(line, dict)]) if isinstance(lines, list) else []


def words_of(values: Iterable[object]) -> list[str]:
    """The texts among them that are not empty, cut, each once."""
    return list(dict.fromkeys(value[:LONGEST_WORD] for value in values if isinstance(value, str) and value))
