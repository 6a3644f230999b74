"""Reminders: on working days, each for a stretch of days that the next one ends, and none for days before a return was opened."""

from datetime import UTC, date, datetime, timedelta
from itertools import takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.periods import add_working_days, is_working_day
from grants.domain.reminders import DEFAULT, Reminders, newest_reminder, reminding_day

DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))
COUNTS = st.lists(st.integers(1, 60), max_size=5).map(tuple)
PLANS = st.builds(Reminders, COUNTS, COUNTS, st.none() | st.integers(1, 60))
LONG_AGO = date(2020, 1, 1)


@given(plan=PLANS, due_on=DAYS, after=st.integers(-100, 200))
def test_a_reminder_is_sent_from_its_own_working_day_until_the_next(plan: Reminders, due_on: date, after: int) -> None:
    today = due_on + timedelta(days=after)
    which = newest_reminder(plan, due_on, LONG_AGO, today)
    before = newest_reminder(plan, due_on, LONG_AGO, today - timedelta(days=1))
    offsets = {*(-days for days in plan.before), *plan.after}
    if which is None:
        assert all(add_working_days(due_on, offset) > today for offset in offsets)
        return
    first = add_working_days(due_on, int(which))
    assert first <= today
    assert int(which) in offsets or (plan.every and int(which) > max(offsets, default=0))
    assert (before != which) is (first == today)
    assert not is_working_day(today) or int(which) == max(
        takewhile(lambda offset: add_working_days(due_on, offset) <= today, _all(plan)), default=0
    )
    assert all(int(which) >= offset for offset in offsets if add_working_days(due_on, offset) <= today)


def _all(plan: Reminders) -> list[int]:
    offsets = sorted({*(-days for days in plan.before), *plan.after})
    if plan.every:
        last = max(offsets[-1] if offsets else 0, 0)
        offsets += [last + plan.every * count for count in range(1, 200)]
    return offsets


@given(plan=PLANS, due_on=DAYS, opened=st.integers(-80, 80), after=st.integers(-100, 200))
def test_nobody_is_reminded_of_a_day_before_the_return_was_opened(
    plan: Reminders, due_on: date, opened: int, after: int
) -> None:
    opened_on, today = due_on + timedelta(days=opened), due_on + timedelta(days=after)
    which = newest_reminder(plan, due_on, opened_on, today)
    anyway = newest_reminder(plan, due_on, LONG_AGO, today)
    assert which in (None, anyway)
    if anyway is not None:
        assert (which is None) is (add_working_days(due_on, int(anyway)) <= opened_on)


@pytest.mark.parametrize(
    ("today", "which"),
    [
        ((2025, 4, 13), None),
        ((2025, 4, 14), "-10"),  # Good Friday and Easter Monday are no working days
        ((2025, 4, 22), "-10"),
        ((2025, 4, 21), "-10"),
        ((2025, 4, 23), "-5"),
        ((2025, 4, 30), "-5"),
        ((2025, 5, 1), "+1"),
        ((2025, 5, 8), "+1"),
        ((2025, 5, 9), "+6"),  # the early May bank holiday is on the 5th
        ((2025, 5, 16), "+11"),
    ],
)
def test_over_easter_by_default(today: tuple[int, int, int], which: str | None) -> None:
    assert newest_reminder(DEFAULT, date(2025, 4, 30), LONG_AGO, date(*today)) == which


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2025, 11, 3, 7, 59, tzinfo=UTC), date(2025, 11, 2)),
        (datetime(2025, 11, 3, 8, 0, tzinfo=UTC), date(2025, 11, 3)),
        (datetime(2025, 6, 3, 6, 59, tzinfo=UTC), date(2025, 6, 2)),
        (datetime(2025, 6, 3, 7, 0, tzinfo=UTC), date(2025, 6, 3)),
    ],
)
def test_nobody_is_reminded_at_night(now: datetime, day: date) -> None:
    assert reminding_day(now) == day


def test_reminding_ends_where_it_is_told_to() -> None:
    plan = Reminders(before=(), after=(), every=None)
    assert newest_reminder(plan, date(2025, 4, 30), LONG_AGO, date(2026, 4, 30)) is None
