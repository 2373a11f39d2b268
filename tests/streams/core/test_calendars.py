"""Business time: examples with known answers, and what holds for every calendar."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.rulesets.service import Calendar
from streams.core.calendars import WorkingHours, business_seconds, deadline

OFFICE = {"mon-fri": ["09:00-18:00"]}


def hours(zone: str = "UTC", open_at: dict[str, Any] | None = None, holidays: Any = None) -> WorkingHours:
    return WorkingHours(Calendar.model_validate({"timezone": zone, "hours": open_at or OFFICE, "holidays": holidays}))


def ms(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def test_the_golden_example_of_the_metrics() -> None:
    """METRICS.md, G04: created Friday 17:30 in Tokyo, answered on Monday 10:15: 105 minutes of business time."""
    tokyo = hours("Asia/Tokyo")
    friday, monday = ms("2026-03-06T17:30", "Asia/Tokyo"), ms("2026-03-09T10:15", "Asia/Tokyo")
    assert business_seconds(friday, monday, tokyo) == 105 * 60
    assert deadline(friday, 105 * 60, tokyo) == monday


@pytest.mark.parametrize(
    ("start", "seconds", "due"),
    [
        ("2026-03-02T09:00", 3_600, "2026-03-02T10:00"),
        ("2026-03-02T17:30", 3_600, "2026-03-03T09:30"),
        ("2026-03-02T17:00", 3_600, "2026-03-02T18:00"),
        ("2026-03-02T18:00", 1, "2026-03-03T09:00:01"),
        ("2026-03-06T18:00", 3_600, "2026-03-09T10:00"),
        ("2026-03-07T12:00", 9 * 3_600, "2026-03-09T18:00"),
        ("2026-03-02T10:00", 48 * 3_600, "2026-03-09T13:00"),
    ],
)
def test_time_stands_still_at_night_and_at_weekends(start: str, seconds: int, due: str) -> None:
    assert deadline(ms(start), seconds, hours()) == ms(due)


@pytest.mark.parametrize(
    ("holidays", "due"),
    [
        (None, "2026-05-01T10:00"),
        ("DE", "2026-05-04T10:00"),
        (["DE-BE", date(2026, 5, 4)], "2026-05-05T10:00"),
        ([date(2026, 5, 1)], "2026-05-04T10:00"),
    ],
)
def test_on_holidays_nobody_works(holidays: Any, due: str) -> None:
    berlin = hours("Europe/Berlin", holidays=holidays)
    assert deadline(ms("2026-04-30T18:00", "Europe/Berlin"), 3_600, berlin) == ms(due, "Europe/Berlin")


@pytest.mark.parametrize(("day", "open_hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_on_which_clocks_change_has_another_length(day: str, open_hours: int) -> None:
    always = hours("Europe/Berlin", {"mon-sun": ["00:00-24:00"]})
    midnight = ms(f"{day}T00:00", "Europe/Berlin")
    assert business_seconds(midnight, midnight + 26 * 3_600_000, always) == 26 * 3_600
    assert sum(closes - opens for opens, closes in always.spans(date.fromisoformat(day).toordinal())) == open_hours * 3_600_000


def test_split_shifts_and_spans_that_overlap_are_counted_once() -> None:
    split = hours(open_at={"mon": ["09:00-12:00", "11:00-12:30", "14:00-18:00"]})
    assert business_seconds(ms("2026-03-02T00:00"), ms("2026-03-03T00:00"), split) == 7.5 * 3_600
    assert deadline(ms("2026-03-02T12:00"), 3_600, split) == ms("2026-03-02T14:30")


def test_a_calendar_that_is_hardly_ever_open_still_has_an_end() -> None:
    rare = hours(open_at={"sun": ["00:00-00:01"]})
    start = ms("2026-03-02T00:00")
    assert start < deadline(start, 315_360_000, rare) <= start + 4_001 * 86_400_000


ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo"])
SPANS = st.tuples(st.integers(0, 23), st.integers(1, 24)).filter(lambda s: s[0] < s[1]).map(lambda s: f"{s[0]:02}:00-{s[1]:02}:00")
WEEKS = st.dictionaries(st.sampled_from(["mon-fri", "sat", "sun", "wed-sun"]), st.lists(SPANS, min_size=1, max_size=3), min_size=1)
INSTANTS = st.integers(1_420_070_400, 2_051_222_400).map(lambda s: s * 1000)
SECONDS = st.integers(1, 40 * 3_600)


@given(ZONES, WEEKS, INSTANTS, SECONDS)
def test_until_the_deadline_just_so_many_seconds_are_open(zone: str, week: dict[str, Any], start: int, seconds: int) -> None:
    calendar = hours(zone, week, "US")
    due = deadline(start, seconds, calendar)
    assert business_seconds(start, due, calendar) == seconds
    assert business_seconds(start, due - 1, calendar) == seconds - 1, "and not a moment before"


@given(ZONES, WEEKS, INSTANTS, SECONDS, SECONDS)
def test_a_longer_promise_is_never_due_before_a_shorter_one(zone: str, week: dict[str, Any], start: int, one: int, more: int) -> None:
    calendar = hours(zone, week)
    assert deadline(start, one, calendar) < deadline(start, one + more, calendar)
    assert deadline(deadline(start, one, calendar), more, calendar) == deadline(start, one + more, calendar)


@given(ZONES, WEEKS, INSTANTS, st.integers(0, 90 * 86_400))
def test_open_time_is_never_more_than_all_time_and_is_the_sum_of_the_open_spans(
    zone: str, week: dict[str, Any], start: int, length: int
) -> None:
    calendar, end = hours(zone, week), start + length * 1000
    found = business_seconds(start, end, calendar)
    assert 0 <= found <= length
    days = [datetime.fromtimestamp(start / 1000, UTC).date() + timedelta(days=n) for n in range(-2, length // 86_400 + 4)]
    spans = [span for day in days for span in calendar.spans(day.toordinal())]
    assert found == sum(max(0, min(b, end) - max(a, start)) for a, b in spans) // 1000
