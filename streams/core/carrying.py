"""Carrying over: what a later state becomes where only the history before it changed.

Two courses of one history that stand at the same fact and go on alike (`go_on_alike`) differ in sums, firsts, extremes and lists alone.
What the facts behind that point added is then known from the old course, there and later, and is added to the new one: sums by their
difference, firsts by who came first, lists by what is new in them. Where that cannot be told, `carried` says so, and the history is told
on instead.
"""

from collections.abc import Iterable

from streams.core.payloads import LARGEST
from streams.core.rulebook import Rulebook
from streams.core.state import OpenJourney, State, Totals, Traits, copy_state
from streams.core.traits import MOST_CATEGORIES, MOST_CLICK_KINDS, MOST_DEVICES

_COUNTS = (
    "touchpoint_count", "session_count", "order_count", "ticket_count", "call_count", "return_count", "bad_count", "other_currency_count"
)  # fmt: skip
_MONEY = ("gross", "cancelled", "returned")


class Untold(Exception):
    """What the facts behind the point added cannot be told from the states."""


def go_on_alike(old: State, new: State) -> bool:
    """Whether the facts that follow get the same sessions, journeys and stages on both. What else they are judged by, `carried` looks at:
    what was felt, the last channel and owner, the currency, what came first.
    """
    a, b = old.journey, new.journey
    if a is None or b is None:
        same_journey = a is b
    else:
        same_journey = (a.journey_id, a.last_touch_at) == (b.journey_id, b.last_touch_at)
    return same_journey and old.session == new.session and old.context == new.context


def carried(old: State, new: State, later: State, rulebook: Rulebook) -> State | None:
    """The later state of the old course as one of the new course; None where only the facts can tell."""
    found = copy_state(later)
    found.corrections = new.corrections
    felt = later.totals.felt_count - old.totals.felt_count
    try:
        if old.watch != new.watch:
            if felt or later.totals.order_count != old.totals.order_count:
                raise Untold
            found.watch = copy_state(new).watch
        _totals(old.totals, new.totals, found.totals)
        a, b, z = old.journey, new.journey, found.journey
        if a is not None and b is not None and z is not None and a != b and z.journey_id == b.journey_id:
            _journey(a, b, z, bool(felt), rulebook)
    except Untold:
        return None
    return found


def _totals(a: Totals, b: Totals, z: Totals) -> None:
    if a == b:
        return
    _add(a, b, z, (*_COUNTS, "journey_count", "felt_count"))
    _money(a, b, z)
    _first(a, b, z, ("first_channel", ""), ("first_order_at", None))
    _same(a, b, "last_channel", "last_order_at", "last_seen_at")
    if not (a.touchpoint_count and b.touchpoint_count):
        raise Untold
    z.first_seen_at = b.first_seen_at
    z.strongest = int(_least(a.strongest, b.strongest, z.strongest) or 0)


def _journey(a: OpenJourney, b: OpenJourney, z: OpenJourney, felt: bool, rulebook: Rulebook) -> None:
    if not (a.act_count and b.act_count):
        raise Untold
    _same(a, b, "last_event_id", "last_channel", "last_stage", "last_owner", "path_last")
    _felt(a, b, z) if felt else _unfelt(b, z)
    _add(a, b, z, (*_COUNTS, "act_count", "handover_count", "repeat_contact_count", "effort_total", "effort_count"))
    _money(a, b, z)
    z.opened_at, z.first_event_id, z.first_channel = b.opened_at, b.first_event_id, b.first_channel
    _first(a, b, z, ("campaign", ""))
    z.channels = _gathered(a.channels, b.channels, z.channels)
    z.stages = _gathered(a.stages, b.stages, z.stages)
    z.owners = _gathered(a.owners, b.owners, z.owners)
    _path(a, b, z, rulebook)
    _traits(a.traits, b.traits, z.traits)


def _felt(a: OpenJourney, b: OpenJourney, z: OpenJourney) -> None:
    """What the customer felt behind the point was compared with what was felt first, and may have ended a streak."""
    _same(a, b, "first_sentiment", "last_sentiment", "bad_streak")
    z.worst_sentiment = _least(a.worst_sentiment, b.worst_sentiment, z.worst_sentiment)
    z.best_sentiment = _greatest(a.best_sentiment, b.best_sentiment, z.best_sentiment)
    z.longest_bad_streak = int(_greatest(a.longest_bad_streak, b.longest_bad_streak, z.longest_bad_streak) or 0)


