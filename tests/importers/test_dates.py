"""Days as typed and as stored."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.columns import Fault
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
    "{0:%B %d, %Y}",
    "{0:%a %d/%m/%Y}",
    "{0:%d %B, %Y}, 9:05 pm",
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
    ["31/02/2025", "29/02/2025", "2025-13-01", "tomorrow", "31/03", "Q1", "1/2-2025", "31 Smarch 2025", "20250331",
     "", "0", 0, -5, 12.5, 2025, 99_999.0, True, time(9, 30), timedelta(days=2), 1e300],
)  # fmt: skip
def test_what_is_no_day_is_a_fault(typed: str | float | time | timedelta) -> None:
    assert read_day(typed, dates_1904=False) == Fault("not_a_date")


@pytest.mark.parametrize("typed", ["03/31/2025", "3-31-25", "03.31.2025 00:00", "12/13/2025"])
def test_what_can_only_be_month_first_is_a_fault_of_its_own(typed: str) -> None:
    assert read_day(typed, dates_1904=False) == Fault("month_first")


@given(day=DAYS)
def test_day_first_is_never_read_month_first(day: date) -> None:
    assert read_day(f"{day:%m/%d/%Y}", dates_1904=False) in (
        (date(day.year, day.day, day.month),) if day.day <= 12 else (Fault("month_first"),)
    )


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2025-03-31T00:00:00", date(2025, 3, 31)),
        ("2025-07-31T23:00:00Z", date(2025, 8, 1)),
        ("2025-07-31T00:00:00.000+01:00", date(2025, 7, 31)),
        ("2025-01-31T23:59:59Z", date(2025, 1, 31)),
        ("31/03/2025 12:00:00 AM", date(2025, 3, 31)),
        ("\uff13\uff11/\uff10\uff13/\uff12\uff10\uff12\uff15", date(2025, 3, 31)),
        ("'31/03/2025", date(2025, 3, 31)),
        ("Monday 31st of March 2025", date(2025, 3, 31)),
        ("March 31, 2025", date(2025, 3, 31)),
        ("45747.5", date(2025, 3, 31)),
        ("31 - 03 - 2025", None),
        ("2025-07-31T25:00:00Z", None),
        ("March 2025", None),
        ("Mar-25", None),
    ],
)
def test_days_as_programs_and_people_write_them(typed: str, day: date | None) -> None:
    assert read_day(typed, dates_1904=False) == (day or Fault("not_a_date"))


def test_a_date_with_a_time_is_its_day() -> None:
    assert read_day(datetime(2025, 3, 31, 23, 59), dates_1904=False) == date(2025, 3, 31)  # noqa: DTZ001  a cell has no zone
