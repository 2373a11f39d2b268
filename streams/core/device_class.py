"""The class of a device: as the source says it, else told from the user agent.

The rule is the one that browser makers give for telling phones and tablets ("Mobi" for phones, Android without it for tablets). It stays
in this file, since a row follows from events and rules alone: a library's list of devices changes with each of its versions, and
the same events replayed would give other rows (docs/decisions/0009).
"""

from functools import lru_cache

SAME = {"phone": "mobile", "smartphone": "mobile", "handset": "mobile", "pc": "desktop", "computer": "desktop", "laptop": "desktop"}
"""words of sources for one class; any other word stays as sent, in small letters"""
CLASSES = (
    ("tv", ("smart-tv", "smarttv", "appletv", "hbbtv", "googletv", "android tv", "crkey")),
    ("tablet", ("ipad", "tablet", "kindle", "silk/")),
    ("mobile", ("mobi", "iphone", "ipod")),
    ("tablet", ("android",)),
    ("desktop", ("windows nt", "macintosh", "x11", "cros ")),
)
"""the first that has one of its marks in the user agent, in small letters"""
LONGEST = 512


def device_class(sent: str | None, user_agent: str | None) -> str:
    """`sent` wins; empty where neither tells."""
    if sent:
        return _word(sent)
    return _by_agent(user_agent[:LONGEST]) if user_agent else ""


@lru_cache(maxsize=1024)
def _word(sent: str) -> str:
    lower = sent.strip().lower()
    return SAME.get(lower, lower)


@lru_cache(maxsize=16_384)
def _by_agent(user_agent: str) -> str:
    lower = user_agent.lower()
    return next((name for name, marks in CLASSES if any(mark in lower for mark in marks)), "")