def _unfelt(b: OpenJourney, z: OpenJourney) -> None:
    """Nothing was felt behind the point: it stays as it was there."""
    for name in ("first_sentiment", "last_sentiment", "bad_streak", "worst_sentiment", "best_sentiment", "longest_bad_streak"):
        setattr(z, name, getattr(b, name))


def _traits(a: Traits, b: Traits, z: Traits) -> None:
    was, now = (a.utm_source, a.utm_medium), (b.utm_source, b.utm_medium)
    if was != now:
        if now == ("", ""):
            raise Untold
        z.utm_source, z.utm_medium = now
    _first(a, b, z, ("locale", ""), ("country", ""))
    z.click_kinds = _gathered(a.click_kinds, b.click_kinds, z.click_kinds, MOST_CLICK_KINDS)
    z.devices = _gathered(a.devices, b.devices, z.devices, MOST_DEVICES)
    z.categories = _gathered(a.categories, b.categories, z.categories, MOST_CATEGORIES)


def _add(a: object, b: object, z: object, names: Iterable[str]) -> None:
    for name in names:
        setattr(z, name, getattr(z, name) + getattr(b, name) - getattr(a, name))


def _money(a: OpenJourney | Totals, b: OpenJourney | Totals, z: OpenJourney | Totals) -> None:
    """Sums of the first currency met. A sum at the limit of its column tells nothing of what was added.

    One that was at the limit in between and fell again is not seen: that takes 10 to the 14th of a currency in one journey.
    """
    if a.currency != b.currency:
        raise Untold
    if all(getattr(a, name) == getattr(b, name) for name in _MONEY):
        return
    _add(a, b, z, _MONEY)
    if any(abs(getattr(state, name)) >= LARGEST for state in (a, b, z) for name in _MONEY):
        raise Untold


def _first(a: object, b: object, z: object, *names: tuple[str, object]) -> None:
    """Of each, with its value before it is set, the first that was set."""
    for name, unset in names:
        was, now = getattr(a, name), getattr(b, name)
        if was != now:
            if now == unset:
                raise Untold
            setattr(z, name, now)


def _same(a: object, b: object, *names: str) -> None:
    """What only the facts behind the point could tell, unless it is equal at the point."""
    if any(getattr(a, name) != getattr(b, name) for name in names):
        raise Untold


def _least(was: float | None, now: float | None, later: float | None) -> float | None:
    if was == now:
        return later
    if later is None:
        return now
    if now is not None and (was is None or now < was):
        return min(now, later)
    if was is not None and later < was:
        return later
    raise Untold


def _greatest(was: float | None, now: float | None, later: float | None) -> float | None:
    least = _least(_negative(was), _negative(now), _negative(later))
    return _negative(least)


def _negative(value: float | None) -> float | None:
    return None if value is None else -value


def _gathered(was: list[str], now: list[str], later: list[str], most: int | None = None) -> list[str]:
    """Words in the order of their first appearance, at most so many."""
    if was == now:
        return later
    if not set(was) <= set(now) or (most is not None and len(later) + len(now) - len(was) >= most):
        raise Untold
    return now + [word for word in later[len(was) :] if word not in now]


def _path(a: OpenJourney, b: OpenJourney, z: OpenJourney, rulebook: Rulebook) -> None:
    """Head and tail of the steps: those of `b`, then those that came after `a`, as far as the head and tail of `z` still have them."""
    if (a.path_head, a.path_tail, a.path_length) == (b.path_head, b.path_tail, b.path_length):
        return
    added, words = z.path_length - a.path_length, z.path_head + z.path_tail
    is_whole = len(words) == z.path_length
    to_head = min(added, rulebook.path_first - len(b.path_head))
    first = (words if is_whole else z.path_head)[a.path_length :]
    if len(first) < to_head:
        raise Untold
    to_tail = added - to_head
    if not is_whole and min(to_tail, rulebook.path_last) > len(z.path_tail):
        raise Untold
    last = words[z.path_length - to_tail :] if is_whole else z.path_tail[max(0, len(z.path_tail) - to_tail) :]
    z.path_head = b.path_head + first[:to_head]
    z.path_tail = (b.path_tail + last)[max(0, len(b.path_tail) + len(last) - rulebook.path_last) :]
    z.path_length = b.path_length + added
