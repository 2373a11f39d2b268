"""Business time: the hours of a calendar as instants, when so many open seconds are over, and how many lie between two instants.

Times are ms UTC. A span of a day is meant in the wall clock of the calendar's zone: on the night when clocks go forward 01:00-04:00 has
two hours, when they go back it has four. A wall time that does not exist is read by the offset before the change, as `zoneinfo` does.
Source: METRICS.md 7, R16, and trap 8 (calendars are built in one place).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from holidays import HolidayBase, country_holidays

from schemas.rulesets.service import Calendar

HORIZON_DAYS = 4_000
"""A deadline is never later than so many days after its start, however few hours are open."""
_EPOCH, _MS, _DAY_MS = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1), 86_400_000
_FIRST_DAY = _EPOCH.toordinal()
Span = tuple[int, int]


class WorkingHours:
    """One calendar, compiled; remembers the days that it was asked for."""

    def __init__(self, calendar: Calendar) -> None:
        self._zone, self._week = ZoneInfo(calendar.timezone), calendar.week
        named = calendar.holidays or ()
        self._closed = frozenset(day for day in named if isinstance(day, date))
        self._holidays = [_holidays(code) for code in named if isinstance(code, str)]
        self._spans: dict[int, tuple[Span, ...]] = {}

    def spans(self, ordinal: int) -> tuple[Span, ...]:
        """The open spans of a local day (`date.toordinal`), sorted; spans that touch or overlap are one."""
        found = self._spans.get(ordinal)
        if found is None:
            self._spans[ordinal] = found = tuple(self._open(date.fromordinal(ordinal)))
        return found

    def _open(self, day: date) -> Iterator[Span]:
        if day in self._closed or any(day in known for known in self._holidays):
            return
        last: Span | None = None
        for first, end in self._week[day.weekday()]:
            span = self._instant(day, first), self._instant(day, end)
            if last is not None and span[0] <= last[1]:
                last = last[0], max(last[1], span[1])
                continue
            if last is not None:
                yield last
            last = span
        if last is not None and last[0] < last[1]:
            yield last

    def _instant(self, day: date, minutes: int) -> int:
        wall = datetime(day.year, day.month, day.day, tzinfo=self._zone) + timedelta(minutes=minutes)
        return (wall.astimezone(UTC) - _EPOCH) // _MS

    def days_from(self, at: int) -> range:
        """Ordinals of the local days from that of an instant on, to the horizon."""
        day = datetime.fromtimestamp(at // 1_000, self._zone).toordinal()
        return range(day, day + HORIZON_DAYS)


def deadline(start: int, seconds: int, hours: WorkingHours) -> int:
    """The instant at which so many open seconds have passed since `start`; from closed hours on they begin at the next opening."""
    left, end = seconds * 1_000, start
    for day in hours.days_from(start):
        for opens, closes in hours.spans(day):
            begin = max(opens, start)
            if left <= closes - begin:
                return begin + left
            left -= max(0, closes - begin)
            end = max(end, closes)
    return end


def business_seconds(start: int, end: int, hours: WorkingHours) -> int:
    """Open seconds between two instants, a part of one cut off; 0 where `end` is not behind `start`."""
    open_ms = 0
    for day in hours.days_from(start):
        spans = hours.spans(day)
        open_ms += sum(max(0, min(closes, end) - max(opens, start)) for opens, closes in spans)
        if (day - _FIRST_DAY) * _DAY_MS > end + 2 * _DAY_MS:
            break
    return open_ms // 1_000


def _holidays(code: str) -> HolidayBase:
    country, _, region = code.partition("-")
    return country_holidays(country, subdiv=region or None)
