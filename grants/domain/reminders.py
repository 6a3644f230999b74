"""Reminders: on which working days those who have not submitted a return are reminded, and which reminder a day is for."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Final

from msgspec import Meta, Struct

from grants.domain.periods import add_working_days, london_day

MORNING: Final = timedelta(hours=8)
"""Nobody is reminded at night: a day of reminders begins at eight in London."""
WorkingDays = Annotated[int, Meta(ge=1, le=60)]


class Reminders(Struct, frozen=True, forbid_unknown_fields=True):
    """When people are reminded, in working days of England and Wales before and after the day that a return is due.

    After the last day named, again and again after `every` working days; null: no more.
    """

    before: Annotated[tuple[WorkingDays, ...], Meta(max_length=10)] = (10, 5)
    after: Annotated[tuple[WorkingDays, ...], Meta(max_length=10)] = (1,)
    every: WorkingDays | None = 5


DEFAULT: Final = Reminders()


def reminding_day(now: datetime) -> date:
    """The day whose reminders may be sent at an instant."""
    return london_day(now - MORNING)


@lru_cache(maxsize=4_096)  # every wake asks for every return that is due
def newest_reminder(plan: Reminders, due_on: date, opened_on: date, today: date) -> str | None:
    """Which reminder today is for: the newest whose day has come since the return was opened; None where there is none.

    One that was missed is so overtaken by the next. "-5" is the one five working days before the return is due.
    """
    newest = None
    for offset, day in _days(plan, due_on):
        if day > today:
            break
        if day > opened_on:
            newest = f"{offset:+d}"
    return newest


def _days(plan: Reminders, due_on: date) -> Iterator[tuple[int, date]]:
    """Working days from the due day, and the day that each is: in order, and without end where they go on."""
    offset, day = 0, due_on
    for offset in sorted({*(-days for days in plan.before), *plan.after}):
        day = add_working_days(due_on, offset)
        yield offset, day
    if offset < 0:
        offset, day = 0, due_on
    while plan.every is not None:
        offset, day = offset + plan.every, add_working_days(day, plan.every)
        yield offset, day
