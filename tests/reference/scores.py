"""What a journey leaves behind: peak and end, whether it ends below its start, its longest row of bad experiences.

Taken here: the end is the last act of the customer that has a score, the peak whatever was felt most strongly, whoever acted; a row of bad
experiences is counted inside the journey and ended by a score above 0 alone.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any
from uuid import UUID

from tests.reference.journeys import Journey
from tests.reference.rules import RULES
from tests.reference.touches import Touch

Row = dict[str, Any]
BROKEN_AT_MOST: float = RULES["alerts"]["promise_broken"]["delta_at_most"]


def scores_of(journey: Journey, bad: set[UUID], repeats: set[UUID]) -> Row:
    """Columns of `journeys`."""
    every = [t.sentiment for t in journey.touches if t.sentiment is not None]
    felt = [t.sentiment for t in journey.acts if t.sentiment is not None]
    peak = max(every, key=lambda score: (abs(score), -score), default=None)
    change = felt[-1] - felt[0] if felt else None
    return {
        "peak_sentiment": peak,
        "peak_end": (peak + felt[-1]) / 2 if peak is not None and felt else None,
        "sentiment_change": change,
        "is_promise_broken": change is not None and change <= BROKEN_AT_MOST,
        "bad_count": sum(t.event_id in bad for t in journey.touches),
        "longest_bad_streak": longest_streak(journey.touches, bad),
        "repeat_contact_count": sum(t.event_id in repeats for t in journey.touches),
    }


def longest_streak(touches: Iterable[Touch], bad: set[UUID]) -> int:
    """Neutral touchpoints are passed over, so what is left is bad or good."""
    marks = ["bad" if t.event_id in bad else "good" for t in touches if t.event_id in bad or (t.sentiment or 0) > 0]
    return max((len(list(row)) for mark, row in groupby(marks) if mark == "bad"), default=0)
