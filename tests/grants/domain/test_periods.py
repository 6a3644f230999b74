"""Years, quarters and months around their edges, London's clock on the days it changes, and working days."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grants.domain.errors import Invalid
from grants.domain.periods import (
    FIRST_YEAR,
    LAST_YEAR,
    Period,
    add_working_days,
    is_working_day,
    london_day,
    month_of,
    parse_period,
    parse_year,
    quarter_of,
    show_day,
    show_instant,
    year_of,
)

DAYS = st.dates(date(FIRST_YEAR, 4, 1), date(LAST_YEAR + 1, 3, 31))
PERIODS = st.builds(
    lambda start, part: Period(start, **part),
    st.integers(FIRST_YEAR, LAST_YEAR),
    st.one_of(
        st.just({}),
        st.fixed_dictionaries({"quarter": st.integers(1, 4)}),
        st.fixed_dictionaries({"month": st.integers(1, 12)}),
    ),
)


@given(DAYS)
@example(date(2025, 3, 31))
@example(date(2025, 4, 1))
@example(date(2024, 2, 29))
def test_a_day_lies_in_one_month_of_one_quarter_of_one_year(day: date) -> None:
    year, quarter, month = year_of(day), quarter_of(day), month_of(day)
    for period in (year, quarter, month):
        assert period.contains(day)
        assert period.year == year
    assert year.first <= quarter.first <= month.first <= day <= month.last <= quarter.last <= year.last
    assert [Period(year.start_year, quarter=n).contains(day) for n in range(1, 5)].count(True) == 1
    assert [Period(year.start_year, month=n).contains(day) for n in range(1, 13)].count(True) == 1
    assert (year.first.month, year.first.day, year.last.month, year.last.day) == (4, 1, 3, 31)


@given(PERIODS)
def test_a_period_is_named_and_read_back(period: Period) -> None:
    assert parse_period(period.code) == period
    assert parse_period(period.year.code) == period.year
    assert period.first <= period.last


@given(PERIODS)
def test_periods_follow_without_gap_or_overlap(period: Period) -> None:
    try:
        following = period.next()
    except Invalid:
        assert period.last == date(LAST_YEAR + 1, 3, 31)
        return
    assert following.first == period.last + timedelta(days=1)
    assert (bool(following.quarter), bool(following.month)) == (bool(period.quarter), bool(period.month))


@given(PERIODS)
def test_the_quarters_left_are_those_that_begin_later(period: Period) -> None:
    left = period.quarters_left()
    assert all(quarter.year == period.year and quarter.first > period.last for quarter in left)
    assert len(left) == sum(Period(period.start_year, quarter=n).first > period.last for n in range(1, 5))


def test_the_last_day_of_a_year_and_the_first_of_the_next() -> None:
    assert year_of(date(2025, 3, 31)).code == "2024-25"
    assert quarter_of(date(2025, 3, 31)).code == "2024-25-Q4"
    assert month_of(date(2025, 3, 31)).code == "2024-25-P12"
    assert year_of(date(2025, 4, 1)).code == "2025-26"
    assert quarter_of(date(2025, 4, 1)).code == "2025-26-Q1"
    assert month_of(date(2025, 4, 1)).code == "2025-26-P01"
    assert parse_year("2098-99").last.year == LAST_YEAR + 1


@pytest.mark.parametrize(
    ("code", "label", "first", "last"),
    [
        ("2025-26", "2025 to 2026", date(2025, 4, 1), date(2026, 3, 31)),
        ("2025-26-Q1", "Quarter 1, April to June 2025", date(2025, 4, 1), date(2025, 6, 30)),
        ("2025-26-Q3", "Quarter 3, October to December 2025", date(2025, 10, 1), date(2025, 12, 31)),
        ("2025-26-Q4", "Quarter 4, January to March 2026", date(2026, 1, 1), date(2026, 3, 31)),
        ("2025-26-P01", "April 2025", date(2025, 4, 1), date(2025, 4, 30)),
        ("2025-26-P09", "December 2025", date(2025, 12, 1), date(2025, 12, 31)),
        ("2025-26-P10", "January 2026", date(2026, 1, 1), date(2026, 1, 31)),
        ("2023-24-P11", "February 2024", date(2024, 2, 1), date(2024, 2, 29)),
        ("2009-10", "2009 to 2010", date(2009, 4, 1), date(2010, 3, 31)),
    ],
)
def test_periods_have_labels_and_edges(code: str, label: str, first: date, last: date) -> None:
    period = parse_period(code)
    assert (period.label, period.first, period.last) == (label, first, last)


@pytest.mark.parametrize(
    "code",
    [
        "", "2025", "2025-27", "2025-25", "2025-2026", "25-26", "2025/26", "2025-26 ", " 2025-26", "2025-26\n", "2025–26", "٢٠٢٥-٢٦",
        "2025-26-Q0", "2025-26-Q5", "2025-26-q1", "2025-26-Q01", "2025-26-P0", "2025-26-P00", "2025-26-P13", "2025-26-P1", "2025-26-",
        "2025-27-Q1", "2025-26-Q1\n", "2025-26-Q1-P01", "Q1", "1999-00", "2099-00", "9999-00", "0000-01", "2025-26-Q²",
    ],
)  # fmt: skip
def test_anything_else_is_no_period(code: str) -> None:
    with pytest.raises(Invalid):
        parse_period(code)
    with pytest.raises(Invalid):
        parse_year(code)


@given(st.text(alphabet="0123456789-QPq \n", max_size=12))
def test_only_a_periods_own_code_is_read_as_it(code: str) -> None:
    try:
        period = parse_period(code)
    except Invalid:
        return
    assert period.code == code


def test_a_year_takes_no_quarter() -> None:
    with pytest.raises(Invalid):
        parse_year("2025-26-Q1")


@pytest.mark.parametrize(("quarter", "month"), [(5, 0), (-1, 0), (0, 13), (0, -1), (1, 1)])
def test_no_period_is_made_that_no_calendar_has(quarter: int, month: int) -> None:
    with pytest.raises(Invalid):
        Period(2025, quarter=quarter, month=month)


@pytest.mark.parametrize("year", [FIRST_YEAR - 1, LAST_YEAR + 1, 0, -2025])
def test_years_far_away_are_refused(year: int) -> None:
    with pytest.raises(Invalid) as refused:
        Period(year)
    assert refused.value.code == "year_out_of_range"
    with pytest.raises(Invalid):
        year_of(date(FIRST_YEAR, 3, 31))


@pytest.mark.parametrize(
    ("instant", "day", "shown"),
    [
        # Summer time began at 01:00 UTC on 30 March 2025 and ended at 01:00 UTC on 26 October 2025.
        (datetime(2025, 3, 30, 0, 59, tzinfo=UTC), date(2025, 3, 30), "30 March 2025 at 00:59"),
        (datetime(2025, 3, 30, 1, 0, tzinfo=UTC), date(2025, 3, 30), "30 March 2025 at 02:00"),
        (datetime(2025, 3, 31, 22, 59, tzinfo=UTC), date(2025, 3, 31), "31 March 2025 at 23:59"),
        (datetime(2025, 3, 31, 23, 0, tzinfo=UTC), date(2025, 4, 1), "1 April 2025 at 00:00"),
        (datetime(2025, 10, 25, 23, 30, tzinfo=UTC), date(2025, 10, 26), "26 October 2025 at 00:30"),
        (datetime(2025, 10, 26, 0, 30, tzinfo=UTC), date(2025, 10, 26), "26 October 2025 at 01:30"),
        (datetime(2025, 10, 26, 1, 30, tzinfo=UTC), date(2025, 10, 26), "26 October 2025 at 01:30"),
        (datetime(2025, 10, 26, 23, 59, tzinfo=UTC), date(2025, 10, 26), "26 October 2025 at 23:59"),
        (datetime(2025, 12, 31, 23, 59, tzinfo=UTC), date(2025, 12, 31), "31 December 2025 at 23:59"),
        (datetime(2025, 4, 1, 9, 0, tzinfo=timezone(timedelta(hours=14))), date(2025, 3, 31), "31 March 2025 at 20:00"),
    ],
)  # fmt: skip
def test_a_day_is_londons_day(instant: datetime, day: date, shown: str) -> None:
    assert london_day(instant) == day
    assert show_instant(instant) == shown


def test_money_paid_in_the_last_hour_of_a_year_stays_in_it() -> None:
    """At 23:30 in London on 31 March it is 22:30 UTC, and half an hour later the next year begins at 23:00 UTC."""
    assert year_of(london_day(datetime(2026, 3, 31, 22, 30, tzinfo=UTC))).code == "2025-26"
    assert year_of(london_day(datetime(2026, 3, 31, 23, 0, tzinfo=UTC))).code == "2026-27"


@given(st.datetimes(datetime(2001, 1, 1), datetime(2098, 1, 1)))  # noqa: DTZ001 - it is made aware below
def test_london_is_never_more_than_an_hour_from_utc(naive: datetime) -> None:
    instant = naive.replace(tzinfo=UTC)
    assert london_day(instant) in (instant.date(), (instant + timedelta(hours=1)).date())
    with pytest.raises(ValueError, match="time zone"):
        london_day(naive)
    with pytest.raises(ValueError, match="time zone"):
        show_instant(naive)


HOLIDAYS = [
    date(2025, 1, 1), date(2025, 4, 18), date(2025, 4, 21), date(2025, 5, 5), date(2025, 5, 26), date(2025, 8, 25), date(2025, 12, 25),
    date(2025, 12, 26), date(2026, 4, 3), date(2026, 4, 6), date(2026, 12, 28), date(2027, 12, 27), date(2027, 12, 28), date(2028, 1, 3),
    date(2022, 6, 2), date(2022, 6, 3), date(2022, 9, 19), date(2023, 5, 8), date(2020, 5, 8),
]  # fmt: skip
OF_OTHERS = [date(2025, 1, 2), date(2025, 3, 17), date(2025, 7, 14), date(2025, 8, 4), date(2025, 12, 1)]


@pytest.mark.parametrize("day", HOLIDAYS)
def test_bank_holidays_of_england_are_no_working_days(day: date) -> None:
    assert not is_working_day(day)


@pytest.mark.parametrize("day", [*OF_OTHERS, date(2022, 5, 30), date(2020, 5, 4), date(2025, 12, 24)])
def test_bank_holidays_of_scotland_and_northern_ireland_are_working_days(day: date) -> None:
    assert is_working_day(day)


@given(st.dates(date(2001, 1, 1), date(2097, 12, 31)), st.integers(-30, 30).filter(bool))
def test_working_days_are_counted_one_by_one(day: date, count: int) -> None:
    end = add_working_days(day, count)
    assert is_working_day(end)
    low, high = sorted((day, end))
    passed = [low + timedelta(days=n) for n in range((high - low).days + 1)]
    assert sum(map(is_working_day, passed)) - is_working_day(day) == abs(count)
    assert (end > day) is (count > 0)


def test_working_days_over_easter_and_christmas() -> None:
    assert add_working_days(date(2025, 4, 17), 1) == date(2025, 4, 22)
    assert add_working_days(date(2025, 12, 24), 1) == date(2025, 12, 29)
    assert add_working_days(date(2026, 1, 2), -5) == date(2025, 12, 23)
    assert add_working_days(date(2025, 4, 19), 0) == date(2025, 4, 19)


def test_days_are_shown_without_leading_noughts() -> None:
    assert show_day(date(2025, 4, 1)) == "1 April 2025"
    assert show_day(date(2025, 12, 31)) == "31 December 2025"
