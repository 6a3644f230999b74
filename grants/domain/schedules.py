"""Report schedules: which periods a rule names, when each falls due in London, and what a report may be narrowed to.

A run is keyed by its period, never by an instant, so that neither change of the clocks can double or drop one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice
from typing import Annotated, Final

from msgspec import Meta, Struct

from grants.domain.access import Deed
from grants.domain.decisions import LineCode
from grants.domain.errors import Invalid, RuleBroken
from grants.domain.periods import (
    FIRST_YEAR,
    LAST_YEAR,
    LONDON,
    Period,
    add_working_days,
    is_working_day,
    london_day,
    month_of,
    parse_period,
    quarter_of,
    show_day,
    year_of,
)
from grants.domain.recipients import RecipientId
from grants.domain.samples import Sample

MAX_WORKING_DAY: Final = 20
MAX_AT_ONCE: Final = 400
"""Periods that a new schedule may have behind it: each becomes a run."""
NEXT_SHOWN: Final = 5
_LOOK_BACK: Final = timedelta(days=60)
"""Longer than twenty working days over Christmas: a period that ended this long ago is due by now."""


class Every(StrEnum):
    """The length of a schedule's periods."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """When a schedule's report is made: some working days after each period ends, at a time in London.

    `working_day` 0 means the first day after the period, working day or not. A daily rule with a working day of 1 or
    more has working days as its periods; weeks begin on Monday.
    """

    every: Every
    working_day: Annotated[
        int, Meta(ge=0, le=MAX_WORKING_DAY, description="The Nth working day after the period ends.", examples=[3])
    ] = 1
    hour: Annotated[int, Meta(ge=0, le=23, description="In London.", examples=[9])] = 7
    minute: Annotated[int, Meta(ge=0, le=59, examples=[30])] = 0


class Filters(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a report is narrowed to; what is left out stands for all."""

    programme: Annotated[LineCode, Meta(examples=["ACTION-PLAN"])] | None = None
    funding_line: LineCode | None = None
    recipient: RecipientId | None = None
    period: Annotated[str, Meta(max_length=12, examples=["2025-26-Q2"])] | None = None
    sample: Sample | None = None


EVERYTHING: Final = Filters()
FORMATS: Final = ("xlsx", "ods", "csv")


@dataclass(frozen=True)
class Offer:
    """A report that can be made: which filters it understands, whether a period may be a part of a year, and its formats.

    Whoever asks for it, or looks at it, must be allowed the deed `sight` over all programmes as well. Open data are for
    everybody: nothing in them, no count either, tells of what must not be published.
    """

    name: str
    title: str
    purpose: str
    audience: str
    filters: frozenset[str]
    whole_years: bool = False
    formats: tuple[str, ...] = FORMATS
    sight: Deed | None = None
    open_data: bool = False


@dataclass(frozen=True, order=True)
class Due:
    """A period and the instant, in UTC, from which its report is to be made."""

    at: datetime
    period: str


def check_filters(offer: Offer, filters: Filters) -> None:
    """Raises Invalid for a filter that the report does not understand, or a period that is none."""
    for name in Filters.__struct_fields__:
        if getattr(filters, name) is not None and name not in offer.filters:
            known = ", ".join(sorted(offer.filters))
            raise Invalid("filter", f"The report {offer.name} cannot be narrowed by {name}. It understands: {known}.")
    if filters.period is None:
        return
    period = parse_period(filters.period)
    if offer.whole_years and period != period.year:
        raise Invalid("filter", f"The report {offer.name} is about whole years. Use {period.year.code}.")


def check_formats(formats: tuple[str, ...], offered: tuple[str, ...] = FORMATS) -> None:
    """Raises Invalid where no format is named, one is not offered, or one is named twice."""
    if not formats or len(set(formats)) != len(formats) or not set(formats) <= set(offered):
        raise Invalid("formats", f"Choose one or more of these formats, each once: {', '.join(offered)}.")


