"""Financial years, quarters and months, London time, and working days.

A year runs from 1 April to 31 March; Q1 is April to June; P01 is April. Source: HM Treasury, Consolidated Budgeting Guidance.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from grants.domain.errors import Invalid

LONDON: Final = ZoneInfo("Europe/London")
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2098

_YEAR: Final = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_PART: Final = re.compile(r"(\d{4}-\d{2})-(?:Q([1-4])|P(0[1-9]|1[0-2]))", re.ASCII)


@dataclass(frozen=True, order=True)
class Period:
    """A financial year, one of its quarters or one of its months, whole days in London.

    `quarter` and `month` count from 1 in April; at most one of them is set.
    """

    start_year: int
    quarter: int = 0
    month: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.quarter <= 4 and 0 <= self.month <= 12) or (self.quarter and self.month):
            raise Invalid("not_a_period", "A period is a year, one of its quarters or one of its months.")
        if not FIRST_YEAR <= self.start_year <= LAST_YEAR:
            raise Invalid("year_out_of_range", f"Use a financial year from {FIRST_YEAR} to {LAST_YEAR}.")

    @cached_property
    def code(self) -> str:
        """2025-26, 2025-26-Q2 or 2025-26-P07."""
        year = f"{self.start_year}-{(self.start_year + 1) % 100:02d}"
        if self.quarter:
            return f"{year}-Q{self.quarter}"
        return f"{year}-P{self.month:02d}" if self.month else year

    @cached_property
    def first(self) -> date:
        """The first day."""
        months = (self.quarter - 1) * 3 if self.quarter else max(self.month - 1, 0)
        return _month_start(self.start_year, months)

    @cached_property
    def last(self) -> date:
        """The last day."""
        months = self.quarter * 3 if self.quarter else self.month or 12
        return _month_start(self.start_year, months) - timedelta(days=1)

    @cached_property
    def year(self) -> "Period":
        """The financial year that this period lies in."""
        return Period(self.start_year)

    @cached_property
    def label(self) -> str:
        """For people: "2025 to 2026", "Quarter 1, April to June 2025", "April 2025"."""
        if self.quarter:
            return f"Quarter {self.quarter}, {self.first:%B} to {self.last:%B} {self.last.year}"
        if self.month:
            return f"{self.first:%B} {self.first.year}"
        return f"{self.start_year} to {self.start_year + 1}"

    def contains(self, day: date) -> bool:
        """Whether the day lies in the period."""
        return self.first <= day <= self.last

    def next(self) -> "Period":
        """The period of the same length that follows."""
        if self.quarter:
            over, quarter = divmod(self.quarter, 4)
            return Period(self.start_year + over, quarter=quarter + 1)
        if self.month:
            over, month = divmod(self.month, 12)
            return Period(self.start_year + over, month=month + 1)
        return Period(self.start_year + 1)

    def quarters_left(self) -> tuple["Period", ...]:
        """The quarters of the same financial year that begin after this period ends."""
        quarters = (Period(self.start_year, quarter=number) for number in range(1, 5))
        return tuple(quarter for quarter in quarters if quarter.first > self.last)


def _month_start(start_year: int, months_after_april: int) -> date:
    years, month = divmod(3 + months_after_april, 12)
    return date(start_year + years, month + 1, 1)


@lru_cache(maxsize=512)
def parse_period(code: str) -> Period:
    """2025-26, 2025-26-Q2 or 2025-26-P07 as a Period. Raises Invalid for anything else."""
    if match := _PART.fullmatch(code):
        year = parse_year(match[1])
        return Period(year.start_year, quarter=int(match[2] or 0), month=int(match[3] or 0))
    return parse_year(code)


@lru_cache(maxsize=128)
def parse_year(code: str) -> Period:
    """2025-26 as a Period of a whole year. Raises Invalid for anything else, 2025-27 too."""
    match = _YEAR.fullmatch(code)
    if match is None or (int(match[1]) + 1) % 100 != int(match[2]):
        raise Invalid(
            "not_a_period", "Use a financial year like 2025-26, a quarter like 2025-26-Q1 or a month like 2025-26-P01."
        )
    return Period(int(match[1]))


def year_of(day: date) -> Period:
    """The financial year that a day falls in."""
    return Period(day.year if day.month >= 4 else day.year - 1)


def quarter_of(day: date) -> Period:
    """The quarter that a day falls in."""
    return Period(year_of(day).start_year, quarter=(day.month - 4) % 12 // 3 + 1)


def month_of(day: date) -> Period:
    """The month that a day falls in."""
    return Period(year_of(day).start_year, month=(day.month - 4) % 12 + 1)


def london_day(instant: datetime) -> date:
    """The day in London at an instant. Raises ValueError for one without its time zone."""
    return _in_london(instant).date()


def _in_london(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(LONDON)


def show_day(day: date) -> str:
    """1 April 2025."""
    return f"{day.day} {day:%B %Y}"


def show_instant(instant: datetime) -> str:
    """1 April 2025 at 09:30, in London. Raises ValueError for an instant without its time zone."""
    local = _in_london(instant)
    return f"{show_day(local.date())} at {local:%H:%M}"


@lru_cache(maxsize=64)
def _bank_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def is_working_day(day: date) -> bool:
    """Monday to Friday and no bank holiday of England and Wales."""
    return day.weekday() < 5 and day not in _bank_holidays(day.year)


def add_working_days(day: date, count: int) -> date:
    """The day that is `count` working days after `day` (before it, where count is below zero)."""
    step = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += step
        while not is_working_day(day):
            day += step
    return day
