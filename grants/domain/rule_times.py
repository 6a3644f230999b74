"""When reports fall due: the periods that a rule names, and the instant of each.

A run is keyed by its period, never by an instant, so that neither change of the clocks can double or drop one.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Final

from msgspec.structs import replace

from grants.domain.cron import check_cron, cron_times
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
    show_instant,
    year_of,
)
from grants.domain.schedules import Again, Every, Rule, Weekday

MAX_AT_ONCE: Final = 400
"""Periods that a new schedule may have behind it: each becomes a run."""
NEXT_SHOWN: Final = 5
REACH: Final = timedelta(days=5 * 366)
"""A schedule begins, and a date or a cron line comes true, within so long."""
_LOOK_BACK: Final = timedelta(days=60)
"""Longer than twenty working days over Christmas: a period that ended this long ago is due by now."""
_BY_DAYS: Final = frozenset({Every.DAY, Every.WEEK, "weekdays", "on"})
"""Rules whose periods are named by a day, each in another meaning."""


@dataclass(frozen=True, order=True)
class Due:
    """A period and the instant, in UTC, from which its report is to be made."""

    at: datetime
    period: str


def settled_rule(rule: Rule, now: datetime) -> Rule:
    """The rule with what it leaves out filled in. Raises Invalid for one that says too much or too little, or too often;
    RuleBroken for one that never comes true.
    """
    way = rule.way
    if rule.working_day is not None and rule.every is None:
        raise Invalid("rule", "Only a rule that says `every` has a working day.")
    if rule.again is not None and rule.on is None:
        raise Invalid("rule", "Only a rule that says `on` comes again.")
    if rule.weekdays is not None and len(set(rule.weekdays)) != len(rule.weekdays):
        raise Invalid("rule", "Name each weekday once.")
    if rule.cron is not None:
        if rule.hour is not None or rule.minute is not None:
            raise Invalid("rule", "A cron line says its hours and minutes itself: leave out `hour` and `minute`.")
        check_cron(rule.cron)
        return _checked_to_come(rule, now)
    days_after = rule.days_after if rule.every is not None else None
    settled = replace(rule, working_day=days_after, hour=rule.at.hour, minute=rule.at.minute)
    return _checked_to_come(settled, now) if way == "on" else settled


def _checked_to_come(rule: Rule, now: datetime) -> Rule:
    coming = next(iter(next_due(rule, london_day(now), now, 1)), None)
    if coming is None and rule.on is not None:
        raise RuleBroken("rule", f"{show_day(rule.on)} has gone by. Choose a later date, or let it come again.")
    if coming is None or coming.at > now + REACH:
        raise RuleBroken("rule", "This rule names no time in the next five years. Check its day and month.")
    return rule


def check_start(rule: Rule, starts_on: date, now: datetime) -> None:
    """Raises RuleBroken for a schedule that would begin out of reach, or with more runs at once than anybody reads."""
    today = london_day(now)
    if not FIRST_YEAR + 1 <= starts_on.year < LAST_YEAR or starts_on > today + REACH:
        raise RuleBroken("starts_on", "A schedule must start within five years from today. Choose an earlier date.")
    first_due(rule, starts_on)
    behind = len(list(islice(due_until(rule, starts_on, now), MAX_AT_ONCE + 1)))
    if behind > MAX_AT_ONCE:
        raise RuleBroken(
            "starts_on",
            f"Starting on {show_day(starts_on)} would make more than {MAX_AT_ONCE} reports at once. Choose a later date.",
        )


def first_due(rule: Rule, starts_on: date) -> Due:
    """The first that falls due from the beginning of a day on. Raises RuleBroken where none does."""
    found = next(_dues(rule, starts_on), None)
    if found is None:
        raise RuleBroken("starts_on", "The rule names no time after that. Choose an earlier date.")
    return found


def check_change(old: Rule, new: Rule) -> None:
    """Raises RuleBroken where the same day would name other periods than before, so that one could be missing."""
    if old.way != new.way and {old.way, new.way} <= _BY_DAYS:
        raise RuleBroken(
            "rule", "Days name the runs of this schedule in another way. Pause it, and add one with the new rule."
        )


def check_period(rule: Rule, code: str, now: datetime) -> None:
    """Raises Invalid for a code that is no period of the rule, RuleBroken for one that has not ended, or not come."""
    if rule.every is None:
        _check_time(rule, code, now)
        return
    found = next(_spans(rule, _day_of(rule, code)), None)
    if found is None or found.code != code:
        raise Invalid("period", f"{_FORMS[rule.way]} Check the period.")
    if found.last >= london_day(now):
        raise RuleBroken("period_open", f"That period ends on {show_day(found.last)}. Its report can be made after it.")


def _check_time(rule: Rule, code: str, now: datetime) -> None:
    found = next((due for due in _timed(rule, _day_of(rule, code)) if due.period >= code), None)
    if found is None or found.period != code:
        raise Invalid("period", f"{_FORMS[rule.way]} Check the period.")
    if found.at > now:
        raise RuleBroken("period_open", f"That is due on {show_instant(found.at)}. Its report can be made then.")


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
    if rule.every is None:
        yield from _timed(rule, max(starts_on, rule.on or starts_on))
        return
    for span in _spans(rule, starts_on - _LOOK_BACK):
        after = rule.days_after
        day = add_working_days(span.last, after) if after else span.last + timedelta(days=1)
        if day >= starts_on:
            yield Due(_instant(datetime.combine(day, rule.at)), span.code)


def _instant(wall: datetime) -> datetime:
    """Where clocks go back the first of the two times counts; where they go forward, the time an hour later."""
    return wall.replace(tzinfo=LONDON, fold=0).astimezone(UTC)


def _timed(rule: Rule, first: date) -> Iterator[Due]:
    """Each wall-clock time once. One that clocks skip is left to the hour after it, where the rule names that too."""
    waiting: Due | None = None
    for wall in _walls(rule, first):
        code = wall.isoformat(timespec="minutes") if rule.cron is not None else wall.date().isoformat()
        due = Due(_instant(wall), code)
        if waiting is not None and waiting.at != due.at:
            yield waiting
        waiting = due
    if waiting is not None:
        yield waiting


def _walls(rule: Rule, first: date) -> Iterator[datetime]:
    if rule.cron is not None:
        for wall in cron_times(rule.cron, first):
            if wall.year > LAST_YEAR:
                return
            yield wall
        return
    days = _weekdays(frozenset(rule.weekdays), first) if rule.weekdays else _dates(rule, first)
    yield from (datetime.combine(day, rule.at) for day in days)


def _weekdays(named: frozenset[Weekday], first: date) -> Iterator[date]:
    numbers = {number for number, weekday in enumerate(Weekday) if weekday in named}
    day = first
    while day.year <= LAST_YEAR:
        if day.weekday() in numbers:
            yield day
        day += timedelta(days=1)


def _dates(rule: Rule, first: date) -> Iterator[date]:
    on = rule.on or first
    months = range(1, 13) if rule.again is Again.MONTH else (on.month,)
    years = (on.year,) if rule.again is None else range(first.year, LAST_YEAR + 1)
    for year in years:
        for month in months:
            day = date(year, month, min(on.day, calendar.monthrange(year, month)[1]))
            if day >= first:
                yield day


def _spans(rule: Rule, first: date) -> Iterator[_Span]:
    if rule.every in (Every.DAY, Every.WEEK):
        yield from _days(rule, first)
        return
    make = {Every.MONTH: month_of, Every.QUARTER: quarter_of}.get(rule.every or Every.YEAR, year_of)
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
        if weekly or not rule.days_after or is_working_day(day):
            yield _Span(day.isoformat(), day + step - timedelta(days=1))
        day += step


_FORMS: Final[dict[str, str]] = {
    Every.DAY: "A daily schedule's period is a day like 2025-10-27; with a working day set, only working days count.",
    Every.WEEK: "A weekly schedule's period is the Monday that it begins with, like 2025-10-27.",
    Every.MONTH: "A monthly schedule's period is a month like 2025-26-P07.",
    Every.QUARTER: "A quarterly schedule's period is a quarter like 2025-26-Q2.",
    Every.YEAR: "A yearly schedule's period is a financial year like 2025-26.",
    "weekdays": "This schedule's periods are the days on which it runs, like 2025-10-28.",
    "on": "This schedule's periods are the days on which it runs, like 2025-10-28.",
    "cron": "This schedule's periods are the times at which it runs, like 2025-10-28T08:30, in London.",
}


def _day_of(rule: Rule, code: str) -> date:
    if rule.every in (Every.MONTH, Every.QUARTER, Every.YEAR):
        return parse_period(code).first
    try:
        found = datetime.strptime(code, "%Y-%m-%dT%H:%M" if rule.cron is not None else "%Y-%m-%d").date()  # noqa: DTZ007
    except ValueError as error:
        raise Invalid("period", f"{_FORMS[rule.way]} Check the period.") from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Invalid("period", f"Use a year from {FIRST_YEAR} to {LAST_YEAR}.")
    return found