def check_start(rule: Rule, starts_on: date, now: datetime) -> None:
    """Raises RuleBroken for a schedule that would begin out of reach, or with more runs at once than anybody reads."""
    today = london_day(now)
    if not FIRST_YEAR + 1 <= starts_on.year < LAST_YEAR or starts_on > today + timedelta(days=5 * 366):
        raise RuleBroken("starts_on", "A schedule must start within five years from today. Choose an earlier date.")
    behind = len(list(islice(due_until(rule, starts_on, now), MAX_AT_ONCE + 1)))
    if behind > MAX_AT_ONCE:
        raise RuleBroken(
            "starts_on",
            f"Starting on {show_day(starts_on)} would make more than {MAX_AT_ONCE} reports at once. Choose a later date.",
        )


def check_period(rule: Rule, code: str, now: datetime) -> None:
    """Raises Invalid for a code that is no period of the rule, RuleBroken for one that has not ended."""
    found = next(_spans(rule, _day_of(rule, code)), None)
    if found is None or found.code != code:
        raise Invalid("period", f"{_FORMS[rule.every]} Check the period.")
    if found.last >= london_day(now):
        raise RuleBroken("period_open", f"That period ends on {show_day(found.last)}. Its report can be made after it.")


def due_until(rule: Rule, starts_on: date, now: datetime) -> Iterator[Due]:
    """What has fallen due from the beginning of `starts_on` to `now`, in order."""
    for due in _dues(rule, starts_on):
        if due.at > now:
            return
        yield due


def next_due(rule: Rule, starts_on: date, now: datetime, count: int = NEXT_SHOWN) -> list[Due]:
    """The next few that fall due after `now`; fewer where the calendar ends."""
    return list(islice((due for due in _dues(rule, max(starts_on, london_day(now))) if due.at > now), count))


@dataclass(frozen=True)
class _Span:
    code: str
    last: date


def _dues(rule: Rule, starts_on: date) -> Iterator[Due]:
    for span in _spans(rule, starts_on - _LOOK_BACK):
        day = add_working_days(span.last, rule.working_day) if rule.working_day else span.last + timedelta(days=1)
        if day >= starts_on:
            yield Due(_instant(day, rule), span.code)


def _instant(day: date, rule: Rule) -> datetime:
    """Where clocks go back the first of the two times counts; where they go forward, the time an hour later."""
    return datetime.combine(day, time(rule.hour, rule.minute, fold=0), tzinfo=LONDON).astimezone(UTC)


def _spans(rule: Rule, first: date) -> Iterator[_Span]:
    if rule.every in (Every.DAY, Every.WEEK):
        yield from _days(rule, first)
        return
    make = {Every.MONTH: month_of, Every.QUARTER: quarter_of, Every.YEAR: year_of}[rule.every]
    period: Period = make(first)
    while True:
        yield _Span(period.code, period.last)
        if period.last.year > LAST_YEAR:
            return
        period = period.next()


def _days(rule: Rule, first: date) -> Iterator[_Span]:
    weekly = rule.every is Every.WEEK
    day = first - timedelta(days=first.weekday()) if weekly else first
    step = timedelta(days=7 if weekly else 1)
    while day.year <= LAST_YEAR:
        if weekly or not rule.working_day or is_working_day(day):
            yield _Span(day.isoformat(), day + step - timedelta(days=1))
        day += step


_FORMS: Final = {
    Every.DAY: "A daily schedule's period is a day like 2025-10-27; with a working day set, only working days count.",
    Every.WEEK: "A weekly schedule's period is the Monday that it begins with, like 2025-10-27.",
    Every.MONTH: "A monthly schedule's period is a month like 2025-26-P07.",
    Every.QUARTER: "A quarterly schedule's period is a quarter like 2025-26-Q2.",
    Every.YEAR: "A yearly schedule's period is a financial year like 2025-26.",
}


def _day_of(rule: Rule, code: str) -> date:
    if rule.every not in (Every.DAY, Every.WEEK):
        return parse_period(code).first
    try:
        return date.fromisoformat(code)
    except ValueError as error:
        raise Invalid("period", f"{_FORMS[rule.every]} Check the period.") from error
