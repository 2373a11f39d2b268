"""Short words that terminal and page share: for times, pauses, scores, identities. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from deploy.looking.phrases import length
from deploy.looking.story import Identity, Journey, Mark

SIGNS: Final[Mapping[Mark, str]] = {"good": "+", "bad": "-", "own": "o", "theirs": "."}
"""say without colour what the colour says"""
MEANINGS: Final[Mapping[Mark, str]] = {"good": "good", "bad": "bad", "own": "the customer's own act", "theirs": "what others did"}
KINDS: Final = {"anonymous": "cookie", "email": "e-mail", "loyalty": "card", "social": "social name"}
"""kinds of identities as people call them; the others are called by their own names"""
PAUSE_S: Final = 1800
"""a pause longer than this is said; it is the session gap too"""
OF_PERSONS: Final = ("customer_number", "account", "loyalty", "email", "phone", "social", "ticket_requester", "device", "anonymous")
MOST_VALUES: Final = 3


def kind_words(kind: str) -> str:
    return KINDS.get(kind, kind.replace("_", " "))


def known_by(identities: Iterable[Identity]) -> str:
    """How many of each kind, strongest first, with some of the values where there are any; numbers of things are left out."""
    held = [identity for identity in identities if identity.kind in OF_PERSONS]
    parts = []
    for kind, count in sorted(Counter(i.kind for i in held).items(), key=lambda pair: OF_PERSONS.index(pair[0])):
        values = [i.value for i in held if i.kind == kind and i.value and kind not in ("device", "anonymous")]
        shown = f" ({', '.join(values[:MOST_VALUES])}{', ...' if len(values) > MOST_VALUES else ''})" if values else ""
        parts.append(f"{count} {kind_words(kind)}{'s' if count > 1 else ''}{shown}")
    return ", ".join(parts)


def first_seen(identities: Iterable[Identity]) -> Mapping[str, str]:
    """By event id the kinds of the persons' identities that it was the first to show, in words."""
    found: dict[str, set[str]] = {}
    for identity in identities:
        if identity.kind in OF_PERSONS:
            found.setdefault(identity.event_id, set()).add(kind_words(identity.kind))
    return {event: ", ".join(sorted(kinds)) for event, kinds in found.items()}


def pause(before: datetime | None, at: datetime) -> str:
    """ "3 days later"; empty for a short one."""
    seconds = 0.0 if before is None else (at - before).total_seconds()
    return f"{length(seconds)} later" if seconds > PAUSE_S else ""


def score(sentiment: float | None) -> str:
    """With its sign; a dash where nobody can tell."""
    return "-" if sentiment is None else f"{sentiment:+.1f}"


def days(journey: Journey) -> str:
    """From and to, the year once."""
    first, last = journey.opened_at, journey.last_touch_at
    if first.date() == last.date():
        return f"{first:%d %b %Y}"
    return f"{first:%d %b %Y} to {last:%d %b %Y}" if first.year != last.year else f"{first:%d %b} to {last:%d %b %Y}"


def facts(journey: Journey) -> list[str]:
    """What a heading says about a journey."""
    broken = journey.first_sentiment is not None and journey.last_sentiment is not None and journey.last_sentiment < journey.first_sentiment
    return [
        plural(journey.touchpoints, "touchpoint"),
        plural(journey.sessions, "session"),
        plural(journey.orders, "order"),
        *([f"{journey.net:.2f} {journey.currency} net"] if journey.currency else []),
        *([plural(journey.handovers, "hand-over")] if journey.handovers else []),
        *([plural(journey.bad, "bad experience")] if journey.bad else []),
        *([f"sentiment {score(journey.first_sentiment)} to {score(journey.last_sentiment)}"] if journey.last_sentiment is not None else []),
        *(["ends below its start"] if broken else []),
        *([f"campaign {journey.campaign}"] if journey.campaign else []),
        *([f"corrected {times(journey.revision)}"] if journey.revision else []),
        journey.state,
    ]


def plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
