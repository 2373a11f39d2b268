"""By what touchpoints, sessions and journeys can be segmented beside channel and campaign.

Taken here: the device is what the source says, phones under one name, else what the user agent shows; a journey's medium comes from
whoever acted, its devices, click ids, place and language from the customer's own acts; lists end at 20, 10 and 50 entries.
"""

from collections.abc import Callable, Iterable
from itertools import chain, islice
from typing import Any

from tests.reference.touches import Touch

Row = dict[str, Any]
PHONES, COMPUTERS = ("phone", "smartphone", "handset", "mobile"), ("pc", "computer", "laptop", "desktop")


def touch_traits(touch: Touch) -> Row:
    """Columns of `touchpoints`."""
    return {
        "utm_source": _utm(touch, "utm_source"),
        "utm_medium": _utm(touch, "utm_medium"),
        "click_kinds": click_kinds(touch),
        "device_class": device(touch),
        "locale": _context(touch, "locale"),
        "country": _context(touch, "ip_country"),
        "categories": categories(touch),
    }


def traits_of(touches: Iterable[Touch]) -> Row:
    """Columns of `sessions`, given its acts, and of `journeys`, given all its touchpoints."""
    everything = list(touches)
    acts = [touch for touch in everything if touch.is_act]
    source, medium = next(filter(any, map(_medium, everything)), ("", ""))
    devices = _each(([device(t)] for t in acts), 10)
    return {
        "utm_source": source,
        "utm_medium": medium,
        "click_kinds": _each(map(click_kinds, acts), 20),
        "device_class": devices[0] if devices else "",
        "device_classes": devices,
        "locale": _first(acts, lambda t: _context(t, "locale")),
        "country": _first(acts, lambda t: _context(t, "ip_country")),
        "categories": _each(map(categories, everything), 50),
    }


def click_kinds(touch: Touch) -> list[str]:
    context = touch.content.event.context
    return sorted((context.click_ids or {}) if context else {})


def categories(touch: Touch) -> list[str]:
    """Of the product viewed, else of the lines."""
    payload = touch.content.document["payload"]
    named = [payload] if touch.event_type == "product.viewed" else payload.get("lines", [])
    return list(dict.fromkeys(line["category"] for line in named if line.get("category")))


def device(touch: Touch) -> str:
    sent = _context(touch, "device").lower()
    if sent:
        return "mobile" if sent in PHONES else "desktop" if sent in COMPUTERS else sent
    return _shown(_context(touch, "user_agent").lower())


def _shown(agent: str) -> str:
    """By a user agent in small letters."""
    if "tv" in agent:
        return "tv"
    if "ipad" in agent or "tablet" in agent or ("android" in agent and "mobi" not in agent):
        return "tablet"
    if "mobi" in agent or "iphone" in agent:
        return "mobile"
    return "desktop" if any(system in agent for system in ("windows nt", "macintosh", "x11")) else ""


def _context(touch: Touch, field: str) -> str:
    context = touch.content.event.context
    return str(getattr(context, field, None) or "")


def _utm(touch: Touch, field: str) -> str:
    context = touch.content.event.context
    campaign = context.campaign if context else None
    return str(getattr(campaign, field, None) or "")


def _medium(touch: Touch) -> tuple[str, str]:
    return _utm(touch, "utm_source"), _utm(touch, "utm_medium")


def _first(touches: Iterable[Touch], read: Callable[[Touch], str]) -> str:
    return next(filter(None, map(read, touches)), "")


def _each(lists: Iterable[list[str]], most: int) -> list[str]:
    """Every word once, in order of first appearance."""
    return list(islice(dict.fromkeys(word for word in chain.from_iterable(lists) if word), most))
