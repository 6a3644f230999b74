"""Days as typed and as stored."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.dates import read_day

DAYS = st.dates(date(2000, 1, 1), date(2098, 12, 31))
FORMS = (
    "{0.day:02d}/{0.month:02d}/{0.year}",
    "{0.day}/{0.month}/{0.year}",
    "{0.day}-{0.month}-{0.year}",
    "{0.day:02d}.{0.month:02d}.{0.year}",
    "{0:%d/%m/%y}",
    "{0:%Y-%m-%d}",
    "{0:%Y/%m/%d}",
    "{0:%d %B %Y}",
    "{0:%d-%b-%y}",
    "{0:%A, %d %B %Y}",
    "{0.day}th {0:%b %Y}",
    "{0:%d/%m/%Y} 00:00:00",
    "{0:%Y-%m-%d}T09:30",
    "\u00a0{0:%d %b %Y} ",
    "{0:%d\u00a0%B\u00a0%Y}",
)


@given(day=DAYS, form=st.sampled_from(FORMS))
def test_every_way_of_writing_a_day_is_that_day(day: date, form: str) -> None:
    assert read_day(form.format(day), dates_1904=False) == day
    assert read_day(form.format(day).upper(), dates_1904=False) == day


@given(day=DAYS, hour=st.floats(0, 0.99))
def test_serial_numbers_count_from_1900_or_1904(day: date, hour: float) -> None:
    assert read_day((day - date(1899, 12, 30)).days + hour, dates_1904=False) == day
    if day.year < 2080:
        assert read_day(float((day - date(1904, 1, 1)).days), dates_1904=True) == day
        assert read_day(str((day - date(1904, 1, 1)).days), dates_1904=True) == day


@pytest.mark.parametrize(
    "typed",
    ["03/31/2025", "31/02/2025", "29/02/2025", "2025-13-01", "tomorrow", "31/03", "Q1", "1/2-2025", "31 Smarch 2025", "20250331",
     "", "0", 0, -5, 12.5, 2025, 99_999.0, True, time(9, 30), timedelta(days=2), 1e300],
)  # fmt: skip
def test_what_is_no_day_is_none(typed: str | float | time | timedelta) -> None:
    assert read_day(typed, dates_1904=False) is None


def test_a_date_with_a_time_is_its_day() -> None:
    assert read_day(datetime(2025, 3, 31, 23, 59), dates_1904=False) == date(2025, 3, 31)  # noqa: DTZ001  a cell has no zone
