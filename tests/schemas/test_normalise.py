"""One spelling for one meaning, and a refusal that tells kind and remedy."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import normalise
from schemas.errors import ValueRefused


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-01T09:30:00Z", "2026-03-01T09:30:00.000Z"),
        ("2026-03-01T10:30:00+01:00", "2026-03-01T09:30:00.000Z"),
        ("2026-03-01 09:30:00.123999+00:00", "2026-03-01T09:30:00.123Z"),
        ("20260301T093000Z", "2026-03-01T09:30:00.000Z"),
        ("0033-04-03T15:00:00Z", "0033-04-03T15:00:00.000Z"),
    ],
)
def test_times_come_out_in_utc_cut_to_milliseconds(written: str, meant: str) -> None:
    assert normalise.moment_text(normalise.moment(written)) == meant


@pytest.mark.parametrize(
    "written",
    ["2026-03-01T09:30:00", "2026-03-01", "yesterday", "", 1_772_357_400, 1.5, None, True, [], datetime.fromisoformat("2026-03-01")],
)
def test_a_time_without_an_offset_or_of_another_kind_is_refused(written: object) -> None:
    with pytest.raises(ValueRefused, match="offset"):
        normalise.moment(written)


@given(
    st.datetimes(min_value=datetime.fromisoformat("0002-01-01"), max_value=datetime.fromisoformat("9998-01-01")),
    st.integers(-14 * 60, 14 * 60),
)
def test_a_time_means_the_same_instant_whatever_its_offset(instant: datetime, minutes: int) -> None:
    there = instant.replace(tzinfo=UTC).astimezone(timezone(timedelta(minutes=minutes)))
    back = normalise.moment(there.isoformat())
    assert timedelta(0) <= there - back < timedelta(milliseconds=1)
    assert normalise.moment(normalise.moment_text(back)) == back


@pytest.mark.parametrize(
    ("written", "meant"), [("19.90", "19.90"), ("-3", "-3"), (7, "7"), (Decimal("1E+3"), "1000"), ("0.000001", "0.000001")]
)
def test_money_is_exact(written: Any, meant: str) -> None:
    assert format(normalise.money(written), "f") == meant


@pytest.mark.parametrize(
    "written", ["", "1e3", "NaN", "Infinity", "1,50", " 1", "1_000", "١", "1.1234567", "123456789012345", 1.5, True, None, {}]
)
def test_what_is_no_amount_is_refused_and_not_repeated(written: object) -> None:
    with pytest.raises(ValueRefused) as refusal:
        normalise.money(written)
    assert "decimal string" in refusal.value.remedy


def test_currencies_countries_and_languages_have_one_spelling() -> None:
    assert (normalise.currency(" eur"), normalise.country("de"), normalise.language("zh_hant_tw")) == ("EUR", "DE", "zh-Hant-TW")


@pytest.mark.parametrize("wrong", ["EURO", "", "E1R", "€"])
def test_what_is_no_currency_is_refused(wrong: str) -> None:
    with pytest.raises(ValueRefused, match="ISO 4217"):
        normalise.currency(wrong)


@pytest.mark.parametrize("wrong", ["Germany", "ZZ", "EU", "", "276"])
def test_what_is_no_country_is_refused(wrong: str) -> None:
    with pytest.raises(ValueRefused, match="ISO 3166"):
        normalise.country(wrong)


@pytest.mark.parametrize("wrong", ["german!", "", "1", "en--us"])
def test_what_is_no_language_is_refused(wrong: str) -> None:
    with pytest.raises(ValueRefused, match="BCP 47"):
        normalise.language(wrong)


def test_minor_digits_follow_the_currency() -> None:
    assert [normalise.minor_digits(code) for code in ("EUR", "JPY", "KWD")] == [2, 0, 3]
